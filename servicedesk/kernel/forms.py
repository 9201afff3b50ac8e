"""Forms: one marshmallow schema loads JSON and browser forms, and tells the `field` macro what to draw.

A schema's fields carry `metadata`: `label`, `help`, `type` (text, email, password, textarea, select, radio,
checkbox, ...), `options` (pairs of value and words) and `attrs` (further HTML attributes). Limits come from
the columns by `fits`; nobody writes them twice.
"""

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields
from sqlalchemy.orm import InstrumentedAttribute
from werkzeug.datastructures import MultiDict

from servicedesk.kernel.errors import Invalid
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.i18n import lazy_gettext as _l

KEY_FIELD = "idempotency_key"
VERSION_FIELD = "row_version"
_CARRIED = frozenset({"csrf_token", KEY_FIELD, VERSION_FIELD})
_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")
# Control characters; and halves of characters, which JSON can carry and no database can keep.
_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
LARGEST_NUMBER = 2**31 - 1

_MESSAGES = {
    "required": _l("Fill this in."),
    "null": _l("Fill this in."),
    "invalid": _l("This cannot be read."),
    "validator_failed": _l("This does not fit."),
    "unknown": _l("This field is not part of the form."),
}


class Limit:
    """A validator: the text fits into the column, and is not shorter than `least`."""

    def __init__(self, most: int | None, least: int = 0) -> None:
        self.most = most
        self.least = least

    def __call__(self, value: str) -> None:
        if len(value) < self.least:
            raise ValidationError(_("Fill this in.") if self.least == 1 else self._too_short())
        if self.most is not None and len(value) > self.most:
            raise ValidationError(
                _("Use at most %(most)d characters; these are %(length)d.", most=self.most, length=len(value))
            )

    def _too_short(self) -> str:
        return str(_("Use at least %(least)d characters.", least=self.least))


def fits(column: InstrumentedAttribute[Any], *, least: int = 0) -> Limit:
    """Return the validator that holds a text to the length of its column."""
    length: int | None = getattr(column.property.columns[0].type, "length", None)
    return Limit(length, least)


class OneOf:
    """A validator: the value is one of the choices offered."""

    def __init__(self, *choices: object) -> None:
        self.choices = choices

    def __call__(self, value: object) -> None:
        if value not in self.choices:
            raise ValidationError(_("Choose one of the list."))


class Text(fields.String):
    """Text without surrounding space and without control characters, its line ends as `\\n`."""

    default_error_messages = _MESSAGES

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs) or ""
        text = _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
        if self.required and not text:
            raise self.make_error("required")
        return text


class Secret(fields.String):
    """A password: kept to the letter, never shown again."""

    default_error_messages = _MESSAGES


class Whole(fields.Integer):
    """A whole number; browsers send it as digits, an empty field as None."""

    default_error_messages = {
        **_MESSAGES,
        "invalid": _l("Write a whole number."),
        "too_large": _MESSAGES["validator_failed"],
    }

    def deserialize(self, value: Any, attr: str | None = None, data: Any = None, **kwargs: Any) -> Any:
        return super().deserialize(None if value == "" else value, attr, data, **kwargs)

    def _validated(self, value: Any) -> int:
        found = super()._validated(value)
        if abs(found) > LARGEST_NUMBER:  # no column holds it
            raise self.make_error("too_large")
        return found


class Flag(fields.Boolean):
    """A box that is ticked or not; browsers leave an unticked one out."""

    default_error_messages = _MESSAGES


class FormSchema(Schema):
    """What every schema of the desk derives from: a field that it does not name is refused."""

    error_messages = {
        "unknown": _l("This field is not part of the form."),
        "type": _l("This cannot be read."),
    }

    class Meta:
        unknown = RAISE


@dataclass(frozen=True, slots=True)
class Problem:
    """One row of the summary above a refused form; `name` is "" for the form as a whole."""

    name: str
    label: str
    message: str


@dataclass(frozen=True)
class Form:
    """A form on its way: what was typed, what it means, and what is wrong with it.

    `data` is empty where `errors` are not. `key` makes a create safe to send twice; `row_version` is the
    version that was shown of what is being changed, None where the form carried none.
    """

    schema: Schema
    values: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, Sequence[str]] = field(default_factory=dict)
    key: str = ""
    row_version: int | None = None

    @property
    def is_valid(self) -> bool:
        """Say whether `data` may be used."""
        return not self.errors

    @property
    def problems(self) -> list[Problem]:
        """Return the rows of the summary."""
        return [
            Problem(
                name if name in self.schema.fields else "", self._label(name), " ".join(map(str, messages))
            )
            for name, messages in self.errors.items()
        ]

    def row(self, name: str, **changes: Any) -> dict[str, Any]:
        """Return the arguments of the `field` macro for one field: `{{ field(**form.row('subject')) }}`."""
        about = self.schema.fields[name]
        kind = about.metadata.get("type", "text")
        row = {
            "name": name,
            "label": self._label(name),
            "type": kind,
            "value": "" if kind == "password" else self.values.get(name, ""),
            "options": about.metadata.get("options", ()),
            "help": about.metadata.get("help", ""),
            "errors": [str(message) for message in self.errors.get(name, ())],
            "required": about.required,
            "attrs": _limits(about) | dict(about.metadata.get("attrs", {})),
        }
        return row | changes

    def refused(self, error: Invalid) -> "Form":
        """Return this form with what a command found wrong in it."""
        found = error.errors or {"": [error.message]}
        return replace(self, data={}, errors={**self.errors, **found})

    def _label(self, name: str) -> str:
        about = self.schema.fields.get(name)
        return str(about.metadata.get("label", name)) if about is not None else name


def new_key() -> str:
    """Return a fresh idempotency key, one for each time that a form is drawn."""
    return secrets.token_urlsafe(24)


@lru_cache(256)
def _made(schema: type[Schema]) -> Schema:
    """Return the schema, made once: it copies every field, and nothing changes it afterwards."""
    return schema()


def empty_form(schema: type[Schema], *, row_version: int | None = None, **values: object) -> Form:
    """Return a form to draw, with `values` filled in."""
    return Form(_made(schema), values=values, key=new_key(), row_version=row_version)


def load_form(schema: type[Schema], sent: MultiDict[str, str]) -> Form:
    """Return what a browser sent, checked; never raises for what people type."""
    made = _made(schema)
    values: dict[str, Any] = {
        name: sent.getlist(name) if isinstance(made.fields.get(name), fields.List) else sent[name]
        for name in sent
        if name not in _CARRIED
    }
    key, version = sent.get(KEY_FIELD, ""), sent.get(VERSION_FIELD, "")
    form = Form(
        made,
        values=values,
        key=key if _KEY.fullmatch(key) else new_key(),
        row_version=int(version) if re.fullmatch(r"[0-9]{1,9}", version) else None,
    )
    try:
        return replace(form, data=made.load(values))
    except ValidationError as error:
        return replace(form, errors=_by_field(error))


def load_json(schema: type[Schema], body: object) -> Mapping[str, Any]:
    """Return a JSON body, checked; raises Invalid with the sentences by field."""
    try:
        loaded: Mapping[str, Any] = _made(schema).load(body if isinstance(body, Mapping) else {})
    except ValidationError as error:
        errors = {name: list(messages) for name, messages in _by_field(error).items()}
        raise Invalid("input.invalid", _("Some of this cannot be used."), errors=errors) from None
    return loaded


def _by_field(error: ValidationError) -> dict[str, list[str]]:
    messages: Mapping[str, Any] = error.normalized_messages()  # type: ignore[no-untyped-call]
    return {"" if name == "_schema" else str(name): _flat(found) for name, found in messages.items()}


def _flat(found: Any) -> list[str]:
    if isinstance(found, Mapping):
        return [message for nested in found.values() for message in _flat(nested)]
    # A sentence that waits for its language is no text yet, and would be taken apart into letters.
    return [str(message) for message in found] if isinstance(found, list | tuple) else [str(found)]


def _limits(about: fields.Field[Any]) -> dict[str, object]:
    lengths = [rule.most for rule in about.validators if isinstance(rule, Limit) and rule.most is not None]
    return {"maxlength": min(lengths)} if lengths else {}
