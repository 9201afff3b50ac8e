"""Articles for tests, written and published by the administrator where nobody else is named."""

from collections.abc import Mapping

from knowledge.publishing import publish_article
from knowledge.texts import ArticleText
from knowledge.writing import Place, begin_article
from servicedesk.identity.actor import Actor
from servicedesk.tickets.catalogue import categories
from tests.support.makers import administrator

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
# A customer may write the first word, but must never read the second.
ASKED, CANARY = "zanzibar", "marmaladecanary"
SECRET = ArticleText(
    f"Reset {ASKED} {CANARY}", f"{ASKED} is locked", f"The {CANARY} of {ASKED} lies in the safe."
)


def category_id(key: str) -> int:
    return next(category.id for category in categories().values() if category.key == key)


def make_article(
    texts: Mapping[str, ArticleText] | None = None,
    *,
    by: Actor | None = None,
    publish: bool = True,
    category: str | None = None,
    visibility: str = "customers",
) -> int:
    """Return the id of a new article: about the VPN, published for customers, unless told otherwise."""
    place = Place(category_id=category_id(category) if category else None, visibility=visibility)
    article_id = begin_article(by or administrator(), texts or {"en": VPN}, place)
    if publish:
        publish_article(administrator(), article_id)
    return article_id
