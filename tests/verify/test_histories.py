"""Whatever a desk lives through, its log can make everything again (R12, R98)."""

import pytest

from servicedesk.kernel.verification import begin_snapshot, verify
from tests.verify.history import History


def differences():
    begin_snapshot()
    return verify().differences


def live(history: History, steps: int, *, looking_every: int) -> list[object]:
    """Let a history go on; return the first differences that a look at it finds."""
    for step in range(1, steps + 1):
        history.step()
        if step % looking_every == 0 and (found := differences()):
            return [step, *found]
    return differences()


@pytest.mark.parametrize("seed", range(5))
def test_what_is_stored_is_what_the_log_tells_after_60_deeds(app, clock, seed):
    assert live(History(seed, clock), 60, looking_every=5) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 150))
def test_what_is_stored_is_what_the_log_tells_after_200_deeds(app, clock, seed):
    assert live(History(seed, clock), 200, looking_every=20) == []
