"""The order of the queue with forecasts (R10): SQL, Python and stored places agree."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select

from servicedesk.kernel.db import session
from servicedesk.tickets.fields import with_joins
from servicedesk.tickets.models import Ticket
from sla.core.standing import NO_TIME, Mark, place
from sla.forecast.core.told import STEPS, as_text, from_text, percent_at, seconds_until
from sla.forecast.models import Forecast, ForecastVersion
from sla.models import Clock, ClockSpan, Standing
from sla.ranking import ranked_by_clocks
from tests.sla.forecast.desk import put_in_force

NOW = datetime(2026, 11, 16, 12, tzinfo=UTC)
offsets = st.integers(-6, 6)
# Three quarters used, late, and the moment of the forecast where there is one; hours from now.
drawn_clocks = st.lists(st.tuples(offsets, st.integers(0, 6), st.none() | offsets), max_size=3)


def at(hours):
    return None if hours is None else NOW + timedelta(hours=hours)


def mark(drawn):
    warns, lasts, foretold = drawn
    return Mark(at(foretold) or at(warns), at(warns + lasts), 3600)


@pytest.fixture
def three_tickets(clock, make_ticket):
    ids = [make_ticket(priority=3).id for _ in range(3)]
    put_in_force()
    row = session().execute(select(Clock.__table__).limit(1)).mappings().one()
    kept = {name: value for name, value in row.items() if name not in {"id", "subject_id", "cycle"}}
    return ids, {**kept, "kind": "resolution", "stopped_at": None}


def write(ids, drawn, template):
    for table in (Forecast, Standing, ClockSpan, Clock):
        session().execute(delete(table))
    version, number = session().scalar(select(ForecastVersion.id)), 0
    for ticket_id, own in zip(ids, drawn, strict=True):
        blank = {"band": 0, "level": 0, "sort_at": NO_TIME, "priority": 3}
        session().execute(insert(Standing).values(ticket_id=ticket_id, **blank))
        for warns, lasts, foretold in own:
            number += 1
            times = {"warn_75_at": at(warns), "late_at": at(warns + lasts), "subject_id": ticket_id}
            session().execute(insert(Clock).values(**{**template, **times, "id": number, "cycle": number}))
            told = {"version_id": version, "target_epoch": 1, "percents": "", "burn_seconds": 1}
            told |= {
                "placed_at": NOW,
                "is_settled": True,
                "alike_parts": 0,
                "alike_count": 0,
                "risk_at": at(foretold),
            }
            session().execute(insert(Forecast).values(clock_id=number, **told))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=st.lists(drawn_clocks, min_size=3, max_size=3))
def test_sql_and_python_agree_where_some_clocks_have_forecasts(three_tickets, drawn):
    ids, template = three_tickets
    write(ids, drawn, template)
    rank = ranked_by_clocks(NOW)
    query = with_joins(select(*rank.keys, Ticket.id), rank.fields, rank.joins)

    found = [tuple(row) for row in session().execute(query.order_by(*rank.keys, Ticket.id))]
    session().rollback()

    spots = [place([mark(each) for each in own], priority=3, waits_since=None, now=NOW) for own in drawn]
    expected = [(int(s.band), s.level, s.sort_at, id_) for s, id_ in zip(spots, ids, strict=True)]
    assert found == sorted(expected)


rising = st.lists(st.integers(0, 100), min_size=STEPS, max_size=STEPS).map(lambda some: (*sorted(some), 100))


@given(rising, st.integers(1, 200_000), st.integers(0, 99))
def test_a_probability_is_passed_at_the_second_that_is_told_and_not_before(percents, target, percent):
    seconds = seconds_until(percents, target, percent)

    assert 0 <= seconds <= target
    assert percent_at(percents, seconds / target) >= percent
    assert seconds == 0 or percent_at(percents, (seconds - 1) / target) <= percent + 1


@given(rising, st.floats(0, 1), st.floats(0, 1))
def test_more_of_the_target_used_is_never_less_likely_to_miss(percents, one, other):
    low, high = sorted((one, other))

    assert percent_at(percents, low) <= percent_at(percents, high)
    assert from_text(as_text(percents)) == percents
