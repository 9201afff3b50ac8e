"""The clocks of one ticket in the agent's words, each with the ledger that adds up to its figure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from portal.desk.matching import comparison
from portal.desk.promises import Count, clock_name, count_of
from portal.desk.words import Moment, isolated, listed, moment
from servicedesk.kernel import i18n
from servicedesk.kernel.display import when, working_duration
from servicedesk.kernel.i18n import gettext as _
from servicedesk.tickets.catalogue import status_name
from sla.queries import ClockRow, Matched, SpanRow

ANSWERS = frozenset({"first_response", "next_response", "update"})


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a clock's life, in percent of the bar."""

    start: float
    share: float
    state: str


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One stretch of time: since when, why it counts or not, how much working time."""

    at: Moment
    what: str
    time: str
    counts: bool


@dataclass(frozen=True, slots=True)
class ClockLine:
    """A clock as `desk/_clocks.html` draws it."""

    name: str
    words: str
    state: str
    due: str
    count: Count | None
    why: str
    segments: Sequence[Segment]
    life_words: str
    spans: Sequence[LedgerLine]
    target: str
    used: str
    matched: str


def clock_lines(clocks: Sequence[ClockRow]) -> list[ClockLine]:
    """Return the clocks in words, one of each kind: the open one, else the last; the most pressing first."""
    shown: dict[str, ClockRow] = {}
    for clock in clocks:  # open ones come first, then the ended, newest first
        shown.setdefault(clock.kind, clock)
    return [_clock_line(clock) for clock in sorted(shown.values(), key=_pressing)]


def _pressing(clock: ClockRow) -> tuple[bool, int]:
    return (not clock.is_open, clock.left_seconds if clock.is_open else 0)


def _clock_line(clock: ClockRow) -> ClockLine:
    name = clock_name(clock.kind)
    is_running = clock.is_open and clock.fuse.is_running
    return ClockLine(
        name=name[:1].upper() + name[1:],
        words=_words(clock),
        state=clock.fuse.shape,
        due=str(_("due %(when)s", when=when(clock.due_at))) if is_running and clock.due_at else "",
        count=count_of(clock.fuse) if is_running else None,
        why=_why(clock),
        segments=_segments(clock),
        life_words=listed([_lived(span) for span in clock.spans]),
        spans=[_line(span) for span in clock.spans],
        target=working_duration(clock.target_seconds),
        used=working_duration(clock.elapsed_seconds),
        matched=_matched(clock),
    )


def _words(clock: ClockRow) -> str:
    used, target = working_duration(clock.elapsed_seconds), working_duration(clock.target_seconds)
    left = working_duration(clock.left_seconds)
    sentences = {
        "met": _("met, %(used)s of %(target)s", used=used, target=target),
        "missed": _("missed by %(time)s", time=left),
        "overdue": _("%(time)s late", time=left),
        "paused": _("paused, %(time)s left", time=left),
        "cancelled": _("no longer counted"),
    }
    return str(sentences.get(clock.state, _("%(time)s left", time=left)))


def _why(clock: ClockRow) -> str:
    """Return "4 h target · Gold · Office hours · paused 41 m"."""
    parts = [
        str(_("%(time)s target", time=working_duration(clock.target_seconds))),
        clock.agreement,
        clock.calendar,
    ]
    paused = sum(span.open_seconds for span in clock.spans if span.kind in ("paused", "held"))
    if paused:
        parts.append(str(_("paused %(time)s", time=working_duration(paused))))
    if clock.is_overridden:
        parts.append(str(_("set by a person")))
    return " · ".join(isolated(part) for part in parts)


def _matched(clock: ClockRow) -> str:
    rule = _(
        "Rule %(position)s of %(agreement)s in version %(number)s: %(rule)s.",
        position=clock.position,
        agreement=isolated(clock.agreement),
        number=clock.agreement_number,
        rule=isolated(clock.rule),
    )
    if not clock.matched:
        return str(_("%(rule)s It is the one for whatever no other rule took.", rule=rule))
    return str(
        _("%(rule)s It holds because: %(reasons)s.", rule=rule, reasons=reasons_in_words(clock.matched))
    )


def reasons_in_words(matched: Sequence[Matched]) -> str:
    """Return the comparisons that held: "priority is P1"."""
    rows = [comparison(each.field, each.operator, each.wanted, each.value) for each in matched]
    return listed([isolated(f"{row.what} {row.wanted}") for row in rows])


def _segments(clock: ClockRow) -> list[Segment]:
    """Return the clock's life in working time: what ran, what rested, and room for what is left."""
    lived = [(span, span.open_seconds) for span in clock.spans if span.kind != "done" and span.open_seconds]
    rested = sum(seconds for span, seconds in lived if span.kind != "running")
    whole = max(clock.target_seconds, clock.elapsed_seconds) + rested
    found, start = [], 0.0
    for span, seconds in lived:
        share = round(100 * seconds / whole, 2)
        found.append(Segment(start, share, _burning(clock) if span.kind == "running" else "held"))
        start = round(start + share, 2)
    return found


def _burning(clock: ClockRow) -> str:
    """Return the colour of the time that ran: a clock that rests burns as it will when it goes on."""
    if clock.fuse.shape != "held":
        return clock.fuse.shape
    return "risk" if clock.left_seconds <= clock.fuse.risk_seconds else "due"


def _lived(span: SpanRow) -> str:
    time = working_duration(span.open_seconds)
    if span.kind == "running":
        return str(_("%(time)s running", time=time))
    return str(_("%(time)s paused", time=time))


def _line(span: SpanRow) -> LedgerLine:
    return LedgerLine(
        at=moment(span.from_at),
        what=_what(span),
        time=_time(span),
        counts=span.counts and span.kind == "running",
    )


def _time(span: SpanRow) -> str:
    return working_duration(span.open_seconds) if span.kind == "running" else "–"


def _what(span: SpanRow) -> str:
    status = status_name(span.reason, i18n.current_language())
    sentences: Mapping[str, str] = {
        "running": status or str(_("it counts")),
        "paused": str(_("paused: %(status)s", status=status)),
        "held": str(_("stopped by hand")),
        "done": str(_("done: %(status)s", status=status)),
    }
    words = sentences.get(span.kind, span.kind)
    return words if span.counts else str(_("%(what)s, before the new target", what=words))


def asides(clocks: Sequence[ClockRow]) -> dict[datetime, str]:
    """Return what the clocks say to the answer that stopped them, by the answer's moment in whole seconds.

    One answer may stop two clocks; then a kept promise of news (update) goes without saying.
    """
    found: dict[datetime, list[str]] = {}
    for stopped_at, kind, state, left_seconds in judged(clocks):
        said = found.setdefault(stopped_at, [])
        if not said or state == "missed":
            said.append(_judged(kind, state, left_seconds))
    return {at: " · ".join(said) for at, said in found.items()}


def judged(clocks: Sequence[ClockRow]) -> tuple[tuple[datetime, str, str, int], ...]:
    """Return the clocks that an answer stopped: when, which, met or missed, by how many seconds."""
    return tuple(
        (clock.stopped_at, clock.kind, clock.state, clock.left_seconds)
        for clock in sorted(clocks, key=lambda clock: clock.kind == "update")
        if clock.kind in ANSWERS and clock.stopped_at is not None and clock.state in ("met", "missed")
    )


def _judged(kind: str, state: str, left_seconds: int) -> str:
    name, time = clock_name(kind), working_duration(left_seconds)
    if state == "met":
        return str(_("%(clock)s met with %(time)s to spare", clock=name, time=time))
    return str(_("%(clock)s missed by %(time)s", clock=name, time=time))
