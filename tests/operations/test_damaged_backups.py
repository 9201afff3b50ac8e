"""A backup that is not, byte for byte, what the desk wrote is refused, and the part that differs is named."""

import random
import tarfile
from pathlib import Path

import pytest

from servicedesk.kernel.errors import Refused
from servicedesk.operations.archive import BadArchive
from servicedesk.operations.restore import opened
from tests.operations.forging import parts_of, with_manifest, written

FLIPS = 150
CUTS = 40


def refused(file: Path) -> str:
    with pytest.raises(BadArchive) as refusal, opened(file):
        pass
    assert "Nothing was changed." in refusal.value.message
    return refusal.value.message


def test_every_single_flipped_byte_is_found(archive):
    whole = archive.read_bytes()
    damaged = archive.with_name("damaged.tar")

    for place in random.Random(7).sample(range(len(whole)), FLIPS):
        damaged.write_bytes(whole[:place] + bytes([whole[place] ^ 0x20]) + whole[place + 1 :])
        refused(damaged)


def test_every_cut_is_found_and_the_last_member_named(archive):
    whole = archive.read_bytes()
    damaged = archive.with_name("damaged.tar")

    for length in [*random.Random(7).sample(range(1, len(whole)), CUTS), 0, len(whole) - 1, len(whole) - 512]:
        damaged.write_bytes(whole[:length])
        refused(damaged)
    with tarfile.open(archive) as opened:
        largest = max(opened.getmembers(), key=lambda member: member.size)
    damaged.write_bytes(whole[: largest.offset_data + largest.size // 2])

    assert "cut off in the middle of" in refused(damaged)


def test_something_added_at_the_end_is_found(archive):
    archive.write_bytes(archive.read_bytes() + b"\0")

    assert "something was added" in refused(archive)


def test_a_changed_member_is_named(archive):
    parts = parts_of(archive)
    parts["tables/person.jsonl.gz"] = parts["tables/ticket.jsonl.gz"]

    assert "tables/person.jsonl.gz was changed" in refused(written(archive, parts))


def test_a_missing_and_an_extra_member_are_named(archive):
    parts = parts_of(archive)
    fewer = {name: content for name, content in parts.items() if name != "tables/ticket.jsonl.gz"}

    assert "tables/ticket.jsonl.gz is missing" in refused(written(archive, fewer))
    assert "tables/more.gz is not in the list" in refused(written(archive, parts | {"tables/more.gz": b""}))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("data/link", tarfile.SYMTYPE),
        ("data/hard", tarfile.LNKTYPE),
        ("data/device", tarfile.CHRTYPE),
        ("data/pipe", tarfile.FIFOTYPE),
        ("data/folder", tarfile.DIRTYPE),
        ("data/sparse", tarfile.GNUTYPE_SPARSE),
    ],
)
def test_links_devices_and_folders_are_named_and_refused(archive, name, kind):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, "/etc/passwd"
    archive.write_bytes(info.tobuf(tarfile.GNU_FORMAT) + archive.read_bytes())

    assert name in refused(archive)


@pytest.mark.parametrize(
    "name", ["/etc/cron.d/desk", "../desk", "data/../../desk", "data/./x", "data//x", "a\\b"]
)
def test_names_that_lead_elsewhere_are_refused(archive, name):
    info = tarfile.TarInfo(name)
    archive.write_bytes(info.tobuf(tarfile.GNU_FORMAT) + archive.read_bytes())

    assert f"{name} leads out of the data folder" in refused(archive)


def test_a_path_in_the_manifest_that_leads_elsewhere_is_refused(archive):
    member = {"name": "data/x.gz", "stored_bytes": 0, "stored_sha256": "", "bytes": 0, "sha256": ""}
    evil = {"path": "../../etc/cron.d/desk", "member": member}

    parts = with_manifest(parts_of(archive), lambda document: document["files"].append(evil))

    assert "../../etc/cron.d/desk leads out" in refused(written(archive, parts))


def test_a_member_that_is_there_twice_is_refused(archive):
    first = tarfile.TarInfo("tables/agreement.jsonl.gz").tobuf(tarfile.GNU_FORMAT)
    archive.write_bytes(first + archive.read_bytes())

    assert "is not as the desk writes it" in refused(archive) or "twice" in refused(archive)


@pytest.mark.parametrize(
    "change",
    [
        lambda document: document.update(product="another"),
        lambda document: document.update(format=2),
        lambda document: document.pop("revision"),
        lambda document: document.update(tables={}),
        lambda document: document["tables"][0].update(rows=-1),
        lambda document: document["tables"][0].update(rows=True),
        lambda document: document["tables"][0].update(columns=[]),
        lambda document: document["tables"][0]["columns"].append(["x", "pickle"]),
        lambda document: document["tables"].append(document["tables"][0]),
    ],
)
def test_a_manifest_that_no_desk_wrote_is_refused(archive, change):
    refused(written(archive, with_manifest(parts_of(archive), change)))


@pytest.mark.parametrize("content", [b"", b"x", b"PK\3\4" * 1000, bytes(512), bytes(4096), b"\x1f\x8b" * 600])
def test_any_other_file_is_no_backup(tmp_path, app, content):
    (tmp_path / "file").write_bytes(content)

    refused(tmp_path / "file")


def test_a_file_that_is_not_there_is_told(tmp_path, app):
    with pytest.raises(Refused, match="No such file"), opened(tmp_path / "none.tar"):
        pass
