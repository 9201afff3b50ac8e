"""The garbage collector rests during a batch, and goes on as before (R121)."""

import gc
import weakref

import pytest

from servicedesk.kernel.collecting import uncollected


class Ring:
    """An object that only the collector can let go."""

    def __init__(self) -> None:
        self.itself = self


def test_what_hangs_in_a_cycle_waits_for_the_end_of_the_block():
    with uncollected():
        gone = weakref.ref(Ring())
        made = sum(len([Ring()]) for _ in range(2 * gc.get_threshold()[0]))  # would have made it look
        is_kept = gone() is not None

    assert (made > 0, is_kept) == (True, True)
    assert gone() is None


@pytest.mark.parametrize("is_on", [True, False])
def test_it_is_on_afterwards_only_where_it_was(is_on):
    (gc.enable if is_on else gc.disable)()
    try:
        with uncollected():
            during = gc.isenabled()
        assert (during, gc.isenabled()) == (False, is_on)
    finally:
        gc.enable()
