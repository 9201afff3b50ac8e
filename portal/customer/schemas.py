"""What customers fill in: a request, alone or with the questions of a catalogue item, and an answer."""

from collections.abc import Mapping
from typing import Any

from portal.files import FilesForm
from portal.words import SCORE_NAMES
from servicedesk.identity.addresses import LONGEST
from servicedesk.kernel.forms import FormSchema, Limit, OneOf, Text, Whole
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.i18n import lazy_gettext as _l
from servicedesk.tickets.catalogue import ItemRow
from servicedesk.tickets.core.questions import ANSWER_LIMIT, Question
from servicedesk.tickets.recording import SUBJECT_LIMIT, TEXT_LIMIT
from servicedesk.tickets.surveys import COMMENT_LIMIT

ANSWER = "answer_"
MOST_RADIOS = 6
NAME_LIMIT = 120


class RequestForm(FilesForm):
    """A request in the customer's words.

    `subject` is the first line of the text unless it is given. `item` is the key of the catalogue item that
    was chosen; `choose` that of one whose form is asked for, with everything typed kept.
    """

    text = Text(
        required=True,
        validate=Limit(TEXT_LIMIT),
        metadata={"label": _l("What do you need?"), "type": "textarea", "attrs": {"rows": 5}},
    )
    subject = Text(load_default="", validate=Limit(SUBJECT_LIMIT), metadata={"label": _l("First line")})
    item = Text(load_default="")
    choose = Text(load_default="")


class AnswerForm(FilesForm):
    """A message about a request. `kind` comes with the composer and is always "reply"."""

    text = Text(required=True, validate=Limit(TEXT_LIMIT), metadata={"label": _l("Your message")})
    kind = Text(load_default="")
    then = Text(load_default="")


class LinkAnswerForm(FormSchema):
    """A message of somebody who holds the private link of a request: words alone."""

    text = Text(required=True, validate=Limit(TEXT_LIMIT), metadata={"label": _l("Your message")})
    kind = Text(load_default="")
    then = Text(load_default="")


class RatingForm(FormSchema):
    """How somebody found a solution; `resolution` is the one that was shown."""

    score = Text(
        required=True,
        validate=OneOf("1", "2", "3", "4", "5"),
        metadata={
            "label": _l("How did we do?"),
            "type": "radio",
            "options": tuple((str(score), name) for score, name in SCORE_NAMES.items()),
        },
    )
    comment = Text(
        load_default="",
        validate=Limit(COMMENT_LIMIT),
        metadata={"label": _l("What should we know? (optional)"), "type": "textarea", "attrs": {"rows": 3}},
    )
    resolution = Whole(load_default=None, allow_none=True)


class GuestForm(FormSchema):
    """A request of somebody who is not signed in."""

    text = Text(
        required=True,
        validate=Limit(TEXT_LIMIT),
        metadata={"label": _l("What do you need?"), "type": "textarea", "attrs": {"rows": 5}},
    )
    name = Text(
        required=True,
        validate=Limit(NAME_LIMIT),
        metadata={"label": _l("Your name"), "attrs": {"autocomplete": "name"}},
    )
    email = Text(
        required=True,
        validate=Limit(LONGEST),
        metadata={
            "label": _l("E-mail address"),
            "type": "email",
            "help": _l("We send the way back to your request there."),
            "attrs": {"autocomplete": "email", "inputmode": "email", "dir": "ltr"},
        },
    )


def request_form(item: ItemRow | None, language: str) -> type[RequestForm]:
    """Return the form of a request for `item`, with its questions in `language`."""
    if item is None:
        return RequestForm
    fields: dict[str, Any] = {
        f"{ANSWER}{question.key}": _answer(question, language) for question in item.questions
    }
    return type("ItemRequestForm", (RequestForm,), fields)


def answers_in(data: Mapping[str, Any]) -> dict[str, str]:
    """Return the answers of a loaded form by question."""
    given = {name: str(value) for name, value in data.items() if name.startswith(ANSWER)}
    return {name.removeprefix(ANSWER): value for name, value in given.items() if value}


def _answer(question: Question, language: str) -> Text:
    about = {"label": question.label_in(language), **_look(question, language)}
    if question.is_required:
        return Text(required=True, validate=Limit(ANSWER_LIMIT), metadata=about)
    return Text(load_default="", validate=Limit(ANSWER_LIMIT), metadata=about)


def _look(question: Question, language: str) -> dict[str, Any]:
    """Return how a question is asked: few choices are shown at once, many in a list."""
    if question.kind not in ("choice", "yes_no"):
        return {"type": question.kind}
    options = _choices(question, language)
    if question.is_required and len(options) <= MOST_RADIOS:
        return {"type": "radio", "options": options}
    return {"type": "select", "options": [("", _("not answered")), *options]}


def _choices(question: Question, language: str) -> list[tuple[str, str]]:
    if question.kind == "yes_no":
        return [("yes", str(_("Yes"))), ("no", str(_("No")))]
    return [(key, labels.get(language) or labels.get("en") or key) for key, labels in question.choices]
