"""Plays the demo's story through the real commands, job by job, with the clock set to each moment."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask

from portal.demo.cast import Cast, demo_actor, make_cast, read
from portal.demo.shelf import fill_shelf
from portal.demo.story import Customer, Step, Story, Topic
from portal.demo.teamwork import work_together
from servicedesk.calendars.queries import DESK_CALENDAR, hours_in_force
from servicedesk.channels.letters import SEND
from servicedesk.identity.actor import Actor
from servicedesk.identity.directory import groups
from servicedesk.kernel import clock, job_queue, statistics
from servicedesk.kernel.db import transaction
from servicedesk.kernel.errors import DeskError
from servicedesk.kernel.this_desk import the_settings
from servicedesk.kernel.worker import attempt
from servicedesk.tickets.assignment import assign, take
from servicedesk.tickets.catalogue import item_by_key
from servicedesk.tickets.conversation import add_note, reply
from servicedesk.tickets.opening import Request, open_ticket
from servicedesk.tickets.progress import resolve_ticket, start_work, wait_for, withdraw_ticket
from servicedesk.tickets.queries import ticket_detail
from servicedesk.tickets.surveys import rate, standing_of
from sla.due_clocks import next_step_at
from sla.sweep import sweep

# How often the desk's own work (jobs, sweep) is done while the story runs.
ROUND = timedelta(hours=2)
WORKER = "demo"


def load_demo(app: Flask, progress: Callable[[int, int], None] = lambda done, of: None) -> int:
    """Fill an empty desk with the demo and return the number of tickets; call it once, in app context."""
    now = clock.now()
    data_dir = the_settings().data_dir
    with clock.freeze(now - timedelta(days=95)):
        cast = make_cast(data_dir)
        fill_shelf(cast, now)
        topics = [_topic(entry) for entry in read("scripts.json")]
        customers = [Customer(p["key"], p["language"]) for p in read("people.json")["customers"]]
        hours = hours_in_force(DESK_CALENDAR, now)
        steps = Story(topics, customers, read("phrases.json"), hours, now).tell()
    stage = _Stage(app, cast)
    stage.play(steps, now, progress)
    work_together(cast, now)
    statistics.refresh()
    return len(stage.tickets)


def _topic(entry: Mapping[str, Any]) -> Topic:
    return Topic(
        key=entry["key"],
        item=entry["item"],
        category=entry.get("category"),
        impact=entry["impact"],
        urgency=entry["urgency"],
        answers=entry.get("answers", {}),
        texts=entry["texts"],
    )


class _Stage:
    def __init__(self, app: Flask, cast: Cast) -> None:
        self.app, self.cast = app, cast
        self.tickets: dict[int, int] = {}
        self.next_round = datetime.min.replace(tzinfo=UTC)
        self.deeds: dict[str, Callable[[int, Step, Actor], object]] = {
            "take": self._take,
            "reply": lambda n, step, who: reply(who, n, text=step.words["text"]),
            "say": lambda n, step, who: reply(who, n, text=step.words["text"]),
            "note": lambda n, step, who: add_note(who, n, text=step.words["text"]),
            "ask": lambda n, step, who: wait_for(who, n, status="waiting_customer", text=step.words["text"]),
            "supplier": lambda n, step, who: wait_for(
                who, n, status="waiting_supplier", text=step.words["text"]
            ),
            "schedule": lambda n, step, who: wait_for(
                who, n, status="scheduled", until=step.words["until"], text=step.words["text"]
            ),
            "start": lambda n, _step, who: start_work(who, n),
            "resolve": lambda n, step, who: resolve_ticket(who, n, answer=step.words["text"]),
            "rate": _rate,
            "withdraw": lambda n, _step, who: withdraw_ticket(who, n),
        }

    def play(self, steps: list[Step], now: datetime, progress: Callable[[int, int], None]) -> None:
        """Do every step at its moment, and the desk's own work in between."""
        if not steps:
            return
        self.next_round = steps[0].at + ROUND
        for i, step in enumerate(steps):
            self._rounds_until(step.at)
            with clock.freeze(step.at):
                self._do(step)
            if step.deed == "open":
                self._run_jobs(step.at)
            progress(i + 1, len(steps))
        self._work_of_the_desk(now)

    def _rounds_until(self, at: datetime) -> None:
        """Do the desk's own work round by round; rounds that find none are passed over, most are at night."""
        while self.next_round <= at:
            due = _next_work_at()
            if due is None or due > at:
                self.next_round += ((at - self.next_round) // ROUND + 1) * ROUND
                return
            self.next_round += max(0, -((self.next_round - due) // ROUND)) * ROUND
            if self.next_round <= at:
                self._work_of_the_desk(self.next_round)
                self.next_round += ROUND

    def _do(self, step: Step) -> None:
        if step.deed == "open":
            self.tickets[step.plan] = self._open(step)
            return
        number = self.tickets[step.plan]
        who = self.cast.actors[step.who] if step.who != "agent" else self._agent(number, step.plan)
        try:
            self.deeds[step.deed](number, step, who)
        except DeskError:
            # The story does not know what the desk did by itself meanwhile (closed, woke up): as in life,
            # somebody came too late.
            return

    def _open(self, step: Step) -> int:
        words, customer = step.words, self.cast.actors[step.who]
        item = item_by_key(words["item"]) if words["item"] else None
        by_phone = words["channel"] == "phone"
        actor = self.cast.actors["agent2"] if by_phone else customer
        request = Request(
            subject=words["subject"],
            text=words["text"],
            item_id=item.id if item else None,
            answers=words["answers"],
            impact=words["impact"],
            urgency=words["urgency"],
            channel=words["channel"],
            requester_id=customer.id,
            language=customer.language,
        )
        return open_ticket(actor, request)

    def _agent(self, number: int, plan: int) -> Actor:
        """Return who works on the ticket: its assignee, else somebody of its group by turns."""
        ticket = ticket_detail(demo_actor(), number)
        for actor in self.cast.actors.values():
            if ticket.assignee_id is not None and actor.id == ticket.assignee_id:
                return actor
        key = groups()[ticket.group_id].key
        keys = self.cast.agents["workplace" if key == "triage" else key]
        return self.cast.actors[keys[plan % len(keys)]]

    def _take(self, number: int, step: Step, who: Actor) -> None:
        """Somebody of triage sends it where it belongs, then it is taken."""
        if groups()[ticket_detail(who, number).group_id].is_triage:
            keys = ("workplace", "software", "network")
            group_id = self.cast.group_ids[keys[step.plan % 3]]
            assign(self.cast.actors["lead"], number, group_id=group_id)
            who = self._agent(number, step.plan)
        take(who, number)

    def _work_of_the_desk(self, at: datetime) -> None:
        self._run_jobs(at)
        with clock.freeze(at):
            sweep()

    def _run_jobs(self, at: datetime) -> None:
        with clock.freeze(at):
            for claim in _due():
                if claim.kind == SEND:  # nobody is there to get the letters of a story
                    with transaction():
                        job_queue.finish(claim)
                else:
                    attempt(self.app, claim)


def _rate(number: int, step: Step, who: Actor) -> None:
    resolution = standing_of(number).resolution
    if resolution is not None:
        rate(who, number, resolution=resolution, score=step.words["score"])


def _due() -> Iterable[job_queue.Claim]:
    while job_queue.due_priorities():
        yield from job_queue.claim(WORKER, limit=50, lease_seconds=600)


def _next_work_at() -> datetime | None:
    return min(filter(None, (job_queue.next_run_at(), next_step_at())), default=None)
