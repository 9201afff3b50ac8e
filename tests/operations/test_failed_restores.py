"""A restore that cannot be finished leaves the desk, its data folder and its database as they were."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from servicedesk.kernel.db import db
from servicedesk.kernel.errors import Refused
from servicedesk.kernel.schema import hurry
from servicedesk.operations import drafts
from servicedesk.operations.archive import BadArchive
from servicedesk.operations.restore import what_is_there
from tests.operations.forging import parts_of, repacked, with_manifest, written


@pytest.mark.parametrize(
    ("content", "claims", "reason"),
    [
        (b"0" * 50_000_000, {"bytes": 1000}, "unpacks to more"),
        (b"[1]\n", {"bytes": 5}, "was changed"),
        (b"[1]\n", {"sha256": "0" * 64}, "was changed"),
        (b"[1]\n", {}, "is no row"),
        (b"\xff\n", {}, "is no text"),
        (b"{}\n", {}, "is no row"),
        (b"[" * 100_000, {}, "is no row"),
        (b"", {}, "another number of rows"),
    ],
)
def test_what_only_unpacking_shows_leaves_the_desk_as_it_was(
    archive, elsewhere, bring_back, content, claims, reason
):
    desk = elsewhere("sqlite")
    file = written(archive, repacked(parts_of(archive), "tables/desk_state.jsonl.gz", content, **claims))

    with pytest.raises(BadArchive, match=reason):
        bring_back(file, into=desk)

    assert_untouched(desk)


def assert_untouched(desk) -> None:
    with desk.app_context():
        assert what_is_there() == {}
        tables = sa.inspect(db.engine)
        assert tables.get_table_names() == []
        assert drafts.SCHEMA not in tables.get_schema_names()
        assert not list(desk.config["SETTINGS"].data_dir.iterdir())
        assert not list(Path(str(db.engine.url.database)).parent.glob("*.draft*"))


@pytest.mark.parametrize(
    "change", [{"table": "job; --"}, {"columns": [["id", "integer"], ["nobody", "text"]]}]
)
def test_names_that_the_schema_does_not_have_reach_no_statement(archive, elsewhere, bring_back, change):
    desk = elsewhere("sqlite")
    parts = with_manifest(parts_of(archive), lambda document: document["tables"][0].update(change))

    with pytest.raises(BadArchive, match="are not those of its schema"):
        bring_back(written(archive, parts), into=desk)

    assert_untouched(desk)


def test_a_backup_of_a_newer_version_is_refused_with_its_number(archive, elsewhere, bring_back):
    desk = elsewhere()
    newer = with_manifest(parts_of(archive), lambda document: document.update(revision="ff", version="9.1"))

    with pytest.raises(BadArchive, match=r"made by version 9\.1 with schema ff"):
        bring_back(written(archive, newer), into=desk)

    assert_untouched(desk)


def test_a_row_that_points_to_nothing_is_refused(archive, elsewhere, bring_back):
    desk = elsewhere()
    empty = repacked(parts_of(archive), "tables/sla_standing.jsonl.gz", b"")
    empty = repacked(empty, "tables/person.jsonl.gz", b"")
    gone = with_manifest(
        empty,
        lambda document: [
            t.update(rows=0) for t in document["tables"] if t["table"] in {"person", "sla_standing"}
        ],
    )

    with pytest.raises(Refused, match="Nothing was changed"):
        bring_back(written(archive, gone), into=desk)

    assert_untouched(desk)


def test_a_bomb_that_its_manifest_admits_is_refused_for_want_of_space(archive, elsewhere, bring_back):
    desk = elsewhere("sqlite")
    parts = with_manifest(
        parts_of(archive), lambda document: document["tables"][0]["member"].update(bytes=1 << 60)
    )

    with pytest.raises(Refused, match="MiB are free"):
        bring_back(written(archive, parts), into=desk)


@pytest.mark.parametrize("share", [0.3, 0.97])
def test_a_disk_that_fills_up_while_restoring_leaves_the_desk_as_it_was(
    archive, elsewhere, bring_back, monkeypatch, share
):
    whole, desk = elsewhere("sqlite"), elsewhere("sqlite")
    bring_back(archive, into=whole)
    with whole.app_context(), db.engine.connect() as connection:
        pages = int(connection.exec_driver_sql("PRAGMA page_count").scalar() * share)

    def on_connect(connection, _record) -> None:
        connection.execute(f"PRAGMA max_page_count={pages}")

    def small_disk(app) -> None:
        hurry(app)
        with app.app_context():
            sa.event.listen(db.engine, "connect", on_connect)

    monkeypatch.setattr(drafts.schema, "hurry", small_disk)

    with pytest.raises(Refused, match="full"):
        bring_back(archive, into=desk)

    assert_untouched(desk)


@pytest.mark.parametrize("step", ["ticket", "files"])
def test_a_restore_that_is_interrupted_leaves_a_full_desk_as_it_was(archive, elsewhere, bring_back, step):
    desk = elsewhere()
    bring_back(archive, into=desk)

    def interrupt(name: str) -> None:
        if name == step:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bring_back(archive, into=desk, replace=True, tell=interrupt)

    with desk.app_context():
        assert what_is_there()["ticket"] == 2
        assert drafts.SCHEMA not in sa.inspect(db.engine).get_schema_names()
    assert not list(desk.config["SETTINGS"].data_dir.iterdir())
