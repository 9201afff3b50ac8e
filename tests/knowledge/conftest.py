"""Articles for tests: written by an agent, published by a lead."""

from collections.abc import Callable

import pytest

from knowledge.publishing import publish_article
from knowledge.texts import ArticleText
from knowledge.writing import Place, begin_article
from servicedesk.identity.actor import Actor
from servicedesk.tickets.catalogue import categories

VPN = ArticleText(
    "The VPN asks for a code that never comes",
    "The tunnel does not open, no code arrives on the phone",
    "1. Open the *authenticator*.\n2. Type the **six digits**.",
)
PRINTER = ArticleText(
    "The printer prints blank pages",
    "White sheets come out, the toner is full",
    "1. Take the drum out.\n2. Pull the orange strip.",
)
VPN_HE = ArticleText("ה-VPN מבקש קוד שלא מגיע", "המנהרה לא נפתחת", "1. פתחו את אפליקציית הקודים.")


@pytest.fixture
def agent(make_person: Callable[..., Actor]) -> Actor:
    return make_person("agent")


@pytest.fixture
def lead(make_person: Callable[..., Actor]) -> Actor:
    return make_person("lead")


@pytest.fixture
def customer(make_person: Callable[..., Actor]) -> Actor:
    return make_person("customer")


def category_id(key: str) -> int:
    return next(category.id for category in categories().values() if category.key == key)


@pytest.fixture
def write(agent: Actor, lead: Actor) -> Callable[..., int]:
    """`write({"en": VPN}, publish=False, visibility="agents")` returns the article's id."""

    def make(texts=None, *, publish: bool = True, category: str | None = None, **place: object) -> int:
        chosen = Place(category_id=category_id(category) if category else None, **place)  # type: ignore[arg-type]
        article_id = begin_article(agent, texts or {"en": VPN}, chosen)
        if publish:
            publish_article(lead, article_id)
        return article_id

    return make
