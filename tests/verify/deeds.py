"""What people, jobs and sweeps do in a random history: one function for each deed."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from routing.commands import accept_proposal
from routing.queries import proposal_of
from servicedesk.calendars.commands import publish_calendar
from servicedesk.identity.actor import Actor, system_actor
from servicedesk.identity.directory import groups
from servicedesk.kernel import jobs
from servicedesk.kernel.command import saving
from servicedesk.kernel.db import session
from servicedesk.kernel.jobs import Job
from servicedesk.kernel.refs import Cause
from servicedesk.tickets import assignment, calls, conversation, progress
from servicedesk.tickets.catalogue import categories, items
from servicedesk.tickets.erasing import erase_text
from servicedesk.tickets.importing.rows import ImportRow
from servicedesk.tickets.importing.writing import write_rows
from servicedesk.tickets.models import Ticket
from servicedesk.tickets.opening import Request, open_ticket
from servicedesk.tickets.pulling import pull_next
from servicedesk.tickets.uploads import take_in
from sla.agreements import publish_agreement
from sla.core.events import KINDS
from sla.holding import hold_clock, override_clock, release_clock
from sla.sweep import sweep as sweep_clocks

if TYPE_CHECKING:
    from tests.verify.history import History

WORDS = (
    *("install", "software", "password", "laptop", "vpn", "access", "paper\n", "jam"),
    *("שלום", "ﷺ", "Straße", "ǅ", "𝒳", "İstanbul", "ой"),
)
JOBS = ("tickets.close", "tickets.wake", "routing.route", "routing.learn", "routing.forget")


def text(history: History, most: int = 12) -> str:
    return " ".join(history.random.choices(WORDS, k=history.random.randint(0, most)))


def requester(history: History, ticket_id: int) -> Actor:
    """Return the customer whose ticket it is, or somebody whose it is not."""
    asked = session().scalar(select(Ticket.requester_id).where(Ticket.id == ticket_id))
    own = [customer for customer in history.customers if customer.id == asked]
    return (own or history.customers)[0]


def staff(history: History) -> Actor:
    return history.random.choice([*history.agents, history.lead])


def request(history: History, **more: Any) -> Request:
    pick = history.random.choice
    deadline = history.clock.at + timedelta(hours=pick([1, 5, 30, 300]))
    return Request(
        subject=text(history) or "nothing",
        text=text(history, 60),
        item_id=pick([None, None, *(item.id for item in items().values() if not item.questions)]),
        category_id=pick([None, *categories()]),
        impact=pick([None, 1, 2, 3]),
        urgency=pick([None, 1, 2, 3]),
        deadline_at=pick([None, None, deadline]),
        **more,
    )


def open_in_portal(history: History) -> None:
    key = history.random.choice([None, f"key-{history.seed}-{history.random.randrange(10**9)}"])
    customer = history.random.choice(history.customers)
    history.at_hand = open_ticket(customer, request(history), key=key)


def open_by_phone(history: History) -> None:
    asked_by = history.random.choice(history.customers)
    asked = request(history, requester_id=asked_by.id, channel="phone")
    history.at_hand = open_ticket(staff(history), asked)


def open_and_route(history: History) -> None:
    open_in_portal(history)
    run_jobs(history)


def customer_replies(history: History) -> None:
    ticket_id = history.ticket()
    key = history.random.choice([None, f"reply-{history.seed}-{history.random.randrange(10**9)}"])
    conversation.reply(requester(history, ticket_id), ticket_id, text=text(history), key=key)


def agent_replies(history: History) -> None:
    conversation.reply(staff(history), history.ticket(), text=text(history, 200))


def send_files(history: History) -> None:
    """Say something with files, in public or not; what they hold may be the same as before."""
    who, pick = staff(history), history.random.choice
    names = history.random.choices(["log.txt", "דוח.pdf", "a/b.png"], k=history.random.randint(1, 3))
    contents = [pick([b"same", text(history, 40).encode() + b"."]) for _ in names]
    ids = [take_in(who, BytesIO(data), name=name).id for name, data in zip(names, contents, strict=True)]
    say = pick([conversation.reply, conversation.add_note])
    say(who, history.ticket(), text=text(history), uploads=ids)


def call_noted_later(history: History) -> None:
    at = history.clock.at - timedelta(minutes=history.random.choice([1, 20, 90, 600, 2_000]))
    calls.log_call(staff(history), history.ticket(), text=text(history), happened_at=at)


def note(history: History) -> None:
    conversation.add_note(staff(history), history.ticket(), text=text(history))


def take(history: History) -> None:
    assignment.take(staff(history), history.ticket())


def assign(history: History) -> None:
    group = history.random.choice(list(groups().values()))
    person = history.random.choice([None, group.lead_id, history.agents[0].id])
    assignment.assign(staff(history), history.ticket(), group_id=group.id, assignee_id=person)


def edit_fields(history: History) -> None:
    pick = history.random.choice
    values = {
        "impact": pick([1, 2, 3]),
        "urgency": pick([1, 2, 3, 4]),
        "category_id": pick(list(categories())),
        "kind": pick(["service_request", "incident"]),
    }
    chosen = history.random.sample(sorted(values), history.random.randint(1, 3))
    assignment.edit_fields(staff(history), history.ticket(), {name: values[name] for name in chosen})


def override_priority(history: History) -> None:
    level = history.random.choice([None, None, 1, 1, 2, 3, 4, 5])
    who = history.random.choice([*[history.lead] * 5, history.agents[0]])
    assignment.override_priority(who, history.ticket(), priority=level, why=text(history))


def wait(history: History) -> None:
    pick = history.random.choice
    status = pick(["waiting_customer", "waiting_customer", "waiting_supplier", "scheduled"])
    until = pick([None, history.clock.at + timedelta(minutes=pick([-5, 30, 3_000, 20_000]))])
    said = pick(["", text(history)])
    progress.wait_for(staff(history), history.ticket(), status=status, until=until, text=said)


def start(history: History) -> None:
    progress.start_work(staff(history), history.ticket())


def resolve(history: History) -> None:
    answer = history.random.choice(["", text(history)])
    progress.resolve_ticket(staff(history), history.ticket(), answer=answer)


def reopen(history: History) -> None:
    ticket_id = history.ticket()
    who = history.random.choice([requester(history, ticket_id), staff(history)])
    progress.reopen_ticket(who, ticket_id, text=history.random.choice(["", text(history)]))


def withdraw(history: History) -> None:
    ticket_id = history.ticket()
    progress.withdraw_ticket(requester(history, ticket_id), ticket_id)


def erase(history: History) -> None:
    seqs = [history.random.randint(1, 12) for _ in range(history.random.randint(1, 3))]
    erase_text(history.administrator, history.ticket(), seqs=seqs)


def pull(history: History) -> None:
    pull_next(staff(history))


def import_history(history: History) -> None:
    desk = system_actor(Cause("import", "old"))
    rows = [imported(history, number) for number in range(history.random.randint(1, 3))]
    write_rows(desk, rows, source=f"old{history.random.randrange(10**6)}")


def imported(history: History, number: int) -> ImportRow:
    pick = history.random.choice
    opened_at = pick([None, history.clock.at - timedelta(hours=pick([0, 1, 30, 900]))])
    resolved_at = pick([None, opened_at, history.clock.at]) if opened_at else None
    done, still_open = ["resolved", "closed", "withdrawn"], ["new", "in_progress", "waiting_customer"]
    return ImportRow(
        line=number,
        external_id=str(number),
        subject=text(history) or "old",
        text=text(history),
        category=None,
        group=pick([None, history.team.name]),
        requester=pick([None, "Somebody"]),
        requester_email=pick([None, history.customers[0].email]),
        assignee=pick([None, "An agent of old"]),
        opened_at=opened_at,
        resolved_at=resolved_at,
        status=pick(done if resolved_at else [*done, *still_open]),
        priority=pick([None, 1, 2, 3, 4]),
        impact=pick([None, 1, 2, 3]),
        urgency=pick([None, 1, 2, 3]),
        channel=pick(["import", "phone", "mail"]),
        language=pick([None, "he"]),
    )


def another_calendar(history: History) -> None:
    pick = history.random.choice
    begins, ends = pick(["07:00", "09:00", "22:00"]), pick(["13:00", "18:00", "06:00"])
    week = {day: [[begins, ends]] for day in ("mon", "tue", "wed", "thu", pick(["fri", "sun"]))}
    document = {"tz": pick(["UTC", "Asia/Almaty", "Asia/Jerusalem", "America/New_York"]), "week": week}
    later = pick([None, history.clock.at + timedelta(days=2)])
    publish_calendar(history.administrator, "desk", name="Desk", document=document, effective_from=later)


def another_agreement(history: History) -> None:
    pick = history.random.choice
    rules = [rule(history, level) for level in ("P1", "P2", "P3", "P4") if history.random.random() < 0.8]
    document = {
        "rules": rules or [rule(history, "P1")],
        "retarget": pick(["from_start", "from_start", "from_change"]),
        "reopen": pick(["continue", "continue", "new_cycle"]),
        "reopen_within_days": pick([1, 14]),
    }
    key = pick(["standard", "standard", "gold"])
    later = pick([None, None, history.clock.at + timedelta(days=1)])
    publish_agreement(history.administrator, key, name=key.title(), document=document, effective_from=later)


def rule(history: History, level: str) -> dict[str, Any]:
    pick = history.random.choice
    chosen = history.random.sample(KINDS, history.random.randint(1, len(KINDS)))
    return {
        "name": level,
        "when": {"field": "priority", "is": level},
        "calendar": "always" if level == "P1" else pick(["desk", "desk", "always"]),
        "targets": {kind: pick([60, 3_600, 14_400, 86_400, 86_400, 400_000]) for kind in sorted(chosen)},
    }


def run_jobs(history: History) -> None:
    """Run what is due of the jobs that close, wake and route tickets."""
    due = Job.state == "queued", Job.run_at <= history.clock.at, Job.kind.in_(JOBS)
    found = session().execute(select(Job.id, Job.kind, Job.args).where(*due).order_by(Job.run_at)).all()
    for job_id, kind, arguments in found:
        jobs.kinds[kind].handler(**json.loads(arguments))
        with saving(system_actor(Cause("test"))):
            session().execute(update(Job).where(Job.id == job_id).values(state="done"))


def accept(history: History) -> None:
    ticket_id, rank = history.ticket(), history.random.choice([0, 0, 1])
    found = proposal_of(history.administrator, ticket_id)
    labels = [route.label for route in found.routes] if found else []
    accept_proposal(staff(history), ticket_id, label=labels[rank] if rank < len(labels) else "")


def hold(history: History) -> None:
    kind = history.random.choice([None, *KINDS])
    hold_clock(history.lead, history.ticket(), kind=kind, reason=text(history))


def release(history: History) -> None:
    kind = history.random.choice([None, *KINDS])
    release_clock(history.lead, history.ticket(), kind=kind, reason=text(history))


def override_due(history: History) -> None:
    pick = history.random.choice
    until = history.clock.at + timedelta(minutes=pick([-1, 5, 600, 9_000]))
    override_clock(history.lead, history.ticket(), kind=pick(KINDS), until=until, reason=text(history))


def sweep(history: History) -> None:
    history.clock.move(seconds=1)
    sweep_clocks()
    history.clock.move(seconds=1)


# How often each deed is done, against the others.
DEEDS: dict[Callable[[History], object], int] = {
    open_in_portal: 2, open_by_phone: 3, open_and_route: 4, customer_replies: 12, agent_replies: 14,
    call_noted_later: 8, note: 4, send_files: 5, take: 6, assign: 6, edit_fields: 10,
    override_priority: 16, wait: 12, start: 5, resolve: 10, reopen: 9, withdraw: 2, erase: 3, pull: 2,
    import_history: 2, another_agreement: 5, another_calendar: 2, run_jobs: 8, accept: 3, hold: 4,
    release: 5, override_due: 4, sweep: 14,
}  # fmt: skip
