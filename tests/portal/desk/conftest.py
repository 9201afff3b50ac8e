"""What tests of the agent's face share: agents in a team, and pages read as trees."""

from collections.abc import Callable

import pytest
from bs4 import BeautifulSoup

from servicedesk.identity.actor import Actor
from servicedesk.identity.directory import GroupRow, groups
from tests.support.client import DeskClient


@pytest.fixture
def network(app) -> GroupRow:
    """A team of the starting catalogue."""
    return next(group for group in groups().values() if group.key == "network")


@pytest.fixture
def dana(make_person, network) -> Actor:
    """An agent of the network team."""
    return make_person("agent", name="Dana Nurlan", group=network)


@pytest.fixture
def desk(sign_in_as, dana) -> DeskClient:
    """Dana's browser."""
    return sign_in_as(dana)


@pytest.fixture
def page() -> Callable[..., BeautifulSoup]:
    """`page(desk.get(url))` returns the answer as a tree, after making sure that it is one."""

    def read(answer, status: int = 200) -> BeautifulSoup:
        assert answer.status_code == status, answer.get_data(as_text=True)[:2000]
        return BeautifulSoup(answer.get_data(as_text=True), "html.parser")

    return read
