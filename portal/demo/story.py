"""What happens on the demo desk, as steps in time. Pure: the same seed and moment give the same story."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from servicedesk.calendars.hours import OpeningHours

DAYS = 90
FINISHED = 252
MINUTE, HOUR = 60, 3600
# Working seconds by priority: first response and resolution of the agreement "Standard".
FIRST = {1: 15 * MINUTE, 2: HOUR, 3: 4 * HOUR, 4: 8 * HOUR}
# How every so many-th customer finds the solution; 0 says nothing.
RATED = (5, 0, 4, 0, 0, 5, 3, 0, 5, 0, 4, 1, 0)
SOLVED = {1: 4 * HOUR, 2: 8 * HOUR, 3: 24 * HOUR, 4: 40 * HOUR}


@dataclass(frozen=True, slots=True)
class Topic:
    """Something that people ask for, told in each language."""

    key: str
    item: str | None
    category: str | None
    impact: int
    urgency: int
    answers: Mapping[str, str]
    texts: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer of the cast."""

    key: str
    language: str


@dataclass(frozen=True, slots=True)
class Step:
    """One deed at one moment. `plan` numbers the ticket; `who` is a customer's key, or agent."""

    at: datetime
    plan: int
    deed: str
    who: str
    words: Mapping[str, Any] = field(default_factory=dict)


class Story:
    """Tells the tickets of the demo desk one after the other."""

    def __init__(
        self,
        topics: Sequence[Topic],
        customers: Sequence[Customer],
        phrases: Mapping[str, Mapping[str, str]],
        hours: OpeningHours,
        now: datetime,
    ) -> None:
        self.random = Random(20261121)  # noqa: S311  a story, not a secret
        self.topics, self.customers, self.phrases = topics, customers, phrases
        self.hours, self.now = hours, now
        self.steps: list[Step] = []
        self.plans = 0

    def tell(self) -> list[Step]:
        """Return every step in order of time."""
        endings: list[tuple[Callable[[_Ticket], None], int]] = [
            (_answered_quickly, 54),
            (_asked_back, 26),
            (_answered_late, 4),
            (_solved_late, 4),
            (_came_back, 5),
            (_waited_for_supplier, 5),
            (_withdrawn, 3),
            (_scheduled_visit, 2),
        ]
        kinds = [ending for ending, weight in endings for _ in range(weight)]
        for _ in range(FINISHED):
            self.random.choice(kinds)(self._past_ticket())
        for ending, share in _OPEN_ENDINGS:
            for i in range(share):
                ending(self, i)
        return sorted((s for s in self.steps if s.at <= self.now), key=lambda s: (s.at, s.plan))

    def _past_ticket(self) -> "_Ticket":
        days = self.random.uniform(4, DAYS)
        at = self.hours.next_open(self.now - timedelta(days=days))
        at += timedelta(seconds=self.random.randint(0, 7 * HOUR))
        topic = self.random.choice(
            [t for t in self.topics if t.key != "payroll" or self.random.random() < 0.2]
        )
        return self.ticket(at, topic)

    def ticket(self, at: datetime, topic: Topic) -> "_Ticket":
        """Begin a ticket at `at`: a customer of the story files it."""
        self.plans += 1
        customer = self.random.choice(self.customers)
        words = {"n": self.random.choice((3, 5, 8, 10, 12, 15)), "room": self.random.randint(101, 420)}
        told = {name: said[customer.language] for name, said in self.phrases.items()}
        told |= topic.texts[customer.language]
        text = {name: part.format(**words) for name, part in told.items()}
        ticket = _Ticket(self, self.plans, topic, customer, text, at)
        uses_item = topic.item is not None and self.random.random() < 0.6
        ticket.does(
            "open",
            customer.key,
            at,
            subject=text["subject"],
            text=text["text"],
            item=topic.item if uses_item else None,
            answers=dict(topic.answers) if uses_item else {},
            impact=topic.impact,
            urgency=topic.urgency,
            channel="phone" if self.random.random() < 0.12 else "portal",
        )
        return ticket

    def before(self, seconds: float) -> datetime:
        """Return the moment from which `seconds` of working time lead to now."""
        return self.hours.sub(self.now, max(1, int(seconds)))[1]

    def topic(self, key: str) -> Topic:
        """Return a topic by its key."""
        return next(topic for topic in self.topics if topic.key == key)


@dataclass
class _Ticket:
    story: Story
    plan: int
    topic: Topic
    customer: Customer
    text: Mapping[str, str]
    at: datetime

    @property
    def priority(self) -> int:
        matrix = ((1, 2, 3), (2, 3, 4), (3, 4, 4))
        return matrix[self.topic.impact - 1][self.topic.urgency - 1]

    def does(self, deed: str, who: str, at: datetime, **words: Any) -> None:
        self.at = at
        self.story.steps.append(Step(at, self.plan, deed, who, words))

    def later(self, seconds: float) -> datetime:
        """Return the moment `seconds` of working time after the last step."""
        return self.story.hours.add(self.at, max(60, int(seconds))).due_at

    def between(self, low: float, high: float) -> float:
        return self.story.random.uniform(low, high)

    def take(self, share: float) -> None:
        """Somebody takes it and answers when about `share` of the first response's target is burnt."""
        self.does("take", "agent", self.later(share * FIRST[self.priority]))
        self.does("reply", "agent", self.at + timedelta(minutes=2), text=self.text["looking"])

    def solve(self, share: float) -> None:
        self.does("resolve", "agent", self.later(share * SOLVED[self.priority]), text=self.text["solution"])
        score = RATED[self.plan % len(RATED)]
        if score:  # not a turn of the ticket: what follows does not wait for it
            at = self.at + timedelta(hours=3)
            self.story.steps.append(Step(at, self.plan, "rate", self.customer.key, {"score": score}))


def _answered_quickly(ticket: _Ticket) -> None:
    taken, solved = ticket.between(0.1, 0.7), ticket.between(0.02, 0.5)
    if ticket.plan % 20 < 9:
        ticket.does("take", "agent", ticket.later(taken * FIRST[ticket.priority]))
        ticket.solve(0.01)
        return
    ticket.take(taken)
    ticket.solve(solved)


def _asked_back(ticket: _Ticket) -> None:
    ticket.take(ticket.between(0.1, 0.6))
    ticket.does("ask", "agent", ticket.later(ticket.between(120, 900)), text=ticket.text["question"])
    ticket.does(
        "say", ticket.customer.key, ticket.later(ticket.between(0.5, 12) * HOUR), text=ticket.text["answer"]
    )
    if ticket.story.random.random() < 0.4:
        ticket.does("note", "agent", ticket.later(300), text=ticket.text["note"])
    ticket.solve(ticket.between(0.02, 0.5))


def _answered_late(ticket: _Ticket) -> None:
    ticket.take(ticket.between(1.2, 2.5))
    ticket.solve(ticket.between(0.05, 0.3))


def _solved_late(ticket: _Ticket) -> None:
    ticket.take(ticket.between(0.2, 0.8))
    ticket.does("reply", "agent", ticket.later(600), text=ticket.text["question"])
    ticket.does(
        "say", ticket.customer.key, ticket.later(ticket.between(0.2, 2) * HOUR), text=ticket.text["answer"]
    )
    ticket.solve(ticket.between(1.05, 1.8))


def _came_back(ticket: _Ticket) -> None:
    _answered_quickly(ticket)
    ticket.does(
        "say", ticket.customer.key, ticket.later(ticket.between(1, 10) * HOUR), text=ticket.text["text"]
    )
    ticket.solve(ticket.between(0.02, 0.2))


def _waited_for_supplier(ticket: _Ticket) -> None:
    ticket.take(ticket.between(0.1, 0.6))
    ticket.does("supplier", "agent", ticket.later(1200), text=ticket.text["question"])
    ticket.does("start", "agent", ticket.later(ticket.between(0.1, 0.6) * SOLVED[ticket.priority]))
    ticket.solve(ticket.between(0.02, 0.2))


def _withdrawn(ticket: _Ticket) -> None:
    ticket.does("withdraw", ticket.customer.key, ticket.later(ticket.between(0.3, 3) * HOUR))


def _scheduled_visit(ticket: _Ticket) -> None:
    ticket.take(ticket.between(0.1, 0.6))
    visit = ticket.later(ticket.between(9, 20) * HOUR)
    ticket.does("schedule", "agent", ticket.later(1200), until=visit, text=ticket.text["question"])
    ticket.at = visit
    ticket.solve(ticket.between(0.02, 0.1))


def _fresh(story: Story, i: int) -> None:
    topic = story.topics[i % len(story.topics)]
    quiet = topic if topic.key != "payroll" else story.topic("screen")
    story.ticket(story.before(FIRST[4] * story.random.uniform(0.02, 0.5)), quiet)


def _nearly_late(story: Story, i: int) -> None:
    """First response with 80 to 95 percent burnt."""
    topic = story.topic(("printer", "vpn", "password", "laptop", "screen")[i % 5])
    share = 0.8 + 0.15 * story.random.random()
    level = ((1, 2, 3), (2, 3, 4), (3, 4, 4))[topic.impact - 1][topic.urgency - 1]
    story.ticket(story.before(FIRST[level] * share), topic)


def _unanswered_and_late(story: Story, i: int) -> None:
    topic = story.topic(("folder", "install", "room", "starter")[i % 4])
    story.ticket(story.before(FIRST[4] * story.random.uniform(1.1, 1.9)), topic)


def _in_work(story: Story, i: int) -> None:
    topic = story.topic(("vpn", "screen", "laptop", "install", "folder", "password")[i % 6])
    ticket = story.ticket(story.before(SOLVED[3] * story.random.uniform(0.15, 0.7)), topic)
    ticket.take(ticket.between(0.2, 0.7))
    ticket.does("reply", "agent", ticket.later(600), text=ticket.text["question"])
    if i % 2:
        ticket.does("say", ticket.customer.key, story.before(1800 + 600 * i), text=ticket.text["answer"])


def _work_overdue(story: Story, i: int) -> None:
    ticket = story.ticket(
        story.before(SOLVED[3] * (1.1 + i * 0.1)), story.topic("laptop" if i % 2 else "vpn")
    )
    ticket.take(ticket.between(0.2, 0.7))
    ticket.does("reply", "agent", ticket.later(600), text=ticket.text["question"])
    ticket.does("say", ticket.customer.key, story.before(3600), text=ticket.text["answer"])


def _waiting(story: Story, i: int) -> None:
    topic = story.topic(("room", "install", "printer", "starter")[i % 4])
    ticket = story.ticket(story.before(SOLVED[3] * story.random.uniform(0.3, 0.9)), topic)
    ticket.take(ticket.between(0.2, 0.7))
    kind = ("ask", "ask", "supplier", "schedule")[i % 4]
    until = {"until": story.now + timedelta(days=1 + i)} if kind == "schedule" else {}
    ticket.does(kind, "agent", ticket.later(900), text=ticket.text["question"], **until)


def _standstill(story: Story, i: int) -> None:
    """A P1 that runs around the clock, one not answered yet and one in work."""
    ticket = story.ticket(story.now - timedelta(minutes=9 if i == 0 else 100), story.topic("payroll"))
    if i:
        ticket.does("take", "agent", ticket.at + timedelta(minutes=6))
        ticket.does("reply", "agent", ticket.at + timedelta(minutes=5), text=ticket.text["question"])


_OPEN_ENDINGS: list[tuple[Callable[[Story, int], None], int]] = [
    (_fresh, 10),
    (_nearly_late, 5),
    (_unanswered_and_late, 3),
    (_in_work, 12),
    (_work_overdue, 3),
    (_waiting, 12),
    (_standstill, 2),
]
