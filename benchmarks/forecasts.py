"""How long curves and probabilities take: one million cycles, two hundred thousand open clocks."""

from time import perf_counter, process_time

import numpy as np

from sla.forecast.core.strata import strata_of
from sla.forecast.core.survival import kaplan_meier

CYCLES, OPEN = 1_000_000, 200_000


def measure() -> None:
    """Print processor and wall seconds of the best of three rounds."""
    random = np.random.default_rng(1)
    times = np.rint(random.exponential(30_000, CYCLES))
    ended = random.random(CYCLES) < 0.85
    keys = np.column_stack([random.integers(0, high, CYCLES) for high in (2, 4, 20)])
    strata = strata_of(keys, times, ended)
    elapsed, targets = times[:OPEN] / 2, np.full(OPEN, 86_400.0)
    places = strata.places_of(keys[:OPEN])
    told = (
        ("one curve of 1,000,000 cycles", lambda: kaplan_meier(times, ended)),
        ("curves of 169 strata of them", lambda: strata_of(keys, times, ended)),
        ("probabilities of 200,000 clocks", lambda: strata.miss_probabilities(places, elapsed, targets)),
    )
    for name, work in told:
        rounds = []
        for _round in range(3):
            began, used = perf_counter(), process_time()
            work()
            rounds.append((process_time() - used, perf_counter() - began))
        print(f"{name}: {min(rounds)[0]:.2f} s of processor, {min(wall for _cpu, wall in rounds):.2f} s")


if __name__ == "__main__":
    measure()
