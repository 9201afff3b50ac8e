"""What agents fill in about one ticket; choices that depend on the desk are added when a form is drawn."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from marshmallow import ValidationError, fields

from portal.files import FilesForm
from portal.words import IMPACTS, URGENCIES
from servicedesk.kernel import i18n
from servicedesk.kernel.forms import Flag, FormSchema, Limit, OneOf, Text, Whole
from servicedesk.kernel.i18n import lazy_gettext as _l
from servicedesk.tickets.core.statuses import WAITING_FOR
from servicedesk.tickets.recording import SUBJECT_LIMIT, TEXT_LIMIT

WHY_LIMIT = 2000
IMPACT = {"label": _l("Whom does it concern?"), "type": "radio", "options": IMPACTS}
URGENCY = {"label": _l("How pressing is it?"), "type": "radio", "options": URGENCIES}
WAITS = (
    ("waiting_customer", _l("for the customer: the resolution clock is paused")),
    ("waiting_supplier", _l("for a supplier: the clocks go on")),
    ("scheduled", _l("until a date: the resolution clock is paused, it wakes by itself")),
)


class Place(fields.Field[tuple[int, int | None]]):
    """A team, or a team and one of its people, as one choice: "3:" or "3:17"."""

    default_error_messages = {"invalid": _l("Choose a team from the list.")}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> tuple[int, int | None]:
        group, _colon, person = str(value).partition(":")
        if not _is_id(group) or (person and not _is_id(person)):
            raise self.make_error("invalid")
        return int(group), int(person) if person else None


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18


class LocalMoment(fields.Field[datetime | None]):
    """A date and time in the reader's zone; None for an empty field."""

    default_error_messages = {"invalid": _l("Write a date and a time.")}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime | None:
        if not str(value).strip():
            return None
        try:
            return datetime.fromisoformat(str(value).strip()).replace(tzinfo=ZoneInfo(i18n.reader().zone))
        except ValueError:
            raise ValidationError(str(self.error_messages["invalid"])) from None


def _message(label: Any, rows: int, **more: Any) -> Text:
    return Text(
        load_default="",
        validate=Limit(TEXT_LIMIT),
        metadata={"label": label, "type": "textarea", "attrs": {"rows": rows}, **more},
    )


class AssignForm(FormSchema):
    """Who is to work on it."""

    to = Place(required=True, metadata={"label": _l("Team or person"), "type": "select"})


class FieldsForm(FormSchema):
    """What the priority follows from, and where it belongs."""

    impact = Whole(required=True, validate=OneOf(1, 2, 3), metadata=IMPACT)
    urgency = Whole(required=True, validate=OneOf(1, 2, 3), metadata=URGENCY)
    category_id = Whole(
        load_default=None, allow_none=True, metadata={"label": _l("Category"), "type": "select"}
    )


class OverrideForm(FormSchema):
    """A priority set by hand; none takes it back."""

    priority = Whole(load_default=None, allow_none=True, metadata={"label": _l("Priority"), "type": "radio"})
    why = Text(
        required=True,
        validate=Limit(WHY_LIMIT),
        metadata={"label": _l("Why?"), "help": _l("Colleagues read it beside the priority.")},
    )


class WaitForm(FormSchema):
    """What the ticket waits for, until when, and what the customer is told."""

    status = Text(
        required=True,
        validate=OneOf(*sorted(WAITING_FOR)),
        metadata={"label": _l("It waits"), "type": "radio", "options": WAITS},
    )
    until = LocalMoment(
        load_default=None,
        metadata={
            "label": _l("Until"),
            "type": "datetime-local",
            "help": _l("In your time. Without a date it waits until somebody answers."),
        },
    )
    text = _message(
        _l("Message"), 4, help=_l("Sent to the customer. Say what you need, or why it takes time.")
    )


class ResolveForm(FormSchema):
    """What the customer is told at the end."""

    text = _message(_l("What was done?"), 6)


class ReopenForm(FormSchema):
    """What the customer is told when work goes on."""

    text = _message(_l("Message"), 4, help=_l("Sent to the customer; may stay empty."))


class MessageForm(FilesForm):
    """What the composer sends: a reply or a note, and what is to happen with it."""

    kind = Text(required=True, validate=OneOf("reply", "note"))
    text = Text(required=True, validate=Limit(TEXT_LIMIT), metadata={"label": _l("Your message")})
    then = Text(load_default="", validate=OneOf("", "wait", "resolve"))


class NewRequestForm(FilesForm):
    """A request that somebody makes by phone. `who` is what was searched for, `find` the button for it."""

    who = Text(
        load_default="",
        validate=Limit(254),
        metadata={
            "label": _l("Who is calling?"),
            "type": "search",
            "help": _l("Name or e-mail address"),
            "attrs": {"autocomplete": "off", "autofocus": True},
        },
    )
    requester_id = Whole(load_default=None, allow_none=True, metadata={"label": _l("Requester")})
    subject = Text(
        load_default="",
        validate=Limit(SUBJECT_LIMIT),
        metadata={"label": _l("What is it about?"), "attrs": {"maxlength": SUBJECT_LIMIT}},
    )
    text = _message(_l("What did they say?"), 5)
    item_id = Whole(load_default=None, allow_none=True, metadata={"label": _l("Kind"), "type": "select"})
    impact = Whole(load_default=None, allow_none=True, validate=OneOf(1, 2, 3), metadata=IMPACT)
    urgency = Whole(load_default=None, allow_none=True, validate=OneOf(1, 2, 3), metadata=URGENCY)
    find = Text(load_default="")


class MergeForm(FormSchema):
    """Another ticket, and whether to merge into it (`do`) or only to look what that does."""

    into = Text(required=True, validate=Limit(200), metadata={"label": _l("Number of the other request")})
    confirmed = Flag(load_default=False)
    do = Text(load_default="", validate=Limit(20))


class SplitForm(FormSchema):
    """Messages of a ticket by their numbers, and what the new ticket that they begin is about."""

    messages = fields.List(Whole(), load_default=list, metadata={"label": _l("Messages that begin it")})
    subject = Text(
        required=True, validate=Limit(SUBJECT_LIMIT, least=1), metadata={"label": _l("What is it about?")}
    )
