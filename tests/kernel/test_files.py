"""Every store of files keeps the same promises: a folder, and a bucket that speaks as S3 does."""

import hashlib
import os
import sys
from dataclasses import replace

import pytest

from servicedesk.kernel.errors import Busy
from servicedesk.kernel.files import the_files
from servicedesk.kernel.files_in_s3 import FilesInS3
from servicedesk.kernel.files_on_disk import FilesOnDisk
from servicedesk.kernel.settings import InvalidSetting, load
from tests.support.bucket import KEY, REGION, SECRET, running_bucket

LARGE = os.urandom(11_000_000)  # more than one part


@pytest.fixture
def bucket():
    with running_bucket() as running:
        yield running


def settings_of(bucket, **changes):
    given = {"STORE_URL": bucket.url, "STORE_REGION": REGION, "STORE_KEY": KEY, "STORE_SECRET": SECRET}
    return load(given | changes)


@pytest.fixture(params=["disk", "s3"])
def store(request, tmp_path):
    if request.param == "disk":
        return FilesOnDisk(tmp_path / "files")
    return FilesInS3.at(settings_of(request.getfixturevalue("bucket")))


@pytest.fixture
def keep(store, tmp_path):
    def kept(data):
        path, sha256 = tmp_path / "incoming", hashlib.sha256(data).hexdigest()
        path.write_bytes(data)
        store.put(sha256, path)
        return sha256

    return kept


@pytest.mark.parametrize("data", [b"hello", LARGE], ids=["small", "large"])
def test_what_is_put_can_be_read_again(store, keep, data):
    sha256 = keep(data)

    assert b"".join(store.read(sha256)) == data
    assert store.size(sha256) == len(data)


def test_a_part_can_be_read(store, keep):
    sha256 = keep(b"0123456789")

    assert [b"".join(store.read(sha256, *part)) for part in ((2, 3), (8, 2), (4, 0), (7,))] == [
        *(b"234", b"89", b"", b"789"),
    ]


def test_putting_twice_keeps_one(store, keep):
    assert keep(b"same") == keep(b"same")
    assert list(store.hashes()) == [hashlib.sha256(b"same").hexdigest()]


def test_what_was_removed_is_gone_and_may_be_removed_again(store, keep):
    sha256 = keep(b"hello")
    for _ in range(2):
        store.remove(sha256)

    assert (store.size(sha256), list(store.hashes())) == (None, [])
    with pytest.raises(FileNotFoundError):
        store.read(sha256)


def test_what_lost_its_end_is_put_anew(store, keep, tmp_path, request):
    sha256 = keep(b"hello")
    if isinstance(store, FilesOnDisk):
        store.path_of(sha256).write_bytes(b"hel")
    else:
        bucket = request.getfixturevalue("bucket")
        bucket.objects = dict.fromkeys(bucket.objects, b"hel")

    keep(b"hello")

    assert b"".join(store.read(sha256)) == b"hello"


def test_files_on_disk_lie_two_folders_deep_for_nobody_else_to_read(tmp_path):
    store, sha256 = FilesOnDisk(tmp_path / "files"), hashlib.sha256(b"x").hexdigest()
    (tmp_path / "x").write_bytes(b"x")
    store.put(sha256, tmp_path / "x")

    (path,) = (found for found in tmp_path.rglob("*") if found.is_file())
    assert path == tmp_path / "files" / sha256[:2] / sha256[2:4] / sha256
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_a_wrong_key_reaches_nothing_and_is_told_without_the_secret(bucket, app):
    store = FilesInS3.at(settings_of(bucket, STORE_SECRET="another-key"))

    with pytest.raises(Busy) as told:
        store.size("0" * 64)

    assert bucket.refused > 0
    assert "another-key" not in str(told.value)


def test_a_store_that_is_away_is_told_as_such(app):
    with running_bucket() as gone:
        store = FilesInS3.at(settings_of(gone))

    with pytest.raises(Busy, match="does not answer"):
        store.size("0" * 64)


def test_the_desk_uses_the_store_that_its_settings_name(bucket, make_app, app):
    found = settings_of(bucket)
    names = ("store_url", "store_region", "store_key", "store_secret")
    desk = make_app(**{name: getattr(found, name) for name in names})

    with desk.app_context():
        assert isinstance(the_files(), FilesInS3)
    assert isinstance(the_files(), FilesOnDisk)


def test_without_its_library_the_desk_says_what_to_install(bucket, monkeypatch):
    monkeypatch.setitem(sys.modules, "obstore.store", None)

    with pytest.raises(InvalidSetting, match="make install"):
        FilesInS3.at(settings_of(bucket))


@pytest.mark.parametrize(
    ("given", "advice"),
    [
        ({"STORE_URL": "s3://files"}, "STORE_KEY and STORE_SECRET"),
        ({"STORE_URL": "ftp://host/files"}, "s3://BUCKET"),
        ({"STORE_URL": "https://key:secret@host/files"}, "s3://BUCKET"),
        ({"STORE_URL": "https://host"}, "https://HOST/BUCKET"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_at_the_start(given, advice):
    with pytest.raises(InvalidSetting, match=advice):
        load(given)


def test_the_secret_is_never_shown(bucket):
    settings = settings_of(bucket)

    assert SECRET not in f"{settings!r} {settings.describe()}"
    assert replace(settings).store_secret == SECRET
