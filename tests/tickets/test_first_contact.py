"""First-contact resolution by its written definition, its reopen window and what it leaves out (R103)."""

import json
from datetime import timedelta

import pytest
from alembic.script import ScriptDirectory
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from servicedesk.identity.actor import system_actor
from servicedesk.kernel.db import session
from servicedesk.kernel.event_log import EventRow
from servicedesk.kernel.refs import Cause
from servicedesk.tickets.assignment import assign
from servicedesk.tickets.conversation import add_note, reply
from servicedesk.tickets.core.intervals import wilson
from servicedesk.tickets.core.periods import day_of
from servicedesk.tickets.events import STREAM
from servicedesk.tickets.importing.rows import ImportRow
from servicedesk.tickets.importing.writing import write_rows
from servicedesk.tickets.models import Ticket
from servicedesk.tickets.progress import reopen_ticket, resolve_ticket, withdraw_ticket
from servicedesk.tickets.reporting.first_contact import OUTCOMES, first_contact, tickets_of_outcome
from tests.architecture.tree import ROOT
from tests.verify.deeds import DEEDS
from tests.verify.history import History
from tests.verify.teamwork import TEAMWORK

ZONE = "UTC"


@pytest.fixture
def manager(make_person):
    return make_person("manager")


@pytest.fixture
def agent(clock, make_person):
    return make_person("agent")


@pytest.fixture
def teams(make_group):
    return [make_group() for _ in range(2)]


def report(clock, manager, **more):
    return first_contact(manager, weeks=8, until=day_of(clock.at, ZONE), now=clock.at, zone=ZONE, **more)


def outcomes(clock, manager):
    clock.move(days=15)
    return {name: count for name, count in report(clock, manager).whole.outcomes.items() if count}


def test_one_answer_that_held_is_first_contact(clock, manager, agent, make_ticket):
    ticket = make_ticket()
    add_note(agent, ticket.id, text="Notes are no answers.")
    resolve_ticket(agent, ticket.id, answer="Done.")

    assert outcomes(clock, manager) == {"solved": 1}


def test_a_second_answer_is_a_second_contact(clock, manager, agent, make_ticket):
    ticket = make_ticket()
    reply(agent, ticket.id, text="On it.")
    resolve_ticket(agent, ticket.id, answer="Done.")

    assert outcomes(clock, manager) == {"other_answers": 1}


def test_what_is_said_after_it_was_solved_counts_no_more(clock, manager, agent, make_ticket):
    ticket = make_ticket()
    resolve_ticket(agent, ticket.id, answer="Done.")
    reply(agent, ticket.id, text="You are welcome.")

    assert outcomes(clock, manager) == {"solved": 1}


@pytest.mark.parametrize(("days", "outcome"), [(14, "came_back"), (15, "solved")])
def test_coming_back_counts_for_14_days(clock, manager, agent, make_ticket, days, outcome):
    ticket = make_ticket()
    resolve_ticket(agent, ticket.id, answer="Done.")
    clock.move(days=days)
    reopen_ticket(agent, ticket.id)

    assert outcomes(clock, manager) == {outcome: 1}


def test_sending_it_on_to_another_team_is_a_second_contact(clock, manager, agent, teams, make_ticket):
    ticket = make_ticket()
    for team in teams:
        assign(agent, ticket.id, group_id=team.id)
    resolve_ticket(agent, ticket.id, answer="Done.")

    assert outcomes(clock, manager) == {"handed_over": 1}


def test_sorting_out_of_triage_is_none(clock, manager, agent, teams, make_ticket):
    ticket = make_ticket()
    assign(agent, ticket.id, group_id=teams[0].id)
    resolve_ticket(agent, ticket.id, answer="Done.")

    assert outcomes(clock, manager) == {"solved": 1}


def test_what_the_desk_routes_by_itself_is_none(clock, manager, agent, teams, make_ticket):
    ticket = make_ticket()
    for team in teams:
        assign(system_actor(Cause("model")), ticket.id, group_id=team.id)
    resolve_ticket(agent, ticket.id, answer="Done.")

    assert outcomes(clock, manager) == {"solved": 1}


def test_what_cannot_be_judged_is_left_out_and_counted(clock, manager, agent, make_person, make_ticket):
    customer = make_person()
    withdraw_ticket(customer, make_ticket(customer).id)
    resolve_ticket(agent, make_ticket().id, answer="Done.")
    old = {"opened_at": clock.at - timedelta(days=20), "resolved_at": clock.at - timedelta(days=19)}
    write_rows(system_actor(Cause("import", "old")), [row(**old)], source="old")
    clock.move(hours=1)

    found = report(clock, manager)
    assert (found.whole.denominator, found.whole.share, found.whole.interval) == (0, None, None)
    assert found.left_out == {"too_young": 1, "imported": 1, "withdrawn": 1}


def row(**more):
    empty = dict.fromkeys(
        ("category", "group", "requester", "assignee", "priority", "impact", "urgency", "language")
    )
    known = {"line": 1, "external_id": "1", "subject": "Old", "text": "Old", "status": "closed"}
    return ImportRow(**empty, **known, requester_email="old@desk.test", channel="import", **more)


@pytest.fixture(params=range(3))
def history(request, app, clock):
    made = History(500 + request.param, clock, DEEDS | TEAMWORK)
    for _ in range(70):
        made.step()
    clock.move(days=15)
    return made


def test_weeks_and_teams_add_up_and_each_number_has_its_list(history):
    found = report(history.clock, history.lead)
    edges = {"from_at": found.from_at, "to_at": found.to_at, "now": history.clock.at, "limit": 200}

    lists = {name: len(tickets_of_outcome(history.lead, name, **edges)) for name in OUTCOMES}
    parts = [[week.figure for week in found.weeks], list(found.groups.values())]

    assert lists == {name: found.whole.outcomes.get(name, 0) for name in OUTCOMES}
    assert [sum(part.denominator for part in each) for each in parts] == [found.whole.denominator] * 2
    assert len(tickets_of_outcome(history.lead, None, **edges)) == found.whole.denominator


def test_a_desk_that_was_there_before_gets_the_counts_that_its_logs_tell(history):
    """What the migration makes of a log is what the commands keep."""
    revision = ScriptDirectory(str(ROOT / "migrations")).get_revision("7d1f0c52be94").module
    logs = {}
    for event in session().query(EventRow).filter_by(stream_kind=STREAM).order_by("stream_id", "seq"):
        logs.setdefault(event.stream_id, []).append((event.type, json.loads(event.body), event.actor_kind))

    kept = select(Ticket.id, Ticket.answer_count, Ticket.handover_count)
    told = {ticket_id: revision._counts_of(log) for ticket_id, log in logs.items()}
    assert told == {row.id: (row.answer_count, row.handover_count) for row in session().execute(kept)}


@pytest.mark.parametrize(
    ("share", "low", "high"),
    [((8, 10), 0.4902, 0.9433), ((0, 10), 0.0, 0.2775), ((10, 10), 0.7225, 1.0), ((1, 1), 0.2065, 1.0)],
)
def test_the_interval_is_wilsons(share, low, high):
    assert wilson(*share) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_the_interval_holds_the_share_and_is_symmetric(n, part):
    k = round(part * n)
    low, high = wilson(k, n)

    assert 0 <= low <= k / n + 1e-12
    assert k / n - 1e-12 <= high <= 1
    assert wilson(n - k, n) == (pytest.approx(1 - high), pytest.approx(1 - low))
