"""The clocks of one ticket in the agent's words, each with the ledger that adds up to its figure."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from flask import url_for

from portal.desk.matching import comparison
from portal.desk.promises import Count, clock_name, count_of
from portal.desk.words import Moment, isolated, listed, moment, ticket_ref
from portal.kept import Fresh, sign_of
from servicedesk.identity.actor import Actor
from servicedesk.kernel import i18n
from servicedesk.kernel.display import when, working_duration
from servicedesk.kernel.errors import NotFound
from servicedesk.kernel.i18n import gettext as _
from servicedesk.tickets.catalogue import status_name
from sla.queries import ClockRow, Matched, SpanRow, ticket_clocks

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
    ledger_url: str


@dataclass(frozen=True, slots=True)
class Ledger:
    """Why a clock stands where it does, as `desk/_ledger.html` shows it: its `spans` add up to `used`."""

    name: str
    why: str
    spans: Sequence[LedgerLine]
    target: str
    used: str
    matched: str
    back: str


def shown(clocks: Sequence[ClockRow]) -> list[ClockRow]:
    """Return one clock of each kind: the open one, else the last; the most pressing first."""
    found: dict[str, ClockRow] = {}
    for clock in clocks:  # open ones come first, then the ended, newest first
        found.setdefault(clock.kind, clock)
    return sorted(found.values(), key=_pressing)


def clock_lines(ticket_id: int, clocks: Sequence[ClockRow], *, by_signs: bool = False) -> list[ClockLine]:
    """Return the clocks that are shown in words.

    by_signs: with a sign in the place of each number of seconds; `seconds_now` says what they stand for.
    """
    return [_clock_line(ticket_id, clock, by_signs=by_signs) for clock in shown(clocks)]


def seconds_now(clocks: Sequence[ClockRow]) -> Fresh:
    """Return the signs of `clock_lines` with their seconds."""
    pairs = [
        (sign, seconds)
        for clock in shown(clocks)
        for sign, seconds in zip(
            _signs(clock.kind), (clock.fuse.left_seconds, clock.fuse.open_seconds), strict=True
        )
    ]
    return tuple((sign, str(seconds)) for sign, seconds in pairs)


def _signs(kind: str) -> tuple[str, str]:
    """Return what stands for the seconds left, and for those until the hours close."""
    return sign_of(f"{kind} left"), sign_of(f"{kind} open")


def besides_seconds(clocks: Sequence[ClockRow]) -> Hashable:
    """Return all that `clock_lines` by signs tells of the clocks: it changes about once a minute."""
    return tuple(
        (
            (clock.kind, clock.state, clock.fuse.shape, clock.is_open, clock.due_at, clock.is_overridden),
            (
                clock.agreement,
                clock.calendar,
                clock.target_seconds,
                clock.left_seconds <= clock.fuse.risk_seconds,
            ),
            (
                _in_words(clock.left_seconds),
                _in_words(clock.elapsed_seconds),
                clock.fuse.open_seconds is None,
            ),
            tuple((span.kind, _in_words(span.open_seconds)) for span in clock.spans),
        )
        for clock in shown(clocks)
    )


def _in_words(seconds: int) -> int:
    """Return what words tell of a length of time: whole minutes, and seconds only below one."""
    return seconds if abs(seconds) < 60 else abs(seconds) // 60 * 60


def ledger_of(viewer: Actor, ticket_id: int, kind: str, *, now: datetime) -> Ledger:
    """Return the ledger of the clock of this kind that a ticket's page shows; raises NotFound."""
    clocks = {clock.kind: clock for clock in shown(ticket_clocks(viewer, ticket_id, now=now))}
    if kind not in clocks:
        raise NotFound("clock.not_found", _("There is no such clock on this request."))
    clock = clocks[kind]
    return Ledger(
        name=_name(clock),
        why=_why(clock),
        spans=[_line(span) for span in clock.spans],
        target=working_duration(clock.target_seconds),
        used=working_duration(clock.elapsed_seconds),
        matched=_matched(clock),
        back=url_for("desk.ticket", ref=ticket_ref(ticket_id)),
    )


def _pressing(clock: ClockRow) -> tuple[bool, int]:
    return (not clock.is_open, clock.left_seconds if clock.is_open else 0)


def _clock_line(ticket_id: int, clock: ClockRow, *, by_signs: bool) -> ClockLine:
    is_running = clock.is_open and clock.fuse.is_running
    count = count_of(clock.fuse) if is_running else None
    if count is not None and by_signs:
        left, closing = _signs(clock.kind)
        count = replace(
            count, left_seconds=left, open_seconds=None if count.open_seconds is None else closing
        )
    return ClockLine(
        name=_name(clock),
        words=_words(clock),
        state=clock.fuse.shape,
        due=str(_("due %(when)s", when=when(clock.due_at))) if is_running and clock.due_at else "",
        count=count,
        why=_why(clock),
        segments=_segments(clock),
        life_words=listed([_lived(span) for span in clock.spans]),
        ledger_url=url_for("desk.ledger", ref=ticket_ref(ticket_id), kind=clock.kind),
    )


def _name(clock: ClockRow) -> str:
    name = clock_name(clock.kind)
    return name[:1].upper() + name[1:]


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
