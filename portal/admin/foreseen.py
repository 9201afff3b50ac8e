"""What a change of an agreement means for open requests, and for those of the last quarter, in sentences."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask import Response

from portal.admin.effects import Line, touched_line
from portal.reports.tables import csv_answer
from portal.words import ticket_ref
from servicedesk.identity.current import actor
from servicedesk.kernel import clock
from servicedesk.kernel.display import number
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.i18n import ngettext
from servicedesk.tickets.touched import SHOWN, Touched
from sla.agreements import VersionRow
from sla.foreseeing import MOST_TICKETS, ClockChange, foresee, without_promise

LOOKED_BACK = timedelta(days=90)
HEAD = (
    *("request", "subject", "clock", "target_seconds_before", "target_seconds_after"),
    *("due_before", "due_after", "late_before", "late_after"),
)


def foreseen_lines(key: str, tried: Sequence[VersionRow]) -> list[Line]:
    """Return how many open clocks change, which would become late, and which would stop being late."""
    found = foresee(actor(), key, tried, now=clock.now())
    if not found.changes:
        return [Line(str(_("No open clock would change.")), "met")]
    total = len(found.changes)
    sentence = ngettext("%(num)d open clock would change.", "%(num)d open clocks would change.", total)
    lines = [touched_line(sentence, _touched(found.changes))]
    late = _touched([each for each in found.changes if each.becomes_late])
    if late.count:
        sentence = ngettext(
            "%(num)d request would become late.", "%(num)d requests would become late.", late.count
        )
        lines.append(touched_line(sentence, late, "late"))
    saved = _touched([each for each in found.changes if each.stops_being_late])
    if saved.count:
        sentence = ngettext(
            "%(num)d request would stop being late.", "%(num)d requests would stop being late.", saved.count
        )
        lines.append(touched_line(sentence, saved, "met"))
    ended = sum(each.target_after is None for each in found.changes)
    if ended:
        sentence = ngettext(
            "%(num)d clock would end uncounted.", "%(num)d clocks would end uncounted.", ended
        )
        lines.append(Line(sentence, "due"))
    if found.is_cut:
        lines.append(Line(str(_("Only the first %(most)s were looked at.", most=number(MOST_TICKETS)))))
    return lines


def _touched(changes: Sequence[ClockChange]) -> Touched:
    requests = {each.ticket_id: each.subject for each in changes}
    return Touched(len(requests), tuple(requests.items())[:SHOWN])


def unmatched_lines(tried: Sequence[VersionRow], at: datetime) -> list[Line]:
    """Return which requests of the last 90 days no rule would hold for."""
    found, looked_at = without_promise(actor(), tried, since=clock.now() - LOOKED_BACK, now=at)
    if not looked_at:
        return []
    if not found.count:
        sentence = ngettext(
            "A rule holds for %(num)d request of the last 90 days.",
            "A rule holds for each of the %(num)d requests of the last 90 days.",
            looked_at,
        )
        return [Line(sentence, "met")]
    sentence = ngettext(
        "No rule holds for %(num)d request of the last 90 days.",
        "No rule holds for %(num)d requests of the last 90 days.",
        found.count,
    )
    return [touched_line(sentence, found, "risk")]


def changes_answer(key: str, tried: Sequence[VersionRow]) -> Response:
    """Return the open clocks that change, as a file to save."""
    found = foresee(actor(), key, tried, now=clock.now())
    return csv_answer(f"clocks-of-{key}", HEAD, [_row(each) for each in found.changes])


def _row(each: ClockChange) -> tuple[str | int | datetime | None, ...]:
    return (
        *(ticket_ref(each.ticket_id), each.subject, each.kind, each.target_before, each.target_after),
        *(each.due_before, each.due_after, int(each.was_late), int(each.is_late)),
    )
