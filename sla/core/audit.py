"""The audit of clocks: cycles and ledgers of a ticket made again from its log, kind by kind.

Written from sections 3.2 to 3.4 of the clock specification. What starts and ends a clock is looked up in the
moments of the log; what a ledger comes to is the sum of open spans (audit_figures.py).
"""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from servicedesk.kernel.chain import LoggedEvent
from sla.core.audit_figures import Aim, AuditedCycle, Calendars, Line, counted_until
from sla.core.audit_log import KINDS, Moment, StatusFacts, moments

FROM_CREATION = ("first_response", "resolution")
ANSWERED = ("first_response", "next_response", "update")


def audit(
    log: Sequence[LoggedEvent], statuses: Mapping[str, StatusFacts], calendars: Calendars
) -> list[AuditedCycle]:
    """Return every cycle that a target was set for, of a ticket whose log this is, in order of seq.

    A log with a moment that nobody knows measures nothing.
    """
    if not log or log[0].type != "ticket_opened" or not all(event.at_known for event in log):
        return []
    told = list(moments(log, statuses))
    return [cycle for kind in KINDS for cycle in _Kind(kind, calendars).cycles(told)]


@dataclass(slots=True)
class _Course:
    """A stretch of life from a start to a stop; a cycle is under way while a target is in force."""

    started_at: datetime
    counts_from: datetime
    lines: list[Line] = field(default_factory=list)
    cycle: AuditedCycle | None = None
    rests_since: datetime | None = None
    rested_under: LoggedEvent | None = None

    @property
    def current(self) -> Line | None:
        return self.lines[-1] if self.lines and self.lines[-1].to_at is None else None


@dataclass(slots=True)
class _Kind:
    """The clocks of one kind, moment after moment."""

    kind: str
    calendars: Calendars
    course: _Course | None = None
    newest: LoggedEvent | None = None
    done_at: datetime | None = None
    found: list[AuditedCycle] = field(default_factory=list)

    def cycles(self, told: Sequence[Moment]) -> Iterator[AuditedCycle]:
        for moment in told:
            self._live(moment, is_first=moment is told[0])
        yield from self.found

    def _live(self, moment: Moment, *, is_first: bool) -> None:
        if is_first and self.kind in FROM_CREATION:
            self._begin(moment)
        if self.kind == "assignment" and moment.enters_team and self.course:
            # It is the target of the team that lets go that its stay is judged by.
            self._close(moment.at, is_cancelled=False)
            self.course = None
        for decision in moment.decisions:
            self._decide(decision, moment)
        if moment.status.is_done and not moment.was_done:
            self.done_at = moment.at
        self._end(moment)
        if moment.reopens and self.kind == "resolution":
            self._reopen(moment)
        if self.course is None and self._is_wanted(moment):
            self._begin(moment)
        if self.course and self.course.rests_since is None:
            self._write(moment.at, *moment.mode(self.kind))

    def _is_wanted(self, moment: Moment) -> bool:
        if moment.status.to(self.kind) not in ("runs", "paused"):
            return False
        if self.kind == "update":
            return moment.agent_spoke or moment.reopens
        if self.kind == "next_response":
            return moment.customer_waits or (moment.reopens and moment.last_word == "customer")
        if self.kind == "assignment":
            return moment.enters_team and not moment.is_taken
        if self.kind == "vendor":
            return True
        return self.kind == "resolution" and moment.reopens

    def _end(self, moment: Moment) -> None:
        course = self.course
        if course is None or course.rests_since is not None:
            return
        effect = moment.status.to(self.kind)
        is_answered = self.kind in ANSWERED and moment.agent_spoke
        is_answered |= self.kind == "assignment" and moment.is_taken
        if effect == "cancelled" and not is_answered:
            self._close(moment.at, is_cancelled=True)
            self.course = None
        elif is_answered or effect == "stops":
            self._close(moment.at, is_cancelled=False)
            if self.kind == "resolution":
                self._rest(course, moment)
            else:
                self.course = None

    def _close(self, at: datetime, *, is_cancelled: bool) -> None:
        course = self.course
        if course is None:
            return
        if course.current:
            course.current.has_end_of_clock = True
            course.current.to_at = at
        if course.cycle:
            course.cycle.stopped_at = at
            course.cycle.is_cancelled = is_cancelled

    def _begin(self, moment: Moment) -> None:
        self.course = _Course(moment.at, moment.at)
        if self.newest is not None:
            self._promise(self.newest, moment)
        self._write(moment.at, "running", "")

    def _rest(self, course: _Course, moment: Moment) -> None:
        """A resolution that is done is held: the same cycle may go on."""
        course.rests_since = moment.at
        course.rested_under = course.cycle.said if course.cycle else None
        self._write(moment.at, "done", moment.status_key)

    def _reopen(self, moment: Moment) -> None:
        course = self.course
        if course is None or course.rests_since is None:
            return
        rules: Any = course.rested_under or self.newest
        limit = timedelta(days=rules.body["reopen_within_days"]) if rules else timedelta.max
        is_anew = bool(rules) and rules.body["reopen"] == "new_cycle"
        if is_anew or (self.done_at and moment.at - self.done_at > limit):
            if course.current:
                course.current.to_at = moment.at
            self._begin(moment)
            return
        course.rests_since = None
        if course.cycle:
            course.cycle.stopped_at = None
        self._write(moment.at, *moment.mode(self.kind))
        if self.newest is not None:
            self._promise(self.newest, moment)

    def _decide(self, decision: LoggedEvent, moment: Moment) -> None:
        is_live = self.course is not None and self.course.rests_since is None
        if decision.type == "agreement_assigned":
            self.newest = decision
            if is_live:
                self._promise(decision, moment)
        elif is_live and decision.body["kind"] == self.kind:
            self._override(decision, moment)

    def _promise(self, said: LoggedEvent, moment: Moment) -> None:
        course, body = self.course, said.body
        targets: Any = body["targets"]
        if course is None or (course.cycle and course.cycle.is_overridden and self.kind in targets):
            return
        if self.kind not in targets:
            self._withdraw(course, moment.at)
            return
        seconds, calendar = targets[self.kind]
        if course.cycle and not self._is_new(course.cycle, said, seconds, calendar):
            course.cycle.said = said
            return
        self._aim(course, said, (seconds, calendar), moment, is_anew=body["retarget"] == "from_change")

    def _is_new(self, cycle: AuditedCycle, said: LoggedEvent, seconds: int, calendar: int) -> bool:
        """Say whether a target is another one: other seconds or hours, or another rule that counts anew."""
        before = cycle.aims[-1]
        if before.seconds != seconds or not self.calendars.is_same(before.calendar, calendar):
            return True
        return said.body["retarget"] == "from_change" and said.body["rule"] != cycle.said.body["rule"]

    def _override(self, said: LoggedEvent, moment: Moment) -> None:
        course = self.course
        if course is None or course.cycle is None:
            return
        cycle, until = course.cycle, datetime.fromisoformat(str(said.body["until"]))
        calendar = cycle.aims[-1].calendar
        ahead = self.calendars.hours(calendar).spans(moment.at, until)
        seconds = counted_until(cycle, moment.at, self.calendars)
        seconds += sum(int((closed - opened).total_seconds()) for opened, closed in ahead)
        self._aim(course, cycle.said, (seconds, calendar), moment, is_anew=False)
        cycle.is_overridden = True

    def _aim(
        self,
        course: _Course,
        said: LoggedEvent,
        target: tuple[int, int],
        moment: Moment,
        *,
        is_anew: bool,
    ) -> None:
        """Put a target in force: time before it keeps its measure, or does not count where it starts anew."""
        seconds, calendar = target
        if course.cycle is None:
            course.cycle = self._new_cycle(course, said, moment)
            for line in course.lines:
                line.calendar = line.calendar or calendar
        is_anew = is_anew and course.started_at < moment.at
        current = course.current
        if current and (is_anew or not self.calendars.is_same(current.calendar or calendar, calendar)):
            self._cut(course, current, moment.at)
        if is_anew:
            course.counts_from = moment.at
            for line in course.lines:
                line.counts = line.to_at is None
        if course.current:
            course.current.calendar = calendar
        course.cycle.said = said
        course.cycle.aims.append(Aim(moment.at, seconds, calendar, course.counts_from))

    def _new_cycle(self, course: _Course, said: LoggedEvent, moment: Moment) -> AuditedCycle:
        number = len(self.found) + 1
        cycle = AuditedCycle(
            self.kind, number, course.started_at, said, moment.command_id, lines=course.lines
        )
        self.found.append(cycle)
        return cycle

    def _withdraw(self, course: _Course, at: datetime) -> None:
        """Cancel the cycle; the course goes on unmeasured, for a target that may appear later."""
        if course.cycle is None:
            return
        going_on = deepcopy(course.lines)
        self._close(at, is_cancelled=True)
        course.cycle, course.lines = None, going_on

    def _write(self, at: datetime, kind: str, reason: str) -> None:
        """Begin a line unless the one under way says the same; a line that lasted no second is dropped."""
        course = self.course
        if course is None:
            return
        current = course.current
        if current and (current.kind, current.reason) == (kind, reason):
            return
        if current:
            self._finish(course, current, at)
        calendar = course.cycle.aims[-1].calendar if course.cycle else None
        course.lines.append(Line(at, kind, reason, calendar))

    def _cut(self, course: _Course, current: Line, at: datetime) -> None:
        self._finish(course, current, at)
        course.lines.append(replace(current, from_at=at, to_at=None, counts=True))

    def _finish(self, course: _Course, line: Line, at: datetime) -> None:
        line.to_at = at
        if line.from_at == at:
            course.lines.pop()
