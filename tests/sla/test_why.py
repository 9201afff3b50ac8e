"""Why a clock stands where it stands: every stretch, its reason, its sum, the rule (R12, R61)."""

from servicedesk.kernel.condition_parsing import parse
from servicedesk.tickets.assignment import edit_fields
from servicedesk.tickets.conversation import reply
from servicedesk.tickets.fields import condition_fields
from servicedesk.tickets.progress import wait_for
from servicedesk.tickets.queue import ANY, queue_page
from sla.fields import FUSE_FIELDS, fuse_of
from sla.queries import ticket_clocks
from sla.sweep import sweep


def of_kind(rows, kind):
    return next(row for row in rows if row.kind == kind)


def test_the_ledger_adds_up_to_the_time_used(clock, make_ticket, make_person):
    agent, ticket = make_person("agent"), make_ticket(priority=3)
    clock.move(hours=1)
    wait_for(agent, ticket.id, status="waiting_customer", text="Which room?")
    clock.move(hours=2)
    wait_for(agent, ticket.id, status="waiting_supplier")
    clock.move(minutes=30)

    row = of_kind(ticket_clocks(agent, ticket.id, now=clock.at), "resolution")

    assert [(span.kind, span.reason, span.open_seconds) for span in row.spans] == [
        ("running", "", 3600),
        ("paused", "waiting_customer", 7200),
        ("running", "", 1800),
    ]
    assert (row.elapsed_seconds, row.left_seconds, row.state) == (5400, 81_000, "running")


def test_the_rule_that_matched_is_named_with_its_reason(clock, make_ticket, make_person):
    row = ticket_clocks(make_person("agent"), make_ticket(priority=1).id, now=clock.at)[0]

    assert (row.agreement, row.rule, row.position, row.calendar) == ("Standard", "P1", 1, "Around the clock")
    assert [(each.field, each.value) for each in row.matched] == [("priority", "P1")]


def test_a_clock_is_late_from_its_moment_on_also_before_the_sweep(clock, make_ticket, make_person):
    ticket, agent = make_ticket(priority=1), make_person("agent")
    due_at = clock.at.replace(minute=15)
    clock.move(minutes=18)

    row = of_kind(ticket_clocks(agent, ticket.id, now=clock.at), "first_response")

    assert (row.state, row.left_seconds, row.breached_at, row.fuse.shape) == ("overdue", -180, due_at, "late")


def test_time_before_a_change_of_hours_is_shown_as_the_old_hours_measured_it(clock, make_ticket, make_person):
    agent = make_person("agent")
    clock.set("2026-11-16T17:00Z")
    ticket = make_ticket(priority=3)
    clock.move(hours=3)
    edit_fields(agent, ticket.id, {"impact": 1, "urgency": 1})
    clock.move(hours=1)

    row = of_kind(ticket_clocks(agent, ticket.id, now=clock.at), "resolution")
    assert [span.open_seconds for span in row.spans] == [3600, 3600]
    assert row.elapsed_seconds == 7200


def test_open_clocks_come_before_those_that_have_ended(clock, make_ticket, make_person):
    ticket, agent = make_ticket(), make_person("agent")
    clock.move(minutes=5)
    reply(agent, ticket.id, text="Hello.")

    rows = ticket_clocks(agent, ticket.id, now=clock.at)
    assert [(row.kind, row.is_open) for row in rows] == [("resolution", True), ("first_response", False)]


def test_nobody_sees_the_clocks_of_a_request_that_is_not_theirs(clock, make_ticket, make_person):
    assert ticket_clocks(make_person(), make_ticket().id, now=clock.at) == ()


def test_a_tickets_clocks_cost_one_statement(clock, make_ticket, make_person, count_statements):
    agent, ticket = make_person("agent"), make_ticket(priority=2)
    for _ in range(5):
        reply(agent, ticket.id, text="Still at it.")
    ticket_clocks(agent, ticket.id, now=clock.at)

    with count_statements() as seen:
        ticket_clocks(agent, ticket.id, now=clock.at)

    assert seen.count == 1, str(seen)


def test_the_queue_brings_each_tickets_fuse_along(clock, make_ticket, make_person):
    make_ticket(priority=1)
    clock.move(minutes=12)
    sweep()

    page = queue_page(make_person("agent"), ANY, now=clock.at, extra=FUSE_FIELDS)
    burning = fuse_of(page.rows[0].extra, clock.at)

    assert (burning.kind, burning.shape, burning.share, burning.left_seconds) == (
        "first_response",
        "risk",
        80,
        180,
    )
    assert burning.open_seconds is None


def test_the_fuse_knows_when_the_desk_closes(clock, make_ticket, make_person):
    clock.set("2026-11-16T17:30Z")
    make_ticket(priority=3)

    page = queue_page(make_person("agent"), ANY, now=clock.at, extra=FUSE_FIELDS)

    assert fuse_of(page.rows[0].extra, clock.at).open_seconds == 1800


def test_a_view_may_ask_for_bands_and_due_moments(clock, make_ticket, make_person):
    urgent, calm = make_ticket(priority=1), make_ticket(priority=4)
    agent = make_person("agent")

    def found(document):
        condition = parse(document, condition_fields())
        return [row.ticket.id for row in queue_page(agent, condition, now=clock.at).rows]

    assert found({"field": "sla.band", "is": "now"}) == [urgent.id]
    assert found({"field": "sla.due_at", "after": {"in_seconds": 3600}}) == [calm.id]


def test_the_queue_asks_the_same_for_one_row_and_for_many(clock, make_ticket, make_person, count_statements):
    agent, counts = make_person("agent"), []
    queue_page(agent, ANY, now=clock.at)  # now it is known that the sweep keeps up
    for tickets in (1, 12):
        for _ in range(tickets):
            make_ticket()
        with count_statements() as seen:
            queue_page(agent, ANY, now=clock.at, extra=FUSE_FIELDS)
        counts.append(seen.count)

    assert counts == [1, 1]


def test_without_a_sweep_the_queue_is_still_in_order(clock, make_ticket, make_person):
    later, sooner = make_ticket(priority=4), make_ticket(priority=3)
    clock.move(hours=3, minutes=30)

    page = queue_page(make_person("agent"), ANY, now=clock.at)

    assert [(row.ticket.id, row.rank[0]) for row in page.rows] == [(sooner.id, 0), (later.id, 1)]
