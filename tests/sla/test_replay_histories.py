"""Replaying what was in force gives what is stored, whatever a desk lives through (R12)."""

import pytest

from sla.sweep import sweep
from tests.sla.replays import replayed
from tests.verify.history import History


@pytest.mark.parametrize("seed", range(8))
def test_what_was_in_force_replays_to_what_is_stored(app, clock, seed):
    history = History(700 + seed, clock)
    for step in range(90):
        history.step()
        if step % 30 == 29:
            sweep()
            found = replayed(clock.at).document["self_test"]
            assert (found["named"], found["differences"]) == ([], 0)

    assert found["cycles"] > 0
