"""A desk that nobody uses: how fast it stands, and what it costs to keep it standing."""

import time
from collections.abc import Mapping
from pathlib import Path

from benchmarks.dataset import SERVICEDESK
from benchmarks.processes import cpu_seconds, free_port, memory_megabytes, running

SETTLE_SECONDS, IDLE_SECONDS = 15, 15


def standing(folder: Path, environment: Mapping[str, str]) -> dict[str, float]:
    """Start web, worker and scheduler, wait, and return seconds to the first answer, memory and idle CPU.

    The memory is that of the supervisor and its three processes together, in 10^6 bytes; pages that
    processes share count once.
    """
    port = free_port()
    with running(
        [*SERVICEDESK, "run"], {**environment, "PORT": str(port)}, port, log=folder / "run.log"
    ) as server:
        time.sleep(SETTLE_SECONDS)
        before = cpu_seconds([server.pid])
        time.sleep(IDLE_SECONDS)
        burnt = cpu_seconds([server.pid]) - before
        found = {
            "seconds_to_first_answer": server.seconds_to_first_answer,
            "idle_megabytes": memory_megabytes([server.pid]),
            "idle_cpu_percent": 100 * burnt / IDLE_SECONDS,
        }
    print(
        f"  servicedesk run: first answer after {found['seconds_to_first_answer']:.1f} s (goal 5),"
        f" idle memory {found['idle_megabytes']:.0f} MB (goal 400),"
        f" idle CPU {found['idle_cpu_percent']:.1f} %",
        flush=True,
    )
    return found
