"""Sixteen agents at once on kept-alive connections: how long they wait, and whether all get their turn."""

import threading
import time
from collections.abc import Callable
from statistics import quantiles

from benchmarks.client import Client

CLIENTS, SECONDS = 16, 12
GOAL = 2
FAIR = 0.5  # of what an equal share would be, for whoever got least


def crowd(sign_in: Callable[[], Client], page: str) -> dict[str, float]:
    """Let all clients ask for `page` as fast as they are answered; return and print what they got."""
    clients = [sign_in() for _ in range(CLIENTS)]
    waits = _ask_together(clients, page)
    every = [seconds for of_client in waits for seconds in of_client]
    rate, p95, longest = len(every) / SECONDS, quantiles(every, n=20)[-1], max(every)
    least = min(len(of_client) for of_client in waits) / (len(every) / CLIENTS)
    ratio = p95 * rate / CLIENTS
    verdict = "kept" if ratio <= GOAL and least >= FAIR else "MISSED"
    print(
        f"  8 {CLIENTS} clients: {rate:.0f} pages/s, p95 {p95 * 1000:.0f} ms, {ratio:.2f} x clients/rate,"
        f" longest {longest * 1000:.0f} ms, the least got {least:.0%} of a share; goal {GOAL} x: {verdict}",
        flush=True,
    )
    return {
        "rate": rate,
        "p95_ms": p95 * 1000,
        "ratio": ratio,
        "longest_ms": longest * 1000,
        "least": least,
    }


def _ask_together(clients: list[Client], page: str) -> list[list[float]]:
    """Return the seconds of each answer, one list for each client."""
    waits: list[list[float]] = [[] for _ in clients]
    start = threading.Barrier(len(clients))

    def ask(client: Client, seconds: list[float]) -> None:
        start.wait()
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            answer = client.get(page)
            if answer.status != 200:
                raise SystemExit(f"{page} answered with status {answer.status}")
            seconds.append(answer.seconds)

    threads = [threading.Thread(target=ask, args=pair) for pair in zip(clients, waits, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return waits
