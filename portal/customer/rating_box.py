"""The box in which a solution is rated, as `customer/_rating.html` draws it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from portal.customer.schemas import RatingForm
from servicedesk.kernel.display import when
from servicedesk.kernel.errors import DeskError, Invalid
from servicedesk.kernel.forms import Form, empty_form
from servicedesk.kernel.i18n import gettext as _
from servicedesk.tickets.surveys import Rating


@dataclass(frozen=True, slots=True)
class RatingBox:
    """The form with what was said so far. rows: arguments of the `field` macro; note: until when."""

    action: str
    resolution: int
    rows: Sequence[dict[str, Any]]
    note: str
    send: str
    problems: Sequence[str] = ()


def rating_box(
    found: Rating, action: str, form: Form | None = None, refusal: DeskError | None = None
) -> RatingBox:
    """Return the box for what may be rated; `form` and `refusal` are of an answer that was not taken."""
    score = str(found.score) if found.score is not None else ""
    shown = form or empty_form(RatingForm, score=score, comment=found.comment)
    if refusal is not None and shown.is_valid:
        shown = shown.refused(Invalid(refusal.code, refusal.message, field=refusal.field))
    is_answered, until = found.score is not None, when(found.until)
    again = _("You may change your answer until %(when)s.", when=until)
    note = again if is_answered else _("You may answer until %(when)s.", when=until)
    return RatingBox(
        action=action,
        resolution=found.resolution,
        rows=[shown.row("score"), shown.row("comment")],
        note=str(note),
        send=str(_("Change my answer")) if is_answered else str(_("Send")),
        problems=[problem.message for problem in shown.problems] if refusal is not None else (),
    )
