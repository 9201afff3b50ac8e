"""One way of editing for every page of administration: form, effect, save; nothing is saved unseen.

The first button rehearses the change (its command runs and is taken back) and shows what it would do; only
then is there a button that saves, and it saves exactly what was shown: a form that was changed since is shown
with its effect again. A form made from an older version shows both versions and saves nothing.
"""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from http import HTTPStatus
from typing import Any

from flask import Response, make_response, render_template, request
from marshmallow import fields
from marshmallow.validate import OneOf
from werkzeug.datastructures import MultiDict

from portal.admin.effects import Change, Effect
from portal.admin.shell import admin_page
from portal.answering import go_to, notify
from portal.page import Link
from portal.words import listed
from servicedesk.identity.current import actor
from servicedesk.kernel.command import rehearsing, saving
from servicedesk.kernel.db import canonical_json, session
from servicedesk.kernel.errors import Conflict, Invalid, NotAllowed, Refused
from servicedesk.kernel.forms import Form, FormSchema, Text, empty_form, load_form
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.save import current_save

_BUTTONS = frozenset({"do", "seen"})


class EditForm(FormSchema):
    """What every form here carries: the button, and the digest of what was shown with its effect."""

    do = fields.String(load_default="look", validate=OneOf(("look", "save")))
    seen = Text(load_default="")


class Editor(ABC):
    """One thing that is edited: what is stored of it, how a form says it, what saving does."""

    schema: type[EditForm]
    section: str
    template = "admin/edit.html"
    # None: the thing is new, and the form carries an idempotency key in place of a version.
    row_version: int | None = None

    @property
    @abstractmethod
    def title(self) -> str: ...

    @property
    @abstractmethod
    def back(self) -> Link: ...

    @abstractmethod
    def stored(self) -> dict[str, Any]:
        """Return the values of the form as they are stored; the usual ones for a new thing."""

    def filled(self) -> dict[str, Any]:
        """Return the values with which the form is first shown."""
        return self.stored()

    @property
    def verb(self) -> str:
        """Return what the button says that does it."""
        return str(_("Save"))

    @property
    def done(self) -> str:
        """Return the sentence that is shown after saving."""
        return str(_("Saved."))

    @abstractmethod
    def keep(self, form: Form) -> str:
        """Run the commands that save a valid form; returns where to go on."""

    @abstractmethod
    def effect(self, form: Form, before: Any) -> Effect:
        """Return what was changed by `keep`, which has just run and will be taken back."""

    def before(self, form: Form) -> Any:
        """Return what `effect` compares with, read before the rehearsal."""
        return None

    def rows(self, form: Form) -> list[dict[str, Any]]:
        """Return the arguments of the `field` macro, in order."""
        names = (name for name in form.schema.fields if name not in _BUTTONS)
        return [form.row(name) for name in names]

    def sent(self) -> MultiDict[str, str]:
        """Return what the browser sent, as the form is loaded from it."""
        return request.form

    def in_words(self, name: str, value: Any) -> str:
        """Return the value of a field as people read it."""
        options = dict(self.options(name))
        if isinstance(value, list | tuple):
            chosen = {str(one) for one in value}
            return listed([str(words) for one, words in options.items() if one in chosen])
        said = "" if value is None else str(value).replace("\r\n", "\n").strip()
        return str(options.get(said, said))

    def offers(self, name: str) -> bool:
        """Say whether the form shows a field to whoever asks; what it does not show is not changed."""
        return True

    def options(self, name: str) -> Sequence[tuple[str, str]]:
        """Return pairs of value and words of a field that offers a choice."""
        return ()

    def extras(self, form: Form) -> dict[str, Any]:
        """Return what else the template of this editor reads."""
        return {}

    @property
    def deeds(self) -> Sequence[Any]:
        """Return further things to do with it, as rows of the template."""
        return ()


@dataclass
class Drawn:
    """An editor's page: the form, and beside it what others saved meanwhile, or the effect."""

    editor: Editor
    form: Form
    effect: Effect | None = None
    meanwhile: Sequence[Change] = ()
    seen: str = ""
    rows: Sequence[Mapping[str, Any]] = field(default_factory=list)


def show(editor: Editor) -> Response:
    """Answer with the form as things are stored."""
    form = empty_form(editor.schema, row_version=editor.row_version, **editor.filled())
    return _page(Drawn(editor, form))


def answer(editor: Editor) -> Response:
    """Answer a sent form: with its effect, or (once that was seen) by saving it."""
    form = load_form(editor.schema, editor.sent())
    if not form.is_valid:
        return _page(Drawn(editor, form), HTTPStatus.UNPROCESSABLE_ENTITY)
    digest = _digest(form)
    try:
        if form.data["do"] == "save" and form.data["seen"] == digest:
            url = editor.keep(form)
            notify(editor.done)
            return go_to(url)
        return _page(Drawn(editor, form, effect=_rehearsed(editor, form), seen=digest))
    except Conflict as error:
        return _both_versions(editor, form, error)
    except Invalid as error:
        return _page(Drawn(editor, form.refused(error)), error.status)
    except (Refused, NotAllowed) as error:
        return _page(Drawn(editor, form.refused(Invalid(error.code, error.message))), error.status)


def confirm(editor: Editor) -> Response:
    """Answer with the effect at once: there is nothing to fill in."""
    form = empty_form(editor.schema, row_version=editor.row_version)
    try:
        return _page(Drawn(editor, form, effect=_rehearsed(editor, form), seen=_digest(form)))
    except (Refused, NotAllowed) as error:
        return _page(Drawn(editor, form.refused(Invalid(error.code, error.message))), error.status)


@contextmanager
def in_one_save() -> Iterator[None]:
    """Let several commands of a `keep` be one save; in a rehearsal they are part of it."""
    if current_save() is not None:
        yield
        return
    with saving(actor()):
        yield


def _rehearsed(editor: Editor, form: Form) -> Effect:
    before = editor.before(form)
    changes = changes_in(editor, form)
    with rehearsing(actor()):
        editor.keep(form)
        session().flush()
        effect = editor.effect(form, before)
    return replace(effect, changes=changes, lines=[*effect.lines, *effect.later()])


def _both_versions(editor: Editor, form: Form, error: Conflict) -> Response:
    newer = replace(form.refused(Invalid(error.code, error.message)), row_version=editor.row_version)
    return _page(Drawn(editor, newer, meanwhile=changes_in(editor, form)), error.status)


def changes_in(editor: Editor, form: Form) -> list[Change]:
    """Return the fields that differ from what is stored, in the words of the form."""
    stored = editor.stored()
    found = []
    for name, about in form.schema.fields.items():
        if name in _BUTTONS or not editor.offers(name):
            continue
        given = form.values.get(name, [] if isinstance(about, fields.List) else "")
        in_words = _ticked if isinstance(about, fields.Boolean) else partial(editor.in_words, name)
        before, after = in_words(stored.get(name, "")), in_words(given)
        if before != after:
            found.append(Change(str(about.metadata.get("label", name)), before or "–", after or "–"))
    return found


def _ticked(value: Any) -> str:
    return str(_("yes") if value in {True, "true"} else _("no"))


def _digest(form: Form) -> str:
    # Empty fields say what missing ones say: the page adds blank rows below those that are filled in.
    shown = {name: value for name, value in form.values.items() if value and name not in _BUTTONS}
    said = canonical_json([shown, form.row_version])
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def _page(drawn: Drawn, status: HTTPStatus = HTTPStatus.OK) -> Response:
    editor = drawn.editor
    drawn.rows = editor.rows(drawn.form)
    page = admin_page(editor.title, editor.section)
    made = render_template(editor.template, page=page, drawn=drawn, **editor.extras(drawn.form))
    return make_response(made, status)
