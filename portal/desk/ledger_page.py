"""Why a clock stands where it does: the ledger that adds up to its figure, and the rule that holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from flask import url_for

from portal.desk.ledgers import clock_title, shown, terms
from portal.desk.matching import comparison
from portal.page import Link
from portal.words import Moment, isolated, listed, moment, seeded_name, ticket_ref
from servicedesk.calendars.queries import hours_of
from servicedesk.identity.actor import Actor
from servicedesk.identity.queries import people
from servicedesk.kernel import i18n
from servicedesk.kernel.db import instant_from
from servicedesk.kernel.display import duration, number, when, working_duration
from servicedesk.kernel.errors import NotFound
from servicedesk.kernel.i18n import gettext as _
from servicedesk.tickets.catalogue import status_name
from servicedesk.tickets.queries import ticket_detail
from sla.calendar_names import calendars_of_versions
from sla.interventions import Intervention, interventions
from sla.queries import ClockRow, Matched, SpanRow, ticket_clocks
from sla.retargets import TargetChange, target_changes


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One stretch of time: since when, why it counts or not, how much working time; when it was closed."""

    at: Moment
    what: str
    time: str
    counts: bool
    closed: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """A change of the target: when, and from what to what."""

    at: Moment
    what: str


@dataclass(frozen=True, slots=True)
class Ledger:
    """Why a clock stands where it does, as `desk/_ledger.html` shows it: its `spans` add up to `used`."""

    name: str
    why: str
    spans: Sequence[LedgerLine]
    target: str
    used: str
    matched: str
    measured: str
    changes: Sequence[Change]
    others: Sequence[Link]
    proof_url: str
    back: str
    by_hand: Sequence[str] = ()


def ledger_of(viewer: Actor, ticket_id: int, kind: str, *, now: datetime, cycle: int | None = None) -> Ledger:
    """Return the ledger of a cycle: the one that a ticket's page shows, or `cycle`; raises NotFound."""
    every = [clock for clock in ticket_clocks(viewer, ticket_id, now=now) if clock.kind == kind]
    found = [clock for clock in every if clock.cycle == cycle] if cycle else shown(every)
    if not found:
        raise NotFound("clock.not_found", _("There is no such clock on this request."))
    clock = found[0]
    changes = target_changes(viewer, ticket_id, kind, clock.cycle, now=now)
    return Ledger(
        name=clock_title(clock),
        why=terms(clock),
        spans=[_line(span, now) for span in clock.spans],
        target=working_duration(clock.target_seconds),
        used=working_duration(clock.elapsed_seconds),
        matched=matched_rule(clock),
        measured=_measured(clock),
        changes=[_change(each) for each in changes],
        others=[_cycle_link(ticket_id, each, clock) for each in sorted(every, key=_number)]
        if len(every) > 1
        else [],
        proof_url=url_for("desk.proof", ref=ticket_ref(ticket_id), kind=kind, cycle=clock.cycle),
        back=url_for("desk.ticket", ref=ticket_ref(ticket_id)),
        by_hand=_by_hand(viewer, ticket_id, kind),
    )


def _by_hand(viewer: Actor, ticket_id: int, kind: str) -> list[str]:
    """Return what people did to the clock, when and why."""
    done = [
        each for each in interventions(viewer, ticket_detail(viewer, ticket_id)) if each.kind in (None, kind)
    ]
    known = people({each.person_id for each in done if each.person_id is not None}) if done else {}
    names = {person_id: row.name for person_id, row in known.items()}
    return [_told(each, names) for each in done]


def _told(each: Intervention, names: Mapping[int, str]) -> str:
    who = isolated(names.get(each.person_id or 0, str(_("somebody"))))
    until = isolated(when(instant_from(each.until))) if each.until else ""
    sentences = {
        "hold": _("%(at)s: %(who)s stopped it: %(reason)s"),
        "release": _("%(at)s: %(who)s let it go on: %(reason)s"),
        "override": _("%(at)s: %(who)s set it to %(until)s: %(reason)s"),
    }
    reason = isolated(each.reason or str(_("(This text was erased.)")))
    told = {"at": isolated(when(each.at)), "who": who, "until": until, "reason": reason}
    return str(sentences[each.deed] % told)


def _number(clock: ClockRow) -> int:
    return clock.cycle


def _cycle_link(ticket_id: int, clock: ClockRow, chosen: ClockRow) -> Link:
    url = url_for("desk.ledger", ref=ticket_ref(ticket_id), kind=clock.kind, cycle=clock.cycle)
    return Link(number(clock.cycle), url, is_current=clock is chosen)


def _measured(clock: ClockRow) -> str:
    found = calendars_of_versions([clock.calendar_version])[clock.calendar_version]
    return str(
        _(
            "Working time by %(calendar)s in version %(number)s, %(zone)s.",
            calendar=isolated(seeded_name(found.name)),
            number=found.number,
            zone=clock.zone,
        )
    )


def _change(change: TargetChange) -> Change:
    before, after = working_duration(change.before_seconds), working_duration(change.seconds)
    what = _("target %(before)s → %(after)s", before=before, after=after)
    if change.by_hand:
        what = _("target %(before)s → %(after)s, set by a person", before=before, after=after)
    return Change(moment(change.at), str(what))


def matched_rule(clock: ClockRow) -> str:
    """Return which rule of which version matched, and why, as a sentence."""
    rule = _(
        "Rule %(position)s of %(agreement)s in version %(number)s: %(rule)s.",
        position=clock.position,
        agreement=isolated(seeded_name(clock.agreement)),
        number=clock.agreement_number,
        rule=isolated(seeded_name(clock.rule)),
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


def _line(span: SpanRow, now: datetime) -> LedgerLine:
    return LedgerLine(
        at=moment(span.from_at),
        what=_what(span),
        time=_time(span),
        counts=span.counts and span.kind == "running",
        closed=_closed(span, now),
    )


def _closed(span: SpanRow, now: datetime) -> str:
    """Return when the calendar was closed within a line: the one time, or how often and how long."""
    if span.calendar_version is None or span.kind == "done":
        return ""
    ends = span.to_at or now
    opened = hours_of(span.calendar_version).spans(span.from_at, ends)
    edges = [span.from_at.replace(microsecond=0), *chain.from_iterable(opened), ends.replace(microsecond=0)]
    gaps = [(begin, end) for begin, end in zip(edges[::2], edges[1::2], strict=True) if end > begin]
    if not gaps:
        return ""
    if len(gaps) == 1:
        begin, end = gaps[0]
        return str(_("closed %(from)s to %(to)s", **{"from": when(begin), "to": when(end)}))
    whole = sum((end - begin).total_seconds() for begin, end in gaps)
    return str(_("closed %(times)s times, %(time)s in all", times=number(len(gaps)), time=duration(whole)))


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
