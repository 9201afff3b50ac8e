"""Memory of the web process beside the anchor's three workers: before anybody came, and after everything."""

from benchmarks.processes import Server, memory_megabytes

GOAL, MOST_GROWTH = 2, 0.5


def before(anchor: Server, product: Server) -> tuple[float, float]:
    """Return what both hold now, in 10^6 bytes, pages that processes share counted once."""
    return memory_megabytes([anchor.pid]), memory_megabytes([product.pid])


def grown(idle: tuple[float, float], product: Server) -> dict[str, float]:
    """Return and print what the desk's web process holds now, against what both held when idle."""
    anchor, first = idle
    last = memory_megabytes([product.pid])
    ratio, growth = first / anchor, last / first - 1
    verdict = "kept" if ratio <= GOAL and growth <= MOST_GROWTH else "MISSED"
    print(
        f"  9 memory: anchor {anchor:.0f} MB, desk idle {first:.0f} MB, {ratio:.2f} A, goal {GOAL} A;"
        f" after everything {last:.0f} MB, {growth:+.0%}, goal {MOST_GROWTH:+.0%}: {verdict}",
        flush=True,
    )
    return {"anchor_mb": anchor, "idle_mb": first, "after_mb": last, "ratio": ratio, "growth": growth}
