"""How long promises were paused: open time by what was waited for, and by who set it waiting."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission
from servicedesk.identity.queries import people
from sla.core.causes import Scene, Stretch
from sla.reporting.asked import Asked
from sla.reporting.lives import Told, lives
from sla.reporting.population import Population

PAUSES = ("paused", "held")
# What begins a pause.
_BEGINNINGS = ("status_changed", "clock_held")


@dataclass(frozen=True, slots=True)
class PausedCycle:
    """A judged cycle that was paused: open seconds of its life, and of its pauses by reason."""

    ticket_id: int
    kind: str
    cycle: int
    judged_at: datetime
    life_seconds: int
    reasons: Mapping[str, int]

    @property
    def paused_seconds(self) -> int:
        return sum(self.reasons.values())


@dataclass(frozen=True, slots=True)
class Pauses:
    """Paused open time of all lives. people: by person (None: the desk by itself); None for who may not know.

    cycles: the paused ones, the longest paused first.
    """

    asked: Asked
    life_seconds: int
    paused_seconds: int
    reasons: Mapping[str, int]
    people: Mapping[int | None, int] | None
    names: Mapping[int, str]
    cycles: tuple[PausedCycle, ...]

    def share(self, seconds: int) -> float | None:
        """Return the share of the lives' open time, None where there were none."""
        return seconds / self.life_seconds if self.life_seconds else None


def pause_shares(viewer: Actor, asked: Asked, *, now: datetime) -> Pauses:
    """Return the pauses of the cycles judged in the period, as known at `asked.as_of`."""
    population = Population(viewer, asked, now)
    sees_people = viewer.has(Permission.REPORT_SEE_PEOPLE)
    life, reasons, by_person = 0, Counter[str](), Counter[int | None]()
    paused: list[PausedCycle] = []
    for told in lives(population, population.judged(), with_scenes=sees_people):
        own = _by_reason(told)
        lived = sum(each.open_seconds(told.until) for each in told.stretches if each.kind != "done")
        life += lived
        if own:
            reasons.update(own)
            by_person.update(_by_person(told))
            paused.append(
                PausedCycle(told.ticket_id, told.kind, told.cycle, told.judged_at, lived, dict(own))
            )
    paused.sort(key=lambda each: (-each.paused_seconds, each.ticket_id, each.kind, each.cycle))
    ids = [person_id for person_id in by_person if person_id is not None] if sees_people else []
    return Pauses(
        asked,
        life,
        sum(reasons.values()),
        dict(reasons.most_common()),
        dict(by_person.most_common()) if sees_people else None,
        {person.id: person.name for person in people(ids).values()},
        tuple(paused),
    )


def _by_reason(told: Told) -> Counter[str]:
    found: Counter[str] = Counter()
    for stretch in told.stretches:
        if stretch.kind in PAUSES and (seconds := stretch.open_seconds(told.until)):
            found[stretch.reason] += seconds
    return found


def _by_person(told: Told) -> Counter[int | None]:
    """Return the paused open time by who began each pause; a pause that a new target cut in two has one."""
    found: Counter[int | None] = Counter()
    before: Stretch | None = None
    who: int | None = None
    for stretch in told.stretches:
        if stretch.kind in PAUSES:
            goes_on = before is not None and (before.kind, before.reason) == (stretch.kind, stretch.reason)
            who = who if goes_on else _beginner(told.scenes, stretch.from_at)
            if seconds := stretch.open_seconds(told.until):
                found[who] += seconds
        before = stretch
    return found


def _beginner(scenes: Sequence[Scene], at: datetime) -> int | None:
    began = (scene.by for scene in reversed(scenes) if scene.at == at and scene.type in _BEGINNINGS)
    return next(began, None)
