"""Bands and places of the queue: what is at risk comes first, what is lost does not hide it (R9, R10)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, update

from servicedesk.kernel.db import session
from servicedesk.tickets.fields import with_joins
from servicedesk.tickets.models import Ticket
from sla.core.standing import NO_TIME, Band, Mark, place
from sla.models import Clock, ClockSpan, Standing
from sla.ranking import RANKED_BY_PLACES, rank, ranked_by_clocks

NOW = datetime(2026, 11, 16, 12, tzinfo=UTC)


def hours(number):
    return NOW + timedelta(hours=number)


def mark(risk, late, left=3600):
    return Mark(hours(risk), hours(late), left)


def band(*marks, priority=3, waits_since=None):
    return place(marks, priority=priority, waits_since=waits_since, now=NOW).band


@pytest.mark.parametrize(
    ("marks", "priority", "expected"),
    [
        ([mark(1, 4)], 3, Band.IN_TIME),
        ([mark(-1, 1)], 3, Band.NOW),
        ([mark(0, 1)], 3, Band.NOW),
        ([mark(-4, -1)], 3, Band.OVERDUE),
        ([mark(-4, 0)], 3, Band.OVERDUE),
        ([mark(-4, -1), mark(-1, 2)], 3, Band.NOW),
        ([mark(-4, -1), mark(5, 9)], 3, Band.OVERDUE),
        ([mark(1, 4)], 1, Band.NOW),
        ([mark(-4, -1)], 1, Band.NOW),
        ([Mark(hours(-1), None, 900)], 3, Band.IN_TIME),
        ([], 3, Band.IN_TIME),
    ],
)
def test_a_ticket_is_in_the_first_band_that_fits(marks, priority, expected):
    assert band(*marks, priority=priority) == expected


def test_a_waiting_ticket_is_folded_away_even_when_it_is_late():
    assert band(mark(-4, -1), priority=1, waits_since=hours(-2)) == Band.WAITING


def test_first_priorities_come_before_whatever_else_is_at_risk():
    first = place([mark(5, 9)], priority=1, waits_since=None, now=NOW)
    other = place([mark(-1, 1)], priority=2, waits_since=None, now=NOW)

    assert (first.band, first.level, first.sort_at) < (other.band, other.level, other.sort_at)


def test_what_can_still_be_kept_is_not_behind_a_promise_that_is_lost_beside_another_risk():
    mixed = place([mark(-9, -8), mark(-1, 3)], priority=3, waits_since=None, now=NOW)
    whole = place([mark(-1, 1)], priority=3, waits_since=None, now=NOW)

    assert (mixed.band, whole.band) == (Band.NOW, Band.NOW)
    assert whole.sort_at < mixed.sort_at == hours(3)


def test_among_overdue_ones_the_more_important_comes_first():
    important = place([mark(-4, -1)], priority=2, waits_since=None, now=NOW)
    older = place([mark(-9, -8)], priority=4, waits_since=None, now=NOW)

    assert (important.band, important.level) < (older.band, older.level)


def test_the_clock_that_is_late_first_leads():
    assert place([mark(2, 9), mark(3, 5)], priority=3, waits_since=None, now=NOW).lead == 1


def test_of_clocks_that_rest_the_one_with_the_least_left_leads():
    resting = [Mark(None, None, 7200), Mark(None, None, 900)]

    assert place(resting, priority=3, waits_since=hours(-1), now=NOW).lead == 1


offsets = st.integers(-6, 6)
marks = st.lists(
    st.one_of(
        st.tuples(offsets, st.integers(0, 6)).map(lambda pair: mark(pair[0], pair[0] + pair[1])),
        offsets.map(lambda risk: Mark(hours(risk), None, 900)),
        st.just(Mark(None, None, 3600)),
    ),
    max_size=3,
)
tickets = st.lists(
    st.tuples(marks, st.integers(1, 4), st.none() | offsets.map(hours)), min_size=4, max_size=4
)


def expected_order(ids, drawn):
    found = []
    for ticket_id, (own, priority, waits_since) in zip(ids, drawn, strict=True):
        spot = place(own, priority=priority, waits_since=waits_since, now=NOW)
        found.append((int(spot.band), spot.level, spot.sort_at, ticket_id))
    return sorted(found)


def write(ids, drawn, template):
    for table in (Standing, ClockSpan, Clock):
        session().execute(delete(table))
    rows = []
    for ticket_id, (own, priority, waits_since) in zip(ids, drawn, strict=True):
        session().execute(update(Ticket).where(Ticket.id == ticket_id).values(priority=priority))
        blank = {"ticket_id": ticket_id, "band": 0, "level": 0, "sort_at": NO_TIME, "priority": priority}
        session().execute(insert(Standing).values(**blank, waits_since=waits_since))
        for number, each in enumerate(own):
            times = {"warn_75_at": each.risk_at, "late_at": each.late_at}
            rows.append({**template, **times, "subject_id": ticket_id, "cycle": number})
    if rows:
        session().execute(insert(Clock), rows, execution_options={"render_nulls": True})


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=tickets)
def test_sql_and_python_put_tickets_in_the_same_order(make_ticket, four_tickets, drawn):
    ids, template = four_tickets
    write(ids, drawn, template)
    rank = ranked_by_clocks(NOW)
    query = with_joins(select(*rank.keys, Ticket.id), rank.fields, rank.joins)

    found = [tuple(row) for row in session().execute(query.order_by(*rank.keys, Ticket.id))]
    session().rollback()

    assert found == expected_order(ids, drawn)


def test_whether_the_sweep_lags_is_asked_again_after_a_moment(clock, make_ticket):
    make_ticket()
    assert rank(clock.at) is RANKED_BY_PLACES
    session().execute(update(Clock).values(next_fire_at=clock.at - timedelta(hours=1)))

    assert rank(clock.at + timedelta(seconds=4)) is RANKED_BY_PLACES
    assert rank(clock.at + timedelta(seconds=5)) is not RANKED_BY_PLACES
    assert rank(clock.at + timedelta(seconds=6)) is not RANKED_BY_PLACES
    session().rollback()


@pytest.fixture
def four_tickets(clock, make_ticket):
    ids = [make_ticket().id for _ in range(4)]
    row = session().execute(select(Clock.__table__).limit(1)).mappings().one()
    kept = {name: value for name, value in row.items() if name not in {"id", "subject_id", "cycle"}}
    return ids, {**kept, "kind": "resolution", "stopped_at": None}
