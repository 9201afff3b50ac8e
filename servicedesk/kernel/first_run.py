"""What every desk needs from its first day on: rooms register it, the migration command lays it down."""

from collections.abc import Callable

from servicedesk.kernel.command import saving
from servicedesk.kernel.refs import Acting, Cause, System

Seed = Callable[[Acting], None]

# In floor order. A seed is a command that may run any number of times: it adds what is missing and
# changes nothing that people have changed since.
_seeds: list[Seed] = []


def on_first_run(seed: Seed) -> None:
    """Register `seed`, which gets the desk itself as actor."""
    if seed not in _seeds:
        _seeds.append(seed)


def lay_foundation() -> None:
    """Run every registered seed in one save."""
    actor = System(Cause("installation"))
    with saving(actor):
        for seed in _seeds:
            seed(actor)
