"""Noting down a call: what was said, and when, which may be a while ago."""

from collections.abc import Mapping
from typing import Any

from flask.typing import ResponseReturnValue

from portal import words
from portal.desk import sheet
from portal.desk.schemas import LocalMoment
from portal.desk.sheet import Deed
from portal.desk.shell import blueprint
from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission, permits
from servicedesk.kernel import clock
from servicedesk.kernel.display import when
from servicedesk.kernel.forms import FormSchema, Limit, Text
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.i18n import lazy_gettext as _l
from servicedesk.tickets.calls import log_call
from servicedesk.tickets.recording import TEXT_LIMIT


class CallForm(FormSchema):
    """When it was, and what was said."""

    happened_at = LocalMoment(
        load_default=None,
        metadata={
            "label": _l("When was it?"),
            "type": "datetime-local",
            "help": _l("In your time. Empty: just now."),
        },
    )
    text = Text(
        required=True,
        validate=Limit(TEXT_LIMIT),
        metadata={
            "label": _l("What did you tell the customer?"),
            "type": "textarea",
            "attrs": {"rows": 5},
            "help": _l("They read it, and it answers them from the time of the call."),
        },
    )


def _note(actor: Actor, ticket_id: int, data: Mapping[str, Any], version: int | None) -> str:
    at = data["happened_at"] or clock.now()
    log_call(actor, ticket_id, text=data["text"], happened_at=at, expected_version=version)
    ref = words.ticket_ref(ticket_id)
    return str(_("%(ref)s: the call of %(when)s is noted.", ref=ref, when=when(at)))


CALL = Deed(
    endpoint="desk.call",
    schema=CallForm,
    title=lambda: str(_("Note a call")),
    submit=lambda _ticket: str(_("Note the call")),
    values=lambda _ticket: {},
    do=_note,
)


@blueprint.route("/tickets/<ref>/call", methods=["GET", "POST"])
@permits(Permission.TICKET_REPLY)
def call(ref: str) -> ResponseReturnValue:
    """Note down a call with the customer."""
    return sheet.answer(ref, CALL)
