"""The clocks of one ticket in the agent's words, each with the ledger that adds up to its figure."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from flask import url_for

from portal.desk.promises import Count, clock_name, count_of, likely_words
from portal.kept import Fresh, sign_of
from portal.words import isolated, listed, seeded_name, ticket_ref
from servicedesk.kernel import clock as time
from servicedesk.kernel.display import number, when, working_duration
from servicedesk.kernel.i18n import capitalised
from servicedesk.kernel.i18n import gettext as _
from sla.queries import ClockRow, Foretold, SpanRow

ANSWERS = frozenset({"first_response", "next_response", "update"})


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a clock's life, in percent of the bar."""

    start: float
    share: float
    state: str


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
    hand_url: str = ""
    forecast: str = ""


@dataclass(frozen=True, slots=True)
class ToldAgain:
    """When something told comes again, and the address where somebody says that they know."""

    at: datetime
    url: str


def told_again(ticket_id: int, clocks: Sequence[ClockRow]) -> ToldAgain | None:
    """Return when people are next told again of a ticket's clocks; None where they are not.

    What is due already is told by the sweep that comes next: now.
    """
    at = min((each.told_again_at for each in clocks if each.told_again_at), default=None)
    if at is None:
        return None
    return ToldAgain(max(at, time.now()), url_for("desk.acknowledge", ref=ticket_ref(ticket_id)))


def shown(clocks: Sequence[ClockRow]) -> list[ClockRow]:
    """Return one clock of each kind: the open one, else the last; the most pressing first."""
    found: dict[str, ClockRow] = {}
    for clock in clocks:  # open ones come first, then the ended, newest first
        found.setdefault(clock.kind, clock)
    return sorted(found.values(), key=_pressing)


def _pressing(clock: ClockRow) -> tuple[bool, int]:
    return (not clock.is_open, clock.left_seconds if clock.is_open else 0)


def clock_lines(
    ticket_id: int, clocks: Sequence[ClockRow], *, by_signs: bool = False, by_hand: bool = False
) -> list[ClockLine]:
    """Return the clocks that are shown in words.

    by_signs: with a sign in the place of each number of seconds; `seconds_now` says what they stand for.
    by_hand: with a way to touch those that are open.
    """
    lines = [(clock, _clock_line(ticket_id, clock, by_signs=by_signs)) for clock in shown(clocks)]
    return [
        replace(line, hand_url=url_for("desk.clock_hand", ref=ticket_ref(ticket_id), kind=clock.kind))
        if by_hand and clock.is_open
        else line
        for clock, line in lines
    ]


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
            clock.told_again_at,
            clock.forecast,
        )
        for clock in shown(clocks)
    )


def _in_words(seconds: int) -> int:
    """Return what words tell of a length of time: whole minutes, and seconds only below one."""
    return seconds if abs(seconds) < 60 else abs(seconds) // 60 * 60


def _clock_line(ticket_id: int, clock: ClockRow, *, by_signs: bool) -> ClockLine:
    is_running = clock.is_open and clock.fuse.is_running
    count = count_of(clock.fuse) if is_running else None
    if count is not None and by_signs:
        left, closing = _signs(clock.kind)
        count = replace(
            count, left_seconds=left, open_seconds=None if count.open_seconds is None else closing
        )
    return ClockLine(
        name=clock_title(clock),
        words=_words(clock),
        state=clock.fuse.shape,
        due=str(_("due %(when)s", when=when(clock.due_at))) if is_running and clock.due_at else "",
        count=count,
        why=terms(clock),
        segments=_segments(clock),
        life_words=listed([_lived(span) for span in clock.spans]),
        ledger_url=url_for("desk.ledger", ref=ticket_ref(ticket_id), kind=clock.kind),
        forecast=forecast_words(clock.forecast) if clock.forecast else "",
    )


def clock_title(clock: ClockRow) -> str:
    """Return the clock's name as a heading."""
    return capitalised(clock_name(clock.kind))


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


def forecast_words(told: Foretold) -> str:
    """Return "30 % likely to miss · half of 80 similar requests took at most 6 h", and what they share."""
    alike = (
        _("compared with all requests"),
        _("compared with requests of this clock"),
        _("compared with requests of this priority"),
        _("compared with requests of this priority and team"),
    )
    count = number(told.count)
    took = (
        _("most of %(count)s took longer than is known", count=count)
        if told.median_seconds is None
        else _(
            "half of %(count)s took at most %(time)s", count=count, time=working_duration(told.median_seconds)
        )
    )
    return " · ".join(isolated(str(part)) for part in (likely_words(told.percent), alike[told.parts], took))


def terms(clock: ClockRow) -> str:
    """Return "4 h target · Gold · Office hours · paused 41 m"."""
    parts = [
        str(_("%(time)s target", time=working_duration(clock.target_seconds))),
        seeded_name(clock.agreement),
        seeded_name(clock.calendar),
    ]
    paused = sum(span.open_seconds for span in clock.spans if span.kind in ("paused", "held"))
    if paused:
        parts.append(str(_("paused %(time)s", time=working_duration(paused))))
    if clock.is_overridden:
        parts.append(str(_("set by a person")))
    if clock.type != "sla":
        parts.append(str(_("not shown to the customer")))
    return " · ".join(isolated(part) for part in parts)


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
