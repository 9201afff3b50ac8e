"""One desk for every journey; each person of a test has a window of their own, with its own cookies."""

import os
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser

from tests.support.browsing import Visitor
from tests.support.running_desk import RunningDesk, running_desk
from tests.support.several_hosts import desk_on_several_hosts


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDesk]:
    """The demo desk, running: one process of each kind, or two of each where SEVERAL_HOSTS_ON is set.

    SEVERAL_HOSTS_ON: the address of a PostgreSQL server that lets its role create databases.
    """
    folder, server = tmp_path_factory.mktemp("journey"), os.environ.get("SEVERAL_HOSTS_ON")
    with desk_on_several_hosts(folder, server) if server else running_desk(folder) as running:
        yield running


@pytest.fixture
def sit_down(desk: RunningDesk, browser: Browser) -> Iterator[Callable[..., Visitor]]:
    """`sit_down("agent")` returns a signed-in Visitor; further options are those of a browser's context."""
    seated: list[Visitor] = []

    def sit(role: str, *, language: str = "en", **window: object) -> Visitor:
        visitor = Visitor(browser, desk, **window)
        seated.append(visitor)
        return visitor.sign_in(role).speak(language)

    yield sit
    for visitor in seated:
        visitor.leave()


@pytest.fixture
def file_request(sit_down: Callable[..., Visitor]) -> Callable[[str], str]:
    """`file_request("The printer is jammed")` files it as the demo's customer and returns its number."""

    def file(text: str) -> str:
        page = sit_down("customer").page
        page.locator("#f-text").fill(text)
        page.locator("#ask .btn-main").click()
        page.wait_for_url("**/requests/SD-*")
        return page.url.rpartition("/")[2]

    return file
