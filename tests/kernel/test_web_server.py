"""The web process: what it is told before it serves (goal 9: memory)."""

import platform

import pytest

from servicedesk.kernel.web_server import allocate_in_few_places


@pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc", reason="other C libraries have one place for all threads"
)
def test_threads_share_few_places_of_memory():
    assert allocate_in_few_places()
