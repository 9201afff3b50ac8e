"""Desks to save, and empty ones elsewhere to bring them back to."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from servicedesk.kernel import db as kernel_db
from servicedesk.kernel import i18n, schema
from servicedesk.kernel.db import db
from servicedesk.operations.backup import make_backup
from servicedesk.operations.restore import opened, restore
from tests.conftest import settings_for
from tests.support import makers

KINDS = ["sqlite", "postgresql"] if os.environ.get("DATABASE_URL", "").startswith("postgres") else ["sqlite"]

Elsewhere = Callable[..., Flask]
_made: list[bytes] = []


@pytest.fixture
def new_database(app: Flask, tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """Return the address of a new, empty database of a kind."""
    made: list[str] = []
    admin = sa.create_engine(db.engine.url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)

    def new(kind: str) -> str:
        if kind == "sqlite":
            return f"sqlite:///{tmp_path}/elsewhere-{len(list(tmp_path.iterdir()))}.sqlite3"
        made.append(f"desk_elsewhere_{os.getpid()}_{len(made)}")
        with admin.connect() as connection:
            connection.exec_driver_sql(f'CREATE DATABASE "{made[-1]}"')
        return db.engine.url.set(database=made[-1]).render_as_string(hide_password=False)

    yield new
    for name in made:
        with admin.connect() as connection:
            connection.exec_driver_sql(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def elsewhere(new_database: Callable[[str], str], tmp_path: Path) -> Iterator[Elsewhere]:
    """Make an empty desk with a database and a data folder of its own: `elsewhere("sqlite")`."""
    made: list[Flask] = []

    def new(kind: str = KINDS[-1]) -> Flask:
        folder = tmp_path / f"data-{len(made)}"
        folder.mkdir()
        settings = settings_for(folder, new_database(kind))
        desk = Flask("elsewhere", static_folder=None)
        desk.config["SETTINGS"] = settings
        kernel_db.init_app(desk, settings.database_url)
        i18n.init_app(desk, settings)
        made.append(desk)
        return desk

    yield new
    for desk in made:
        with desk.app_context():
            db.session.remove()
            db.engine.dispose()


@pytest.fixture
def archive(app: Flask, tmp_path: Path) -> Path:
    """A backup of a desk with two requests, made once and copied."""
    file = tmp_path / "desk.tar"
    if not _made:
        makers.make_ticket(priority=1)
        makers.make_ticket(text="המדפסת תקועה\n\tand „more“ 🙂")
        _made.append(make_backup(file).file.read_bytes())
    file.write_bytes(_made[0])
    return file


@pytest.fixture
def bring_back() -> Callable[..., None]:
    """Restore a file into a desk: `bring_back(file, into=desk)`."""

    def run(file: Path, *, into: Flask, replace: bool = False, **how: object) -> None:
        with into.app_context(), opened(file) as found:
            restore(found, replace=replace, **how)  # type: ignore[arg-type]

    return run


@pytest.fixture
def newer_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Let this version of the desk have one more revision, which adds a column; yields its name."""
    before = schema.newest_revision()
    shutil.copytree(schema.FOLDER, tmp_path / "migrations")
    lines = (
        'import sqlalchemy as sa\nfrom alembic import op\n\nrevision = "9999"\n'
        f'down_revision = "{before}"\nbranch_labels = depends_on = None\n\n\ndef upgrade():\n'
        '    op.add_column("branch", sa.Column("later", sa.Integer(), nullable=True))\n'
    )
    (tmp_path / "migrations" / "versions" / "20991231_2359_later.py").write_text(lines)
    monkeypatch.setattr(schema, "FOLDER", tmp_path / "migrations")
    for known in (schema.newest_revision, schema.known_revisions):
        known.cache_clear()
    yield "9999"
    for known in (schema.newest_revision, schema.known_revisions):
        known.cache_clear()
