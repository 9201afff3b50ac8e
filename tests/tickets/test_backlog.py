"""Backlog at any past moment and what comes and goes: exact for every moment, reopenings included (R104)."""

import json
from datetime import UTC, date, datetime, timedelta
from itertools import chain, pairwise

import pytest
from alembic.script import ScriptDirectory
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from servicedesk.kernel.db import session
from servicedesk.kernel.event_log import EventRow
from servicedesk.kernel.events import from_row
from servicedesk.tickets.conversation import reply
from servicedesk.tickets.core.periods import WEEK, day_of, edges_of, mondays, wall_weeks_before
from servicedesk.tickets.core.standing_log import standing
from servicedesk.tickets.events import STREAM
from servicedesk.tickets.models import Reopening, Ticket
from servicedesk.tickets.progress import reopen_ticket, resolve_ticket, withdraw_ticket
from servicedesk.tickets.reporting.backlog import (
    BAND_WEEKS,
    backlog_at,
    backlog_by_week,
    tickets_open_at,
    unknown_lives,
)
from servicedesk.tickets.reporting.flow import MOVEMENTS, flow_by_day, flow_by_week, tickets_moved
from tests.architecture.tree import ROOT
from tests.verify.history import History

ZONE = "Asia/Jerusalem"
OPEN = {"new", "in_progress", "waiting_customer", "waiting_supplier", "scheduled"}


@pytest.fixture
def manager(make_person):
    return make_person("manager")


@pytest.fixture
def agent(make_person):
    return make_person("agent")


def count(manager, at, **more):
    return backlog_at(manager, at, zone=ZONE, **more).total


def test_a_request_is_open_from_its_opening_to_its_end(clock, manager, agent, make_ticket):
    ticket, opened = make_ticket(), clock.at
    clock.move(hours=5)
    resolve_ticket(agent, ticket.id, answer="Done.")

    moments = [opened - timedelta(seconds=1), opened, clock.at - timedelta(seconds=1), clock.at]
    assert [count(manager, at) for at in moments] == [0, 1, 1, 0]


def test_a_reopened_request_was_not_open_between(clock, manager, agent, make_ticket):
    ticket = make_ticket()
    clock.move(hours=1)
    resolve_ticket(agent, ticket.id, answer="Done.")
    between = clock.move(hours=1)
    clock.move(hours=1)
    reopen_ticket(agent, ticket.id)

    assert [count(manager, at) for at in (between, clock.at)] == [0, 1]


def test_a_withdrawn_request_is_open_no_more(clock, manager, make_person, make_ticket):
    customer = make_person()
    ticket = make_ticket(customer)
    clock.move(hours=1)
    withdraw_ticket(customer, ticket.id)

    assert count(manager, clock.at) == 0


def test_age_is_counted_in_weeks_of_the_wall_clock(clock, manager, make_ticket):
    clock.set("2026-10-20T09:00Z")  # Jerusalem's clocks go back on 25 October
    make_ticket()

    ages = [backlog_at(manager, datetime(2026, 10, 27, hour, tzinfo=UTC), zone=ZONE) for hour in (9, 10)]
    assert [found.bands for found in ages] == [(1, 0, 0, 0), (0, 1, 0, 0)]


def test_the_list_behind_a_band_is_as_long_as_its_figure(clock, manager, make_ticket):
    old = make_ticket().id
    clock.move(days=10)
    young = [make_ticket().id, make_ticket().id]

    lists = [tickets_open_at(manager, clock.at, zone=ZONE, band=band) for band in (0, 1, None)]
    assert [[row.ticket_id for row in rows] for rows in lists] == [young[::-1], [old], [*young[::-1], old]]


def test_a_list_goes_on_where_a_page_ended(clock, manager, make_ticket):
    ids = [make_ticket().id for _ in range(3)]

    first = tickets_open_at(manager, clock.at, zone=ZONE, limit=2)
    rest = tickets_open_at(manager, clock.at, zone=ZONE, after=first[-1].place)

    assert [row.ticket_id for row in (*first, *rest)] == ids[::-1]


def test_only_what_the_viewer_may_see_is_counted(clock, make_person, make_group, make_ticket):
    make_ticket()
    outside = make_person("group_agent", group=make_group())

    assert count(outside, clock.at) == 0


def test_created_against_closed_adds_up(clock, manager, agent, make_ticket):
    ticket = make_ticket()
    resolve_ticket(agent, ticket.id, answer="Done.")
    clock.move(days=1)
    reply(agent, make_ticket().id, text="On it.")
    reopen_ticket(agent, ticket.id)

    days = flow_by_day(manager, days=2, until=day_of(clock.at, ZONE), zone=ZONE)
    told = [(day.created, day.reopened, day.closed, day.difference, day.grown) for day in days]
    assert told == [(1, 0, 1, 0, 0), (1, 1, 0, 2, 2)]


@pytest.fixture(params=range(3))
def history(request, app, clock):
    """A desk after seventy deeds that nobody would think of, imports and reopenings among them."""
    made = History(900 + request.param, clock)
    for _ in range(70):
        made.step()
    return made


def lives():
    """Return from the log alone: ticket, is its life known, and the moments at which it opened and ended."""
    query = session().query(EventRow).filter_by(stream_kind=STREAM).order_by("stream_id", "seq")
    logs, found = {}, {}
    for event in map(from_row, query):
        logs.setdefault(event.stream.id, []).append(event)
    for event in chain.from_iterable(standing(log) for log in logs.values()):
        changes, known = found.setdefault(event.stream.id, ([], [True]))
        if event.type == "ticket_opened":
            known[0] = event.at_known
            changes.append((event.at, event.body["status"] in OPEN))
        elif event.type == "status_changed":
            changes.append((event.at, event.body["to_status"] in OPEN))
    # Imported as done, with no event that says when: its end is unknown until it comes back.
    return [moves for moves, known in found.values() if known[0] and (moves[0][1] or moves[1:])]


def recounted(at):
    last = [[is_open for moment, is_open in changes if moment <= at][-1:] for changes in lives()]
    return sum(states == [True] for states in last)


def moments(history):
    begin, end = datetime(2039, 12, 1, tzinfo=UTC), history.clock.at
    step = (end - begin) / 40
    return [*(begin + step * place for place in range(40)), end]


def test_the_backlog_of_any_moment_is_what_the_log_tells(history):
    told = [(at, count(history.lead, at), recounted(at)) for at in moments(history)]

    assert [each for each in told if each[1] != each[2]] == []
    assert max(each[1] for each in told) > 0


def test_the_weeks_of_the_chart_are_counted_as_their_moments_are(history):
    until = day_of(history.clock.at, ZONE)

    weeks = backlog_by_week(history.lead, weeks=60, until=until, now=history.clock.at, zone=ZONE)

    assert list(weeks) == [backlog_at(history.lead, week.at, zone=ZONE) for week in weeks]
    assert (len(weeks), weeks[-1].at) == (60, history.clock.at)


def test_what_comes_and_goes_is_how_the_backlog_grows(history):
    flows = flow_by_week(history.lead, weeks=60, until=day_of(history.clock.at, ZONE), zone=ZONE)

    edges = [flow.from_at - timedelta(microseconds=1) for flow in flows] + [history.clock.at]
    grown = [count(history.lead, after) - count(history.lead, before) for before, after in pairwise(edges)]
    assert [flow.difference for flow in flows] == grown


@pytest.mark.parametrize("movement", MOVEMENTS)
def test_the_list_behind_a_flow_is_as_long_as_its_number(history, movement):
    flows = flow_by_week(history.lead, weeks=60, until=day_of(history.clock.at, ZONE), zone=ZONE)
    whole = {"from_at": flows[0].from_at, "to_at": flows[-1].to_at}

    rows = tickets_moved(history.lead, movement, **whole, limit=200)

    assert len(rows) == sum(getattr(flow, movement) for flow in flows)


def test_what_has_no_known_ends_is_told_apart(history):
    known = len(lives())
    everything = len({row.stream_id for row in session().query(EventRow).filter_by(stream_kind=STREAM)})

    assert unknown_lives(history.lead) == everything - known


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 60))
def test_weeks_before_a_midnight_are_midnights(until, weeks):
    edges = edges_of(mondays(until, weeks + 1), WEEK, ZONE)

    assert wall_weeks_before(edges[-1], weeks + 1, ZONE) == edges[0]
    assert tuple(sorted(BAND_WEEKS)) == BAND_WEEKS


def test_a_desk_that_was_there_before_gets_the_rows_that_its_logs_tell(history):
    """What the migration makes of a log is what the commands keep."""
    revision = ScriptDirectory(str(ROOT / "migrations")).get_revision("7d1f0c52be94").module
    events = session().query(EventRow).filter_by(stream_kind=STREAM).order_by("stream_id", "seq")
    made = []
    for ticket in session().scalars(select(Ticket).order_by(Ticket.id)):
        moves = events.filter_by(stream_id=ticket.id, type="status_changed")
        told = [(row.at, json.loads(row.body)) for row in moves]
        made += revision._of_ticket(ticket.id, ticket.opened_at, told)

    kept = session().execute(select(Reopening.__table__).order_by("ticket_id", "position"))
    assert made == [dict(row) for row in kept.mappings()]
