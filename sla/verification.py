"""What promises have to verify: every clock, ledger line and firing of tickets against their logs."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import cast

from sqlalchemy import Table, select

from servicedesk.calendars.hours import OpeningHours
from servicedesk.calendars.models import Calendar, CalendarVersion
from servicedesk.calendars.queries import hours_of
from servicedesk.kernel.chain import LoggedEvent
from servicedesk.kernel.db import session
from servicedesk.kernel.differences import ABSENT, PRESENT, Difference, compared, readable_json
from servicedesk.kernel.stored_rows import Damaged, Row, stored_rows, stream
from servicedesk.kernel.verification import Checker, IdColumn, Portion
from servicedesk.tickets.events import STREAM
from servicedesk.tickets.models import StatusRow
from sla.core.audit import audit
from sla.core.audit_choices import Choices, audit_choices
from sla.core.audit_figures import AuditedCycle, Figures, figures
from sla.core.audit_firings import firing_rows
from sla.core.audit_log import StatusFacts
from sla.core.audit_promises import Published, audit_promises
from sla.core.audit_retractions import retraction_faults
from sla.core.audit_rows import CycleKey, Touch, clock_row, keeping, span_rows, step_memory, touches
from sla.core.audit_standing import standing_rows, with_risk
from sla.core.audit_steps import Chain, chain_of
from sla.forecast.models import Forecast
from sla.models import Agreement, AgreementVersion, Clock, ClockSpan, Firing, Retraction, Standing
from sla.published_offers import published_choices
from sla.rollup_check import check_rollups
from sla.subject_check import check_subjects

CLOCKS, SPANS, FIRINGS, STANDINGS, RETRACTIONS, FORECASTS = (
    cast(Table, model.__table__) for model in (Clock, ClockSpan, Firing, Standing, Retraction, Forecast)
)
CLOCK_KEY = ("subject_kind", "subject_id", "kind", "cycle", "type")
FIRING_KEY = ("clock_id", "cycle", "target_epoch", "step")


@dataclass(frozen=True)
class _Facts:
    """What the desk's own data say: what statuses mean and what calendar versions tell."""

    @cached_property
    def statuses(self) -> Mapping[str, StatusFacts]:
        rows = session().execute(select(StatusRow.key, StatusRow.category, StatusRow.clocks))
        return {key: StatusFacts(category, json.loads(clocks)) for key, category, clocks in rows}

    @cached_property
    def published(self) -> Published:
        """Return every version of agreements and calendars, the latter by the moment they take effect."""
        query = select(AgreementVersion.id, Agreement.key, AgreementVersion.document).join(
            Agreement, Agreement.id == AgreementVersion.agreement_id
        )
        agreements = {
            version_id: (key, readable_json(document))
            for version_id, key, document in session().execute(query)
        }
        versions = (
            select(Calendar.key, CalendarVersion.effective_from, CalendarVersion.id)
            .join(Calendar, Calendar.id == CalendarVersion.calendar_id)
            .order_by(Calendar.key, CalendarVersion.effective_from, CalendarVersion.number)
        )
        calendars: dict[str, list[tuple[datetime, int]]] = {}
        for key, begins, version_id in session().execute(versions):
            calendars.setdefault(key, []).append((begins, version_id))
        return Published(agreements, calendars)

    @cached_property
    def choices(self) -> Choices:
        return published_choices()

    @cached_property
    def documents(self) -> Mapping[int, str]:
        return dict(session().execute(select(CalendarVersion.id, CalendarVersion.document)).all())

    @cached_property
    def known_hours(self) -> dict[int, OpeningHours]:
        return {version_id: hours_of(version_id) for version_id in self.documents}

    def hours(self, version_id: int) -> OpeningHours:
        """Return the hours of a version; raises KeyError where there is none."""
        return self.known_hours[version_id]

    def is_same(self, version_id: int, other_id: int) -> bool:
        """Say whether two versions tell the same hours."""
        return self.documents[version_id] == self.documents[other_id]


@dataclass(slots=True)
class _Stored:
    """The stored rows of one ticket."""

    clocks: list[Row] = field(default_factory=list)
    spans: list[Row] = field(default_factory=list)
    firings: list[Row] = field(default_factory=list)
    standings: list[Row] = field(default_factory=list)
    retractions: list[Row] = field(default_factory=list)
    forecasts: list[Row] = field(default_factory=list)

    @property
    def ids(self) -> dict[CycleKey, int]:
        return {(row["kind"], row["cycle"]): row["id"] for row in self.clocks}

    @property
    def firings_by_cycle(self) -> dict[CycleKey, list[Row]]:
        owners = {row["id"]: (row["kind"], row["cycle"]) for row in self.clocks}
        found: dict[CycleKey, list[Row]] = {}
        for row in self.firings:
            found.setdefault(owners[row["clock_id"]], []).append(row)
        return found

    @property
    def dealt_with(self) -> dict[CycleKey, list[Row]]:
        """Every step by its cycle, also what was retracted: such a row is no clock's any more."""
        found = self.firings_by_cycle
        for row in self.retractions:
            found.setdefault((row["kind"], row["cycle"]), []).append({**row, "clock_id": None})
        return found

    def damaged(self) -> Iterator[Difference]:
        """Yield the values that cannot be read; nothing can be compared with them."""
        of_tables = (
            *((CLOCKS, self.clocks), (SPANS, self.spans)),
            *((FIRINGS, self.firings), (STANDINGS, self.standings), (RETRACTIONS, self.retractions)),
            (FORECASTS, self.forecasts),
        )
        for table, rows in of_tables:
            for row in rows:
                key = {column.name: row[column.name] for column in table.primary_key.columns}
                for name, value in row.items():
                    if isinstance(value, Damaged):
                        yield Difference(table.name, key, name, value, "a value as the desk writes it")


def check_clocks(portion: Portion) -> Iterator[Difference]:
    """Yield where clocks, ledgers and firings differ from what the tickets' logs tell."""
    facts, stored = _Facts(), _stored(portion)
    for ticket_id in sorted(stored.keys() | portion.events.keys()):
        rows, log = stored.get(ticket_id, _Stored()), portion.events.get(ticket_id, ())
        if damaged := list(rows.damaged()):
            yield from damaged
            continue
        if not log:
            yield from compared("sla_standing", ("ticket_id",), stored=rows.standings, rebuilt=())
            if not rows.clocks:
                continue
        try:
            yield from _TicketCheck(log, rows, facts).differences()
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            key = {"stream_kind": STREAM, "stream_id": ticket_id}
            yield Difference("event", key, None, f"{type(error).__name__}: {error}", "a log of clocks")


def _stored(portion: Portion) -> dict[int, _Stored]:
    found: dict[int, _Stored] = {}
    owners: dict[int, int] = {}
    for row in portion.rows(CLOCKS, CLOCKS.c.subject_id, CLOCKS.c.subject_kind == STREAM):
        owners[row["id"]] = row["subject_id"]
        found.setdefault(row["subject_id"], _Stored()).clocks.append(row)
    of_these = select(CLOCKS.c.id).where(
        CLOCKS.c.subject_kind == STREAM, CLOCKS.c.subject_id.between(portion.first, portion.last)
    )
    for table, name in ((SPANS, "spans"), (FIRINGS, "firings"), (FORECASTS, "forecasts")):
        rows = stored_rows(table, table.c.clock_id.in_(of_these))
        portion.counts[table.name] += len(rows)
        for row in rows:
            getattr(found[owners[row["clock_id"]]], name).append(row)
    for row in portion.rows(STANDINGS, STANDINGS.c.ticket_id):
        found.setdefault(row["ticket_id"], _Stored()).standings.append(row)
    for row in portion.rows(RETRACTIONS, RETRACTIONS.c.ticket_id):
        found.setdefault(row["ticket_id"], _Stored()).retractions.append(row)
    return found


@dataclass(frozen=True)
class _TicketCheck:
    """The check of one ticket: its log told anew beside what is stored of it."""

    log: Sequence[LoggedEvent]
    stored: _Stored
    facts: _Facts

    def differences(self) -> Iterator[Difference]:
        promises = audit_promises(self.log, self.facts.published)
        for each in (*promises, *audit_choices(self.log, self.facts.choices)):
            key = {"stream_kind": STREAM, "stream_id": self.log[0].stream.id, "seq": each.seq}
            yield Difference("event", key, f"body ({each.what})", each.said, each.rebuilt)
        yield from compared("sla_clock", CLOCK_KEY, stored=self.stored.clocks, rebuilt=self.clocks)
        yield from compared(
            "sla_span", ("clock_id", "position"), stored=self.stored.spans, rebuilt=self._spans()
        )
        yield from self._firings()
        yield from self._places()

    def _places(self) -> Iterator[Difference]:
        clocks, forecasts = with_risk(self.clocks, self.stored.forecasts, self.facts)
        yield from compared("sla_forecast", ("clock_id",), stored=self.stored.forecasts, rebuilt=forecasts)
        written_at = max([self.touches[-1].at, *(row["placed_at"] for row in forecasts)])
        places = standing_rows(self.log, self.facts.statuses, clocks, written_at)
        yield from compared("sla_standing", ("ticket_id",), stored=self.stored.standings, rebuilt=places)

    @cached_property
    def clocks(self) -> list[Row]:
        return list(self._clocks())

    @cached_property
    def cycles(self) -> list[AuditedCycle]:
        return audit(self.log, self.facts.statuses, self.facts)

    @cached_property
    def touches(self) -> list[Touch]:
        rows = [*self.stored.firings, *self.stored.retractions]
        return touches(self.log, [row["fired_at"] for row in rows])

    @cached_property
    def firings(self) -> dict[CycleKey, list[Row]]:
        return self.stored.firings_by_cycle

    def _clocks(self) -> Iterator[Row]:
        ids = self.stored.ids
        steps = self.stored.dealt_with
        kept = keeping(lambda n: self._told(self.log[:n]), self.touches, steps, len(self.log))
        for cycle in self.cycles:
            key = cycle.kind, cycle.number
            found = figures(cycle, self.touches[-1].at.replace(microsecond=0), self.facts)
            row = clock_row(self.log, cycle, found)
            memory = step_memory(row, self.firings.get(key, ()), self._chain(cycle, found, self.log))
            yield row | memory | kept[key] | {"id": ids.get(key)}

    def _chain(self, cycle: AuditedCycle, found: Figures, then: Sequence[LoggedEvent]) -> Chain:
        return chain_of(cycle, found, self.facts.published.agreements, then, self.facts)

    def _spans(self) -> Iterator[Row]:
        ids = self.stored.ids
        for cycle in self.cycles:
            clock_id = ids.get((cycle.kind, cycle.number))
            if clock_id is not None:
                yield from span_rows(clock_id, cycle)

    def _firings(self) -> Iterator[Difference]:
        rebuilt, retracted = [], list[Row]()
        for row in firing_rows(
            self.log, self.stored.dealt_with, self.touches, self._told, self.facts, chains=self._chain
        ):
            if row.get("clock_id") is not None:
                rebuilt.append(row)
            elif "clock_id" in row:
                retracted.append(row)
            else:
                key = {"subject_id": self.log[0].stream.id, **row}
                yield Difference("sla_firing", key, None, ABSENT, PRESENT)
        yield from compared("sla_firing", FIRING_KEY, stored=self.stored.firings, rebuilt=rebuilt)
        now = self.touches[-1].at if self.touches else None
        told = {
            (each.kind, each.number): (each, figures(each, now, self.facts)) for each in self.cycles if now
        }
        key = {"subject_id": self.log[0].stream.id}
        for fault in retraction_faults(
            self.log, self.firings, self.stored.retractions, retracted, told, chains=self._chain
        ):
            yield Difference(fault.table, {**key, **fault.key}, fault.column, fault.stored, fault.rebuilt)

    def _told(self, then: Sequence[LoggedEvent]) -> Sequence[AuditedCycle]:
        is_all = len(then) == len(self.log)
        return self.cycles if is_all else audit(then, self.facts.statuses, self.facts)


def check_the_rest() -> Iterator[Difference]:
    """Yield what is wrong with clocks of other subjects, and ledger lines and firings of no clock."""
    yield from check_subjects(_Facts())
    for table in (SPANS, FIRINGS):
        orphans = select(table.c.clock_id).distinct().outerjoin(CLOCKS, CLOCKS.c.id == table.c.clock_id)
        for (clock_id,) in stream(orphans.where(CLOCKS.c.id.is_(None))):
            yield Difference(table.name, {"clock_id": clock_id}, None, PRESENT, ABSENT)
            yield Difference("sla_clock", {"id": clock_id}, None, ABSENT, PRESENT)


def check_overall() -> Iterator[Difference]:
    """Yield what belongs to no ticket, and roll-ups that are not what clocks tell."""
    yield from check_the_rest()
    yield from check_rollups()


CHECKER = Checker(
    "sla",
    STREAM,
    (
        IdColumn(Clock.subject_id, Clock.subject_kind == STREAM),
        *(IdColumn(Standing.ticket_id), IdColumn(Retraction.ticket_id)),
    ),
    check_clocks,
    check_overall,
)
