"""What stands in an editor's form as a draft: it is saved in a rehearsal, read, and taken back."""

from typing import Any

from portal.admin.editing import Editor
from servicedesk.calendars.queries import versions_of
from servicedesk.identity.current import actor
from servicedesk.kernel.command import rehearsing
from servicedesk.kernel.db import session
from servicedesk.kernel.errors import Invalid, Refused
from servicedesk.kernel.forms import Form, load_form
from servicedesk.kernel.i18n import gettext as _
from sla.agreements import versions, written_document


def drafted_agreement(editor: Editor, sent: Any) -> dict[str, Any]:
    """Return the document that a sent form of an agreement would publish; raises Refused."""
    form = _valid(editor, sent)
    try:
        with rehearsing(actor()):
            editor.keep(form)
            session().flush()
            newest = max(versions(), key=lambda version: version.id)
            return dict(written_document(newest.id))
    except Invalid as error:
        raise Refused(error.code, error.message) from None


def drafted_calendar(editor: Editor, key: str, sent: Any) -> str:
    """Return the document, as JSON, that a sent form of a calendar would publish; raises Refused."""
    form = _valid(editor, sent)
    try:
        with rehearsing(actor()):
            editor.keep(form)
            session().flush()
            return max(versions_of(key), key=lambda version: version.number).document
    except Invalid as error:
        raise Refused(error.code, error.message) from None


def _valid(editor: Editor, sent: Any) -> Form:
    form = load_form(editor.schema, sent)
    if not form.is_valid:
        raise Refused("replay.no_draft", _("The form is not complete yet: show first what it does."))
    return form
