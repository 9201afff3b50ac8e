"""The schema: one history that leads from nothing to what the models say, on both databases (R121)."""

import os
import subprocess
import sys
from itertools import count

import pytest
import sqlalchemy as sa

from servicedesk.kernel import schema
from servicedesk.kernel.db import Base, db
from servicedesk.kernel.schema import beside, take_place
from tests.architecture.tree import ROOT
from tests.support.databases import PostgresDatabases

REVISION = 'revision = "{}"\ndown_revision = {}\n'
_names = count(1)


@pytest.fixture
def history(monkeypatch, tmp_path):
    """Return a function that writes revisions: `history(("a", None), ("b", "a"))`."""
    schema.newest_revision.cache_clear()
    monkeypatch.setattr(schema, "FOLDER", tmp_path)
    (tmp_path / "versions").mkdir()

    def write(*revisions):
        for name, down in revisions:
            text = REVISION.format(name, f'"{down}"' if down else None)
            (tmp_path / "versions" / f"{next(_names)}.py").write_text(text)
        return schema.newest_revision()

    yield write
    schema.newest_revision.cache_clear()


@pytest.fixture
def empty_database(tmp_path):
    """Return the address of a database that holds nothing yet."""
    server = os.environ.get("DATABASE_URL", "")
    if not server.startswith("postgres"):
        yield f"sqlite:///{tmp_path}/empty.sqlite3"
        return
    databases = PostgresDatabases(server, "_empty")
    yield databases.url
    databases.close()


def migrate(url, folder, *args):
    environment = {"PATH": os.environ["PATH"], "DATABASE_URL": url, "DATA_DIR": str(folder)}
    command = [sys.executable, "-m", "app", "migrate", *args]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def tables(url):
    engine = sa.create_engine(url)
    found = set(sa.inspect(engine).get_table_names())
    engine.dispose()
    return found


@pytest.mark.slow
def test_the_history_leads_from_nothing_to_what_the_models_say_and_back(empty_database, tmp_path, app):
    assert migrate(empty_database, tmp_path).returncode == 0
    assert tables(empty_database) - {"alembic_version"} == set(Base.metadata.tables)

    checked = migrate(empty_database, tmp_path, "--check")
    again = migrate(empty_database, tmp_path)
    back = migrate(empty_database, tmp_path, "--to", "base")

    assert [done.returncode for done in (checked, again, back)] == [0, 0, 0], checked.stderr
    assert tables(empty_database) == {"alembic_version"}


def test_the_newest_revision_is_read_from_the_files(history):
    assert history(("a1", None), ("b2", "a1"), ("c3", "b2")) == "c3"


def test_two_newest_revisions_are_none(history):
    assert history(("a1", None), ("b2", "a1"), ("c3", "a1")) is None


def test_the_real_history_has_one_newest_revision():
    schema.newest_revision.cache_clear()

    assert schema.newest_revision()


def test_a_finished_draft_takes_the_place_of_an_empty_desk(make_app, tmp_path):
    address = f"sqlite:///{tmp_path}/desk.sqlite3"
    (tmp_path / "desk.sqlite3.draft-wal").write_text("of an interrupted attempt")
    (tmp_path / "desk.sqlite3").write_text("the empty desk")

    draft = beside(address)
    assert not list(tmp_path.glob("*.draft*"))
    old, new = make_app(), make_app()
    for desk, url in ((old, address), (new, draft)):
        with desk.app_context():
            db.engines[None] = sa.create_engine(url)
    with new.app_context(), db.engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE demo (id INTEGER)"))
    take_place(new, old)

    assert tables(address) == {"demo"}
    assert [file.name for file in tmp_path.iterdir()] == ["desk.sqlite3"]


def test_only_a_file_has_a_draft_beside_it():
    assert beside("postgresql+psycopg://desk@db/desk") is None
