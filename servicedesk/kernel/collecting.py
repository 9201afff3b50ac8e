"""The garbage collector's pauses, put off while a batch is worked on."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Let the collector rest inside the block, and look once behind it; it stays off if it was.

    It looks at what is alive whenever seven hundred objects more have been made than let go: of a batch of
    thousands that are all still needed, a third of the time. What no cycle holds is let go at once anyway.
    For blocks that end soon, as what does hang in cycles waits for their end.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.collect(0)
