"""A desk with no more than a database and settings, on each of the two databases."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask_babel import Babel
from sqlalchemy import create_engine, text

from servicedesk.kernel import clock, db, settings
from servicedesk.kernel.db import Base, transaction
from servicedesk.kernel.state import ensure_state
from tests.calendars.places import almaty

POSTGRESQL = os.environ.get("DATABASE_URL", "").replace("postgresql:", "postgresql+psycopg:")


@pytest.fixture
def postgresql_url() -> Iterator[str]:
    """An empty schema of its own in the test server's database."""
    if not POSTGRESQL.startswith("postgresql"):
        pytest.skip("set DATABASE_URL to a PostgreSQL database")
    engine, schema = create_engine(POSTGRESQL), f"calendars_{uuid.uuid4().hex}"
    with engine.begin() as connection:
        connection.execute(text(f'CREATE SCHEMA "{schema}"'))
    yield f"{POSTGRESQL}{'&' if '?' in POSTGRESQL else '?'}options=-csearch_path%3D{schema}"
    with engine.begin() as connection:
        connection.execute(text(f'DROP SCHEMA "{schema}" CASCADE'))
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """An empty desk in Almaty on Friday, 20 November 2026, at 17:30."""
    on_sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path}/desk.db" if on_sqlite else request.getfixturevalue("postgresql_url")
    app = Flask(__name__)
    app.config["SETTINGS"] = settings.load({"DESK_ZONE": "Asia/Almaty"})
    Babel(app)
    db.init_app(app, url)
    with app.test_request_context(), clock.freeze(almaty("2026-11-20 17:30")):
        Base.metadata.create_all(db.db.engine)
        with transaction():
            ensure_state()
        yield app
        db.session().rollback()
        db.db.engine.dispose()
