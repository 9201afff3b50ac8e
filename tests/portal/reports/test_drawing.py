"""Charts of the reports: scales that hold what is drawn, labels that stand where their points are (R100)."""

from hypothesis import given
from hypothesis import strategies as st

from portal.reports.drawing import BOTTOM, TOP, count_scale
from portal.reports.panels import bar_of, spread


@given(st.lists(st.integers(0, 10**6), max_size=30))
def test_a_scale_of_counts_holds_them_all_in_whole_steps(counts):
    scale = count_scale(counts)

    assert scale.low == 0 <= max(counts, default=0) <= scale.high
    assert len(scale.steps) == 5
    assert all(step == int(step) for step in scale.steps)
    assert all(TOP <= scale.y(count) <= BOTTOM for count in counts)


@given(st.integers(1, 120))
def test_labels_reach_from_the_first_point_to_the_last(count):
    labels = [str(place) for place in range(count)]

    shown = spread(labels)
    assert (shown[0], shown[-1], len(shown)) == ("0", str(count - 1), min(count, 5))


@given(st.lists(st.integers(0, 1000), min_size=4, max_size=4))
def test_a_bar_is_filled_by_its_parts(counts):
    bar = bar_of(counts, ("met", "due", "risk", "late"), "words")

    lengths = [part.share for part in bar.segments] if bar else []
    assert len(lengths) == sum(count > 0 for count in counts) or min(filter(None, counts)) * 10**5 < sum(
        counts
    )
    assert abs(sum(lengths) - (100 if sum(counts) else 0)) < 0.01
