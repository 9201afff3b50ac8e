"""Random histories of a desk: every ticket command, in an order and at times that nobody would think of.

A history is a seed. What the desk refuses must leave no trace.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random

from flask import current_app
from sqlalchemy import func, select

from servicedesk.identity.models import Person
from servicedesk.kernel.command import IdempotencyKey
from servicedesk.kernel.db import session
from servicedesk.kernel.errors import DeskError
from servicedesk.kernel.event_log import ErasableText, EventRow
from servicedesk.kernel.jobs import Job
from servicedesk.kernel.state import DeskState
from servicedesk.tickets.models import Message, Ticket
from sla.models import Clock
from tests.support import makers
from tests.support.moments import StoppedClock
from tests.verify.outside_deeds import DEEDS
from tests.verify.regrouping import UNDOINGS
from tests.verify.teamwork import TEAMWORK

# Seconds that may pass between two deeds, and how often they do: mostly minutes, now and then weeks.
PAUSES: dict[int, float] = {
    0: 20, 1: 10, 60: 15, 600: 15, 1_800: 10, 3_600: 10, 7_200: 6, 14_400: 5, 43_200: 3, 90_000: 3,
    260_000: 2, 604_800: 0.6, 1_300_000: 0.4,
}  # fmt: skip


# After whatever day the desk's foundation was laid on: its calendars began then.
START = "2040-01-02T10:00Z"


@dataclass
class History:
    """One desk's history; `step` adds a deed to it."""

    seed: int
    clock: StoppedClock
    deeds: dict[Callable[["History"], object], int] = field(
        default_factory=lambda: DEEDS | TEAMWORK | UNDOINGS
    )
    random: Random = field(init=False)
    done: Counter[str] = field(default_factory=Counter)
    at_hand: int = 1

    def __post_init__(self) -> None:
        self.random = Random(self.seed)
        self.clock.set(START)
        current_app.config["SETTINGS"] = replace(current_app.config["SETTINGS"], undo_seconds=15)
        self.administrator = makers.administrator()
        self.team = makers.make_group(lead=makers.make_person("lead"))
        self.agents = [makers.make_person("agent", group=self.team) for _ in range(2)]
        self.lead = makers.make_person("lead", group=self.team)
        golden = makers.make_organisation(f"Golden {self.seed}", tier="gold")
        self.customers = [makers.make_person(), makers.make_person(organisation=golden)]
        makers.make_ticket(self.customers[0])

    def step(self) -> None:
        """Let some time pass and do something."""
        self.clock.move(seconds=self.random.choices(list(PAUSES), list(PAUSES.values()))[0])
        deed = self.random.choices(list(self.deeds), list(self.deeds.values()))[0]
        before = traces()
        refused = self._do(deed)
        session().rollback()
        session().expire_all()
        self.done[refused or deed.__name__] += 1
        assert refused is None or traces() == before, f"{refused}, but it left something behind"

    def _do(self, deed: Callable[["History"], object]) -> str | None:
        """Do it; return why the desk refused, if it did."""
        try:
            deed(self)
        except DeskError as error:
            return f"{deed.__name__} was refused: {error.code}"
        return None

    def ticket(self) -> int:
        """Return the ticket last at hand, or one of the latest, so that each has a life of its own."""
        if self.random.random() < 0.5:
            latest = session().scalar(select(func.max(Ticket.id))) or 1
            self.at_hand = max(1, latest - self.random.randrange(6))
        return self.at_hand


COUNTED = (EventRow, Ticket, Message, ErasableText, Job, Clock, IdempotencyKey, Person)
# One statement, built once: it is asked before each of ten thousand deeds.
TRACES = select(
    *(select(func.count()).select_from(table).scalar_subquery() for table in COUNTED),
    select(func.sum(Ticket.row_version)).scalar_subquery(),
    DeskState.last_number,
    DeskState.revision,
)


def traces() -> tuple[object, ...]:
    """Return figures that any change of the desk would move."""
    return tuple(session().execute(TRACES).one())
