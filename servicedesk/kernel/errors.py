"""Errors that people may see: each has a stable code, a status and a sentence that says what to do."""

from http import HTTPStatus


class DeskError(Exception):
    """A refusal with a stable `code`, shown to people as `message` and to programs as problem+json.

    `message` is translated text; `field` names the form field it belongs to; `details` holds plain
    values that a page may show, never secrets.
    """

    status = HTTPStatus.INTERNAL_SERVER_ERROR

    def __init__(self, code: str, message: str, *, field: str | None = None, **details: object) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.field = field
        self.details = details


class NotFound(DeskError):
    """The thing does not exist, or the viewer may not know that it does."""

    status = HTTPStatus.NOT_FOUND


class NotSignedIn(DeskError):
    """Nobody is signed in, and this needs somebody."""

    status = HTTPStatus.UNAUTHORIZED


class NotAllowed(DeskError):
    """The actor lacks the permission, and may know it."""

    status = HTTPStatus.FORBIDDEN


class Invalid(DeskError):
    """Input that cannot be accepted; `errors` maps field names to sentences."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY

    def __init__(
        self,
        code: str,
        message: str,
        *,
        field: str | None = None,
        errors: dict[str, list[str]] | None = None,
        **details: object,
    ) -> None:
        super().__init__(code, message, field=field, **details)
        self.errors = errors or ({field: [message]} if field else {})


class Unreadable(DeskError):
    """What was sent is not in the form that was agreed; nothing of it was looked at."""

    status = HTTPStatus.BAD_REQUEST


class Refused(DeskError):
    """A rule of the desk says no."""

    status = HTTPStatus.CONFLICT


class Conflict(DeskError):
    """Somebody else changed the same thing first; nothing was overwritten."""

    status = HTTPStatus.CONFLICT


class Busy(DeskError):
    """The desk is too busy right now; the same call may succeed in a moment."""

    status = HTTPStatus.SERVICE_UNAVAILABLE


class TooMany(DeskError):
    """Too many calls; `details["retry_after_seconds"]` says when to come back."""

    status = HTTPStatus.TOO_MANY_REQUESTS


class TooLarge(DeskError):
    """More than the desk takes at once; nothing of it was kept."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class NoRoom(DeskError):
    """The desk has no room left for what was sent; nothing of it was kept."""

    status = HTTPStatus.INSUFFICIENT_STORAGE
