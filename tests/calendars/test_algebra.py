"""What must hold for every calendar and every moment (R11; C7)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, time, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from servicedesk.calendars.core.business_days import business_day_from
from servicedesk.calendars.core.exchange import read_plan
from servicedesk.calendars.core.intervals import difference, intersection, union, within
from servicedesk.calendars.core.timetable import timetable_of
from servicedesk.calendars.core.wallclock import boundary, wall_at, zone
from servicedesk.calendars.hours import OpeningHours
from tests.calendars.places import office, utc
from tests.calendars.strategies import NIGHTS, calendars, moments

quick = settings(deadline=None, suppress_health_check=list(HealthCheck))
SECOND = timedelta(seconds=1)
amounts = st.integers(0, 200 * 3600)
span_lists = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=8)


@st.composite
def cases(draw, moments_wanted=1):
    document = draw(calendars())
    found = [
        draw(moments(document)) + timedelta(seconds=draw(st.integers(0, 59))) for _ in range(moments_wanted)
    ]
    return OpeningHours.from_exchange(document), *sorted(found)


@quick
@given(cases(), amounts)
def test_adding_then_measuring_working_time_gives_it_back(case, seconds):
    hours, start = case

    due, breach = hours.add(start, seconds)

    assert start <= due <= breach
    assert hours.elapsed(start, due) == hours.elapsed(start, breach) == seconds
    assert hours.elapsed(start, breach + SECOND) == seconds + 1
    assert due == start or hours.elapsed(start, due - SECOND) == seconds - 1


@quick
@given(cases(), amounts)
def test_subtracting_then_measuring_gives_it_back(case, seconds):
    hours, end = case

    earliest, latest = hours.sub(end, seconds)

    assert earliest <= latest <= end
    assert hours.elapsed(earliest, end) == hours.elapsed(latest, end) == seconds
    assert hours.elapsed(earliest - SECOND, end) == seconds + 1
    assert latest == end or hours.elapsed(latest + SECOND, end) == seconds - 1


@quick
@given(cases(), amounts)
def test_subtracting_undoes_adding(case, seconds):
    hours, start = case
    due, breach = hours.add(start, seconds)

    earliest, latest = hours.sub(due, seconds)

    assert earliest <= start <= latest
    assert hours.sub(breach, seconds)[0] == earliest


@quick
@given(cases(3))
def test_stretches_of_time_add_up(case):
    hours, first, second, third = case

    assert hours.elapsed(first, third) == hours.elapsed(first, second) + hours.elapsed(second, third)
    assert 0 <= hours.elapsed(first, second) <= (second - first) / SECOND


@quick
@given(cases(2), amounts)
def test_who_starts_later_is_due_no_earlier(case, seconds):
    hours, first, second = case

    assert hours.add(first, seconds).due_at <= hours.add(second, seconds).due_at
    assert hours.add(first, seconds).breach_at <= hours.add(second, seconds).breach_at
    assert hours.add(first, seconds).due_at <= hours.add(first, seconds + 1).due_at


@quick
@given(cases(2))
def test_spans_are_apart_in_order_and_last_as_long_as_the_time_elapsed(case):
    hours, start, end = case

    spans = hours.spans(start, end)

    edges = [edge for span in spans for edge in span]
    assert edges == sorted(set(edges))
    assert sum(((closed - opened) for opened, closed in spans), timedelta()) / SECOND == hours.elapsed(
        start, end
    )


@quick
@given(cases())
def test_the_next_open_moment_is_open_and_nothing_is_open_before_it(case):
    hours, at = case

    opens = hours.next_open(at)

    assert hours.is_open(opens)
    assert hours.elapsed(at, opens) == 0
    assert hours.is_open(at) == (opens == at)


@quick
@given(st.data())
def test_two_calendars_together_are_open_exactly_when_both_are(data):
    left, right = data.draw(calendars()), data.draw(calendars())
    both = OpeningHours.from_exchange({"all_of": [left, right]})
    first, second = OpeningHours.from_exchange(left), OpeningHours.from_exchange(right)
    start = data.draw(st.sampled_from([moments(left), moments(right)]).flatmap(lambda each: each))

    marks = [start + timedelta(minutes=17 * place) for place in range(300)]

    assert [both.is_open(at) for at in marks] == [first.is_open(at) and second.is_open(at) for at in marks]
    assert both.elapsed(start, marks[-1]) <= min(each.elapsed(start, marks[-1]) for each in (first, second))


@quick
@given(cases(), st.integers(1, 40))
def test_stepping_over_business_days_counts_them(case, days):
    hours, at = case
    here = wall_at(at, zone(hours.zone)).date()

    timetable = timetable_of(read_plan(hours.to_exchange()))

    later, earlier = (business_day_from(here, step, timetable) for step in (days, -days))

    between = [here + timedelta(days=step) for step in range(1, (later - here).days + 1)]
    before = [here - timedelta(days=step) for step in range(1, (here - earlier).days + 1)]
    assert [sum(map(hours.is_business_day, each)) for each in (between, before)] == [days, days]
    assert hours.is_business_day(later)
    assert hours.is_business_day(earlier)


@quick
@given(cases(), st.integers(-40, 40))
def test_a_time_kept_is_no_later_than_the_end_of_its_day(case, days):
    hours, at = case

    end = hours.business_days(at, days, "end_of_day")

    assert hours.business_days(at, days, "keep_time") <= end
    assert hours.is_open(end - SECOND)


@quick
@given(st.sampled_from(NIGHTS), st.integers(-72 * 60, 72 * 60), st.integers(0, 300))
def test_a_boundary_is_the_first_moment_at_which_the_wall_shows_that_time_or_later(night, minutes, later):
    name, middle = night
    wall = datetime.combine(middle, time.min) + timedelta(minutes=minutes)
    found = boundary(name, wall)

    shown_before = [wall_at(found - timedelta(seconds=1 + 601 * step), zone(name)) for step in range(600)]

    assert wall_at(found, zone(name)) >= wall
    assert max(shown_before) < wall
    assert found <= boundary(name, wall + timedelta(minutes=later))


@given(span_lists, span_lists)
def test_sets_of_spans_behave_like_sets_of_moments(left, right):
    one, other = union(left), union(right)

    assert inside(one) == {moment for span in left for moment in range(*span)}
    assert inside(intersection(one, other)) == inside(one) & inside(other)
    assert inside(difference(one, other)) == inside(one) - inside(other)
    assert inside(within(one, 10, 40)) == inside(one) & set(range(10, 40))
    assert union(difference(one, other)) == difference(one, other)


def inside(spans):
    return {moment for span in spans for moment in range(*span)}


def test_many_threads_that_ask_for_other_years_get_the_same_answers():
    shared, years = office("Europe/Berlin"), [*range(1990, 2060)]
    questions = [(utc(f"{year}-01-01"), utc(f"{year + 1}-07-01")) for year in years]

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda pair: shared.elapsed(*pair), questions))

    assert found == [office("Europe/Berlin").elapsed(*pair) for pair in questions]
