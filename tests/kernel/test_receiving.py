"""Files on their way in: limits before work, whole or not at all (security.md, limits and F7)."""

import hashlib
import io
import os
from pathlib import Path

import pytest

from servicedesk.kernel import receiving
from servicedesk.kernel.errors import Invalid, NoRoom, TooLarge
from servicedesk.kernel.receiving import INCOMING, check_announced, forget_abandoned, received, rewritten

LIMIT = 1_000_000


class Endless:
    """A sender that never stops; `given` is what was taken from it."""

    def __init__(self) -> None:
        self.given = 0

    def read(self, size: int = -1, /) -> bytes:
        self.given += size
        return bytes(size)


def left_in(folder):
    return list((folder / INCOMING).iterdir())


@pytest.fixture(autouse=True)
def _in_context(app):
    """Sentences need a desk to be said."""


def test_a_file_arrives_with_its_hash_and_for_nobody_else_to_read(tmp_path):
    with received(io.BytesIO(b"hello"), tmp_path, most=LIMIT, announced=5) as file:
        mode = file.path.stat().st_mode & 0o777

        assert file.path.read_bytes() == b"hello"
        assert (file.size, file.sha256, mode) == (5, hashlib.sha256(b"hello").hexdigest(), 0o600)
    assert left_in(tmp_path) == []


def test_what_is_announced_as_too_large_is_refused_before_it_is_read():
    with pytest.raises(TooLarge, match="25 MB"):
        check_announced(100_000_000, most=25_000_000)


def test_a_sender_without_end_is_stopped_at_the_limit(tmp_path):
    sender = Endless()
    with pytest.raises(TooLarge), received(sender, tmp_path, most=LIMIT):
        raise AssertionError("it was taken")

    assert sender.given <= LIMIT + receiving.CHUNK_BYTES
    assert left_in(tmp_path) == []


@pytest.mark.parametrize("announced", [4, 6])
def test_a_file_that_is_not_as_long_as_announced_is_refused(tmp_path, announced):
    with (
        pytest.raises(Invalid, match="did not arrive whole"),
        received(io.BytesIO(b"hello"), tmp_path, most=LIMIT, announced=announced),
    ):
        raise AssertionError("it was taken")

    assert left_in(tmp_path) == []


def test_a_full_disk_is_told_as_such_and_nothing_half_written_stays(tmp_path, monkeypatch):
    # /dev/full answers every write with ENOSPC, as a disk without room does.
    monkeypatch.setattr(Path, "open", lambda _path, mode: os.fdopen(os.open("/dev/full", os.O_RDWR), mode))

    with pytest.raises(NoRoom), received(io.BytesIO(b"hello"), tmp_path, most=LIMIT):
        raise AssertionError("it was taken")

    assert left_in(tmp_path) == []


def test_below_a_gigabyte_of_room_no_file_is_begun(tmp_path, monkeypatch):
    monkeypatch.setattr(receiving, "LEAST_FREE_BYTES", 10**18)

    with pytest.raises(NoRoom), received(Endless(), tmp_path, most=LIMIT):
        raise AssertionError("it was taken")


def test_a_file_that_is_written_anew_has_its_new_hash(tmp_path):
    with received(io.BytesIO(b"hello place"), tmp_path, most=LIMIT) as file:
        after = rewritten(file, iter([b"hel", b"lo"]))

        assert (after.size, after.sha256) == (5, hashlib.sha256(b"hello").hexdigest())
        assert after.path.read_bytes() == b"hello"
    assert left_in(tmp_path) == []


def test_what_a_killed_process_left_is_removed_after_a_while(tmp_path):
    (tmp_path / INCOMING).mkdir()
    for name, age in (("old", 7200), ("new", 60)):
        path = tmp_path / INCOMING / name
        path.write_bytes(b"half")
        os.utime(path, (1_000_000 - age, 1_000_000 - age))

    assert forget_abandoned(tmp_path, older_than_seconds=3600, now=1_000_000) == 1
    assert [path.name for path in left_in(tmp_path)] == ["new"]
