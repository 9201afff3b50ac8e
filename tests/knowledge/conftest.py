"""Who writes, publishes and reads articles in these tests."""

from collections.abc import Callable

import pytest

from servicedesk.identity.actor import Actor
from tests.knowledge.articles import make_article


@pytest.fixture
def agent(make_person: Callable[..., Actor]) -> Actor:
    return make_person("agent")


@pytest.fixture
def lead(make_person: Callable[..., Actor]) -> Actor:
    return make_person("lead")


@pytest.fixture
def customer(make_person: Callable[..., Actor]) -> Actor:
    return make_person("customer")


@pytest.fixture
def write(agent: Actor) -> Callable[..., int]:
    """`write({"en": VPN}, publish=False, visibility="agents")`: the agent begins it; returns the id."""
    return lambda texts=None, **place: make_article(texts, by=agent, **place)
