"""One replay of a large desk, in a process of its own; see replaying.py."""

import sys

from benchmarks.replaying import GOAL_SECONDS, measure

if __name__ == "__main__":
    found = measure(int(sys.argv[1]))
    test = found["self_test"]
    print(
        f"{found['tickets']:,} tickets, {found['events']:,} events: {found['wall']:.1f} s,"
        f" {found['cpu']:.1f} s cpu, {found['cpu'] / found['anchor_cpu']:.1f} times reading the log alone;"
        f" goal {GOAL_SECONDS} s: {'kept' if found['wall'] <= GOAL_SECONDS else 'MISSED'}"
        f" (load {found['load']:.1f}; self-test: {test['cycles']:,} cycles,"
        f" {test['differences']} differences)"
    )
