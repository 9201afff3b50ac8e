"""A backup holds the whole desk of one moment, and comes back as the same desk anywhere (R120)."""

import resource
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace as with_changes
from io import BytesIO

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from servicedesk.identity.actor import Actor
from servicedesk.kernel.db import Base, db, session
from servicedesk.kernel.errors import Refused
from servicedesk.kernel.verification import begin_snapshot, verify
from servicedesk.operations import backup as making
from servicedesk.operations.backup import make_backup
from servicedesk.operations.backup_cli import backup_command, restore_command
from servicedesk.operations.last_backup import last_backup_at
from servicedesk.operations.manifest import Manifest
from servicedesk.operations.restore import opened
from servicedesk.operations.values import kind_of
from servicedesk.tickets.conversation import reply
from servicedesk.tickets.models import Ticket
from servicedesk.tickets.opening import Request, open_ticket
from servicedesk.tickets.progress import resolve_ticket
from servicedesk.tickets.uploads import take_in
from tests.operations.conftest import KINDS

CLIENTS = 16


def contents(manifest: Manifest) -> dict[str, tuple[int, str]]:
    return {part.table: (part.rows, part.member.sha256) for part in manifest.tables}


def differences() -> int:
    begin_snapshot()
    return verify().total


@pytest.mark.parametrize("kind", KINDS)
def test_a_desk_restored_elsewhere_is_the_same_desk_byte_for_byte(
    app, make_ticket, administrator, elsewhere, bring_back, kind, tmp_path
):
    make_ticket(text="המדפסת תקועה\n\tand „more“ 🙂")
    resolve_ticket(administrator, make_ticket(priority=1).id, answer="Mended.")
    made = make_backup(tmp_path / "second.tar")
    desk = elsewhere(kind)

    bring_back(made.file, into=desk)

    with desk.app_context():
        again = make_backup(tmp_path / "again.tar")
        assert differences() == 0
    assert contents(again.manifest) == contents(made.manifest)
    assert contents(made.manifest)["ticket"][0] == 2


@pytest.mark.parametrize("kind", KINDS)
def test_a_restored_desk_gives_out_new_ids(app, archive, make_person, elsewhere, bring_back, kind):
    desk = elsewhere(kind)
    bring_back(archive, into=desk)

    with desk.app_context():
        newest = session().scalar(sa.select(sa.func.max(Ticket.id)))
        number = open_ticket(
            make_person(email="new@desk.test"), Request(subject="One more", text="It works.")
        )

        assert (newest, number) == (2, 3)
        assert differences() == 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_backup_while_16_clients_write_is_of_one_moment(
    app, make_person, tmp_path, elsewhere, bring_back, kind
):
    with Writing(app, [make_person() for _ in range(CLIENTS)]) as writing:
        writing.wait_for_more(CLIENTS)
        before = writing.count
        made = make_backup(tmp_path / "desk.tar", tell=writing.wait_between)
    desk = elsewhere(kind)

    bring_back(made.file, into=desk)

    assert [each.exception() for each in writing.running] == [None] * CLIENTS
    with desk.app_context():
        assert differences() == 0
        assert before <= session().scalar(sa.select(sa.func.count()).select_from(Ticket)) < writing.count


class Writing:
    """Clients that file requests and write to them with files until the block ends."""

    def __init__(self, app, customers) -> None:
        self.app = app
        self.customers = customers
        self.pool = ThreadPoolExecutor(len(customers))
        self.stop = threading.Event()
        self.count = 0
        self.more = threading.Condition()

    def __enter__(self) -> "Writing":
        self.running = [self.pool.submit(self.go_on, customer) for customer in self.customers]
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop.set()
        self.pool.shutdown()

    def go_on(self, customer: Actor) -> None:
        while not self.stop.wait(0.01):  # as people do; 16 who never pause leave nobody else a connection
            with self.app.app_context():
                ticket_id = open_ticket(customer, Request(subject="Jam", text="It blinks."))
                file = take_in(customer, BytesIO(f"log of {ticket_id}".encode()), name="log.txt").id
                reply(customer, ticket_id, text="Here is the log.", uploads=[file])
            with self.more:
                self.count += 1
                self.more.notify_all()

    def wait_between(self, table: str) -> None:
        if table in {"event", "stream", "ticket", "sla_standing"}:
            self.wait_for_more(1)

    def wait_for_more(self, number: int) -> None:
        with self.more:
            wanted = self.count + number
            assert self.more.wait_for(lambda: self.count >= wanted, timeout=30)


def test_files_and_models_come_along_and_secrets_only_when_asked(app, elsewhere, bring_back, tmp_path):
    data = tmp_path / "files" / "ab"
    data.mkdir(parents=True)
    (data / ("ab" + 62 * "0")).write_bytes(b"\0" * 100_000)
    (data / ".draft-1").write_bytes(b"half")
    for folder, name in (("forecasts", "d"), ("models", "c")):
        (tmp_path / folder / (name * 64)).mkdir(parents=True)
        (tmp_path / folder / (name * 64) / "bias.npy").write_bytes(b"numbers")
    (tmp_path / "secret.key").write_text("k" * 64)

    plain = make_backup(tmp_path / "plain.tar")
    whole = make_backup(tmp_path / "whole.tar", with_secrets=True)
    bring_back(whole.file, into=(desk := elsewhere()))

    paths = [f"files/ab/ab{62 * '0'}", f"forecasts/{'d' * 64}/bias.npy", f"models/{'c' * 64}/bias.npy"]
    assert [part.path for part in plain.manifest.files] == paths
    assert [part.path for part in whole.manifest.files] == [*paths, "secret.key"]
    found = desk.config["SETTINGS"].data_dir
    assert (found / paths[0]).read_bytes() == b"\0" * 100_000
    assert (found / "secret.key").stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in found.iterdir()) == ["files", "forecasts", "models", "secret.key"]


def test_what_is_no_file_of_the_desk_is_left_out_and_named(app, tmp_path):
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "my notes.txt").write_text("…")
    (tmp_path / "files" / "link").symlink_to("/etc/passwd")

    made = make_backup(tmp_path / "desk.tar")

    assert made.left_out == ["files/link", "files/my notes.txt"]
    assert made.manifest.files == ()


def test_a_backup_is_private_named_by_its_moment_and_remembered(app, clock, tmp_path):
    (tmp_path / "kept").mkdir()

    made = make_backup(tmp_path / "kept")

    assert made.file.name == f"desk-{clock.at:%Y%m%dT%H%M%SZ}.tar"
    assert made.file.stat().st_mode & 0o777 == 0o600
    assert last_backup_at(tmp_path) == clock.at


def test_a_file_that_is_there_is_never_overwritten(app, tmp_path):
    (tmp_path / "desk.tar").write_text("dear to me")

    with pytest.raises(Refused, match="choose another name"):
        make_backup(tmp_path / "desk.tar")

    assert (tmp_path / "desk.tar").read_text() == "dear to me"


@pytest.mark.parametrize("limit", [10, 600, 8_000])
def test_a_disk_that_fills_up_leaves_no_half_backup(app, make_ticket, tmp_path, limit):
    make_ticket()
    (tmp_path / "out").mkdir()
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, usual[1]))
    try:
        with pytest.raises(Refused, match=r"cannot be made \(File too large"):
            make_backup(tmp_path / "out" / "desk.tar")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)

    assert list((tmp_path / "out").iterdir()) == []


def test_a_database_of_another_version_is_not_saved_by_this_one(app, monkeypatch, tmp_path):
    monkeypatch.setattr(making.schema, "newest_revision", lambda: "another")

    with pytest.raises(Refused, match="run servicedesk migrate first"):
        make_backup(tmp_path / "desk.tar")


def test_a_value_that_sqlite_kept_though_it_is_none_is_carried_along(archive, elsewhere, bring_back):
    damaged, desk = elsewhere("sqlite"), elsewhere("sqlite")
    bring_back(archive, into=damaged)
    with damaged.app_context():
        with db.engine.begin() as connection:
            connection.exec_driver_sql(
                "UPDATE ticket SET opened_at = 'yesterday', subject = x'ff00' WHERE id = 2"
            )
        made = make_backup(archive.with_name("damaged.tar"))

    bring_back(made.file, into=desk)

    with desk.app_context(), db.engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT opened_at, hex(subject) FROM ticket WHERE id = 2").one()
    assert tuple(found) == ("yesterday", "FF00")


def test_every_column_of_the_desk_has_a_kind_that_backups_know():
    columns = [column for table in Base.metadata.sorted_tables for column in table.columns]

    assert len([kind_of(column.type) for column in columns]) > 300


def test_the_commands_tell_what_they_did(app, archive, elsewhere, tmp_path):
    run: Callable[..., object] = CliRunner().invoke
    desk = elsewhere()

    made = run(backup_command, [str(tmp_path / "told.tar")])
    checked = run(restore_command, [str(tmp_path / "told.tar"), "--only-check"])
    with desk.app_context():
        restored = run(restore_command, [str(tmp_path / "told.tar"), "--verify"])

    assert (made.exit_code, checked.exit_code, restored.exit_code) == (0, 0, 0), restored.output
    assert "told.tar: 0.1 MiB" in made.output
    assert "The backup is whole" in checked.output
    assert "Everything stored is what the log says" in restored.output


def test_a_manifest_says_what_is_in_the_archive(archive):
    with opened(archive) as found:
        manifest = found.manifest

    assert manifest.rows == sum(part.rows for part in manifest.tables) > 50
    assert with_changes(manifest, revision="x") != manifest
    assert "heartbeat" not in contents(manifest)
