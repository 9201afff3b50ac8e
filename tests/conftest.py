"""What every test may ask for: a desk on a fresh database, clients, makers, a clock, a statement counter.

Tests that say `app` (or anything built on it) stand in its application context, so commands and queries can
be called directly; a client's requests run in contexts of their own.
"""

import gc
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import cache
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from argon2 import PasswordHasher
from flask import Flask
from hypothesis import HealthCheck, settings
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.serving import make_server

from app import create_app
from servicedesk.identity import passwords
from servicedesk.identity.actor import Actor
from servicedesk.identity.sessions import begin_sign_in
from servicedesk.kernel.command import saving
from servicedesk.kernel.db import db
from servicedesk.kernel.settings import Settings, load
from tests.support import makers
from tests.support.client import DeskClient
from tests.support.counting import Statements
from tests.support.counting import count_statements as counting
from tests.support.databases import Databases, databases, fill, use
from tests.support.moments import StoppedClock

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# How fast a machine is says nothing about what is tested.
settings.register_profile("desk", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("desk")

SECRET = "a key for tests and nothing else, 32+"


class _CompiledTemplates(BytecodeCache):
    """Templates compiled once a run, however many apps use them."""

    kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key] = bucket.bytecode_to_string()


def settings_for(folder: Path, url: str, **given: object) -> Settings:
    """Return settings that no environment reaches; `given` replaces fields."""
    usual = load(
        {
            "DATA_DIR": str(folder),
            "SECRET_KEY": SECRET,
            "DEMO": "0",
            "BASE_URL": "http://localhost",
            # Most tests are not about waiting until a reply can no longer be taken back.
            "DESK_UNDO_SECONDS": "0",
        }
    )
    return replace(usual, **{"database_url": url} | given)


def _new_app(settings: Settings) -> Flask:
    app = create_app(settings)
    app.testing = True
    app.test_client_class = DeskClient
    app.jinja_env.bytecode_cache = _CompiledTemplates()
    return app


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what asks for a database, so that nothing else is run again on the other one."""
    for item in items:
        names = set(getattr(item, "fixturenames", ()))
        if names & {"_databases", "desk", "postgresql_url"} or _speaks_of_databases(item.path):
            item.add_marker("database")


@cache
def _speaks_of_databases(path: Path) -> bool:
    return re.search("DATABASE_URL|postgres", path.read_text("utf-8")) is not None


def pytest_collection_finish() -> None:
    """Let the garbage collector leave alone what is here to stay: it took a tenth of the run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(scope="session", autouse=True)
def _cheap_password_hashes() -> None:
    """Real hashes take 64 MiB and a tenth of a second each."""
    passwords.hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture(scope="session")
def _databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    found = databases(tmp_path_factory.mktemp("databases"))
    yield found
    found.close()


@pytest.fixture(scope="session")
def _shared_app(_databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    app = _new_app(settings_for(tmp_path_factory.mktemp("data"), _databases.url))
    fill(app)
    return app


@pytest.fixture
def app(_shared_app: Flask, _databases: Databases, tmp_path: Path) -> Iterator[Flask]:
    """A desk with an administrator, its groups and its catalogue, on a database of the test's own."""
    engine = _databases.fresh()
    use(_shared_app, engine)
    url = engine.url.render_as_string(hide_password=False)
    _shared_app.extensions["form_limiter"].storage.reset()
    _shared_app.config["SETTINGS"] = settings_for(tmp_path, url)
    with _shared_app.app_context():
        yield _shared_app
    _databases.let_go(engine)


@pytest.fixture
def make_app(app: Flask) -> Callable[..., Flask]:
    """Make another app on the test's database with other settings, or to add routes to."""

    def make(**given: object) -> Flask:
        settings: Settings = app.config["SETTINGS"]
        made = _new_app(replace(settings, **given))  # type: ignore[arg-type]
        use(made, db.engine)
        return made

    return make


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    """Chromium, for tests marked `browser`: one for all of them, for one thread cannot drive two."""
    from tests.support.browsing import chromium  # it loads Playwright, which other runs need not

    with chromium() as running:
        yield running


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """Where a browser finds the test's desk, which answers as long as the test runs."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def client(app: Flask) -> DeskClient:
    """A browser in which nobody is signed in."""
    found = app.test_client()
    assert isinstance(found, DeskClient)
    return found


@pytest.fixture
def sign_in_as(app: Flask) -> Callable[..., DeskClient]:
    """Return a new browser signed in as a person, or as a new one with this role: `sign_in_as("agent")`."""

    def sign_in(who: Actor | str = "customer", *, into: Flask | None = None, **person: object) -> DeskClient:
        actor = who if isinstance(who, Actor) else makers.make_person(who, **person)
        with saving(actor):
            token = begin_sign_in(actor.id or 0, address="127.0.0.1", user_agent="tests")
        browser = (into or app).test_client()
        assert isinstance(browser, DeskClient)
        browser.actor = actor
        with browser.session_transaction() as cookie:
            cookie["_user_id"] = token
        return browser

    return sign_in


@pytest.fixture
def make_person(app: Flask) -> Callable[..., Actor]:
    """`make_person(role="agent", organisation="Baker & Sons", group=…)` returns the actor."""
    return makers.make_person


@pytest.fixture
def make_organisation(app: Flask) -> Callable[..., int]:
    """`make_organisation("Baker & Sons", tier="gold")` returns the id."""
    return makers.make_organisation


@pytest.fixture
def make_group(app: Flask) -> Callable[..., object]:
    """`make_group(lead=…, members=[…])` returns the GroupRow."""
    return makers.make_group


@pytest.fixture
def make_ticket(app: Flask) -> Callable[..., object]:
    """`make_ticket(requester, priority=1, …)` files a ticket through the command and returns its row."""
    return makers.make_ticket


@pytest.fixture
def administrator(app: Flask) -> Actor:
    """Whoever may everything that a person may."""
    return makers.administrator()


@pytest.fixture
def clock() -> Iterator[StoppedClock]:
    """The desk's time, standing still on a Monday at 10:00 UTC: `clock.move(hours=2)`, `clock.set(…)`."""
    stopped = StoppedClock()
    yield stopped
    stopped.let_go()


@pytest.fixture
def count_statements() -> Callable[[], AbstractContextManager[Statements]]:
    """`with count_statements() as seen:` then `seen.count` and `seen.commits`."""
    return counting
