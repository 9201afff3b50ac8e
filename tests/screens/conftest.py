"""The demo desk in its pictures: who looks at it, in which window, language and theme."""

import shutil
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, StorageState

from tests.screens.lens import LANGUAGES, THEMES, WIDTHS, Lens, Shot
from tests.screens.places import PLACES, Place
from tests.support.browsing import Visitor
from tests.support.running_desk import ROOT, RunningDesk, running_desk

PICTURES = ROOT / "build" / "screens"
README_PICTURE = ROOT / "docs" / "pictures" / "queue.png"
MAIN = {"home", "requests", "request", "queue", "ticket", "report"}
OPPOSITE = (Lens("en", 1440, "light"), Lens("he", 390, "dark"))
ROLES = ("customer", "agent", "lead", "manager", "administrator")
english_left = pytest.StashKey[set[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--readme", action="store_true", help="write the picture of the README, too")
    parser.addoption("--sparing", action="store_true", help="look at lesser pages in two opposite ways only")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what --sparing does not look at: 40 pages in 8 ways take longer than all other tests."""
    if not config.getoption("--sparing"):
        return
    spared = [item for item in items if _is_spared(getattr(item, "callspec", None))]
    config.hook.pytest_deselected(items=spared)
    items[:] = [item for item in items if item not in spared]


def _is_spared(callspec: Any) -> bool:
    given = getattr(callspec, "params", {})
    if "place" not in given or "lens" not in given or given["place"].name in MAIN:
        return False
    return given["lens"] not in OPPOSITE


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDesk]:
    """A demo desk in which nobody does anything."""
    with running_desk(tmp_path_factory.mktemp("screens")) as running:
        yield running


@pytest.fixture(scope="session")
def signed_in(desk: RunningDesk, browser: Browser) -> dict[str, StorageState | None]:
    """The cookies of each role; none for nobody."""
    visitors = {role: Visitor(browser, desk).sign_in(role) for role in ROLES}
    states = {role: visitor.context.storage_state() for role, visitor in visitors.items()}
    for visitor in visitors.values():
        visitor.leave()
    return {"": None, **states}


@pytest.fixture(scope="session")
def pictures() -> Path:
    """A folder with the pictures of this run and no others."""
    shutil.rmtree(PICTURES, ignore_errors=True)
    PICTURES.mkdir(parents=True)
    return PICTURES


@pytest.fixture(params=[Lens(*each) for each in product(LANGUAGES, WIDTHS, THEMES)], ids=str)
def lens(request: pytest.FixtureRequest) -> Lens:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture(params=PLACES, ids=lambda place: place.name)
def place(request: pytest.FixtureRequest) -> Place:
    return request.param  # type: ignore[no-any-return]


class _Looker:
    """Goes to a page once in each language, and looks at it in every window and theme from there."""

    def __init__(
        self, desk: RunningDesk, browser: Browser, signed_in: dict[str, StorageState | None]
    ) -> None:
        self.desk, self.browser, self.signed_in = desk, browser, signed_in
        self.at: tuple[str, str] | None = None
        self.visitor: Visitor | None = None

    def __call__(self, place: Place, lens: Lens) -> Shot:
        wanted = (place.name, lens.language)
        if self.visitor is None or self.at != wanted:
            self.leave()
            self.visitor = self._go(place, lens)
            self.at = wanted
        lens.look_through(self.visitor.page)
        return Shot(f"{place.name}-{lens}", lens.language, self.visitor)

    def _go(self, place: Place, lens: Lens) -> Visitor:
        visitor = Visitor(self.browser, self.desk, storage_state=self.signed_in[place.role], **lens.window())
        visitor.page.goto("/sign-in")  # or where somebody who is signed in begins
        visitor.speak(lens.language)
        place.go(visitor.page)
        return visitor

    def leave(self) -> None:
        if self.visitor is not None:
            self.visitor.leave()
            self.visitor = self.at = None


@pytest.fixture(scope="session")
def look(
    desk: RunningDesk, browser: Browser, signed_in: dict[str, StorageState | None]
) -> Iterator[Callable[[Place, Lens], Shot]]:
    """`look(place, lens)` returns a page as one kind of reader sees it."""
    looker = _Looker(desk, browser, signed_in)
    yield looker
    looker.leave()


@pytest.fixture
def readme_picture(request: pytest.FixtureRequest, pictures: Path) -> Path:
    """Where the picture of the README goes: into docs/ only where that is asked for."""
    path = README_PICTURE if request.config.getoption("--readme", default=False) else pictures / "readme.png"
    path.parent.mkdir(exist_ok=True)
    return path


@pytest.fixture
def note_english(request: pytest.FixtureRequest):
    """`note_english(shot, sentences)` keeps them for the summary: a warning, not a failure."""
    kept = request.config.stash.setdefault(english_left, set())
    return lambda shot, sentences: kept.update(f"{shot.name}: {sentence}" for sentence in sentences)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for line in sorted(config.stash.get(english_left, set())):
        terminalreporter.write_line(f"not translated? {line}", yellow=True)
