"""Random calendars around clock changes, compared with counting minutes (R11)."""

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from servicedesk.calendars.hours import OpeningHours
from tests.calendars.reference import Reference
from tests.calendars.strategies import calendars, moments

slow = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


@slow
@given(st.data())
def test_elapsed_spans_and_is_open_are_what_counting_minutes_gives(data):
    document = data.draw(calendars())
    start, end = sorted(data.draw(st.tuples(moments(document), moments(document))))
    hours = OpeningHours.from_exchange(document)

    counted = Reference(document, start, end)

    assert hours.elapsed(start, end) == counted.elapsed(start, end)
    assert hours.spans(start, end) == counted.spans()
    marks = [start + timedelta(minutes=place) for place in range(0, len(counted.open), 13)]
    assert [hours.is_open(mark) for mark in marks] == counted.open[::13]


@slow
@given(st.data(), st.integers(1, 30 * 60))
def test_due_times_are_what_counting_minutes_gives(data, minutes):
    document = data.draw(calendars())
    start = data.draw(moments(document))
    hours = OpeningHours.from_exchange(document)

    due, breach = hours.add(start, minutes * 60)
    counted = Reference(document, start, breach + timedelta(minutes=1))

    assert due == counted.due(start, minutes * 60)
    assert breach == counted.due(start, minutes * 60 + 60) - timedelta(minutes=1)


@slow
@given(st.data(), st.integers(1, 30 * 60))
def test_moments_before_an_end_are_what_counting_minutes_gives(data, minutes):
    document = data.draw(calendars())
    end = data.draw(moments(document))
    hours = OpeningHours.from_exchange(document)

    earliest, latest = hours.sub(end, minutes * 60)
    counted = Reference(document, earliest - timedelta(minutes=1), end)

    assert counted.elapsed(earliest, end) == counted.elapsed(latest, end) == minutes * 60
    assert counted.open[0]
    assert counted.elapsed(latest + timedelta(minutes=1), end) == minutes * 60 - 60
