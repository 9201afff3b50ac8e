"""The schema of the database: bringing it to the newest revision, and asking which one it has."""

import os
import re
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import event, inspect, text
from sqlalchemy.exc import OperationalError

from servicedesk.kernel.db import db
from servicedesk.kernel.setting_values import without_secrets
from servicedesk.kernel.settings import InvalidSetting

FOLDER = Path(__file__).parents[2] / "migrations"
_LINE = re.compile(r"^(down_revision|revision)\b[^=]*= *(?:\"(\w+)\"|'(\w+)'|None)", re.MULTILINE)


@cache
def newest_revision() -> str | None:
    """Return the newest revision there is, read from the files alone: loading Alembic takes half a second."""
    known, earlier = _revisions()
    newest = known - earlier
    return next(iter(newest)) if len(newest) == 1 else None


@cache
def known_revisions() -> frozenset[str]:
    """Return every revision that this version of the desk has."""
    return _revisions()[0]


def _revisions() -> tuple[frozenset[str], frozenset[str]]:
    """Return the revisions there are, and those that another one follows."""
    known: set[str] = set()
    earlier: set[str] = set()
    for file in (FOLDER / "versions").glob("*.py"):
        for name, double, single in _LINE.findall(file.read_text("utf-8")):
            (known if name == "revision" else earlier).add(double or single)
    return frozenset(known), frozenset(earlier)


def check_database() -> None:
    """Raise InvalidSetting if the database cannot be reached. Needs the app's context."""
    try:
        db.engine.connect().close()
    except OperationalError as error:
        address = without_secrets(db.engine.url.render_as_string(hide_password=False))
        reason = str(error.orig).strip().partition("\n")[0]
        raise InvalidSetting(
            f"The database {address} does not answer ({reason}); start it or set DATABASE_URL to another."
        ) from None


def revision_in_database() -> str | None:
    """Return the revision that the database has; None for an empty one. Needs the app's context."""
    if not inspect(db.engine).has_table("alembic_version"):
        return None
    with db.engine.connect() as connection:
        found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def is_current() -> bool:
    """Say whether the database has the newest revision. Needs the app's context."""
    newest = newest_revision()
    return newest is not None and revision_in_database() == newest


def prepare(app: Flask) -> None:
    """Let Flask-Migrate know `app`, so that its commands work on our one history."""
    from flask_migrate import Migrate

    Migrate(app, db, directory=str(FOLDER), render_as_batch=True, compare_type=True)


def beside(address: str) -> str | None:
    """Return the address of a new SQLite file beside the one at `address`; None for another database.

    What an interrupted attempt left there is removed.
    """
    if not address.startswith("sqlite:///"):
        return None
    draft = Path(address.removeprefix("sqlite:///") + ".draft")
    for leftover in draft.parent.glob(f"{draft.name}*"):
        leftover.unlink()
    return f"sqlite:///{draft}"


def hurry(app: Flask) -> None:
    """Let `app` write its SQLite draft without waiting for the disk: a draft that is lost is made again."""

    def on_connect(connection: Any, _record: object) -> None:
        connection.execute("PRAGMA synchronous=OFF")

    with app.app_context():
        event.listen(db.engine, "connect", on_connect)


def take_place(new: Flask, old: Flask) -> None:
    """Put the finished SQLite file of `new` in the place of that of `old`; nobody may have them open."""
    files = []
    for app in (new, old):
        with app.app_context():
            files.append(Path(db.engine.url.database or ""))
            db.engine.dispose()
    with files[0].open("rb+") as finished:
        os.fsync(finished.fileno())
    files[0].replace(files[1])
