"""What readers see, kept in this process by revision: published texts and the index over them."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, select

from knowledge.access import AGENTS, CUSTOMERS, PUBLISHED
from knowledge.core.index import Index
from knowledge.models import Article, ArticleLanguage
from knowledge.texts import ArticleText, texts_of
from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission
from servicedesk.kernel.db import session
from servicedesk.kernel.state import cached_by_revision
from servicedesk.tickets.catalogue import categories, items


@dataclass(frozen=True, slots=True)
class Published:
    """The published revision of an article in one language, without its body."""

    article_id: int
    language: str
    number: int
    title: str
    symptom: str
    category_id: int | None
    visibility: str
    published_at: datetime | None

    @property
    def state(self) -> str:
        """Everything here is published."""
        return PUBLISHED


@dataclass(frozen=True, slots=True)
class Library:
    """What one audience sees, by article and language; `places` are the documents of the index in order."""

    articles: Mapping[int, Mapping[str, Published]]
    places: Sequence[Published]
    index: Index


# Made anew only when what it holds has changed: a new colleague changes the revision too.
_made: dict[tuple[str, object], Library] = {}
_making = threading.Lock()


def library_for(viewer: Actor) -> Library | None:
    """Return what `viewer` may find; None for those who may read nothing."""
    if viewer.has(Permission.ARTICLE_SEE_INTERNAL):
        return _library(AGENTS)
    return _library(CUSTOMERS) if viewer.has(Permission.ARTICLE_SEE) else None


@cached_by_revision
def _library(audience: str) -> Library:
    """Read what `audience` sees. Each has an index of its own, so that nothing internal sways a score."""
    query = (
        select(
            *(Article.id, ArticleLanguage.language, ArticleLanguage.published),
            *(Article.category_id, Article.visibility, Article.published_at),
        )
        .join(ArticleLanguage, ArticleLanguage.article_id == Article.id)
        .where(and_(Article.state == PUBLISHED, ArticleLanguage.published.is_not(None)))
        .order_by(Article.id, ArticleLanguage.language)
    )
    if audience == CUSTOMERS:
        query = query.where(Article.visibility == CUSTOMERS)
    rows: tuple[tuple[Any, ...], ...] = tuple(tuple(row) for row in session().execute(query))
    phrases = {row[3]: _phrases(row[3]) for row in rows if row[3] is not None}
    contents = (str(session().get_bind().engine.url), rows, tuple(sorted(phrases.items())))
    with _making:
        made = _made.get((audience, contents))
        if made is None:
            for old in [key for key in _made if key[0] == audience]:
                del _made[old]
            made = _made[audience, contents] = _read(rows, phrases)
    return made


def _read(rows: Sequence[tuple[Any, ...]], phrases: Mapping[int, str]) -> Library:
    texts = texts_of([(row[0], row[1], row[2]) for row in rows])
    places, documents = [], []
    for row in rows:
        text = texts.get(row[:3])
        if text is None:
            continue
        places.append(Published(row[0], row[1], row[2], text.title, text.symptom, row[3], row[4], row[5]))
        documents.append(_document(text, phrases.get(row[3], "")))
    articles: dict[int, dict[str, Published]] = {}
    for published in places:
        articles.setdefault(published.article_id, {})[published.language] = published
    return Library(articles, places, Index(documents, [published.language for published in places]))


def _document(text: ArticleText, phrases: str) -> Mapping[str, str]:
    return {"title": text.title, "symptom": text.symptom, "body": text.body, "phrases": phrases}


def _phrases(category_id: int) -> str:
    """Return how people speak of a category, in every language: its names, and its items' examples."""
    category = categories().get(category_id)
    if category is None:
        return ""
    named = [category.name, *(name for _language, name in sorted(category.names.items()))]
    said = [
        phrase
        for item in items().values()
        if item.category_id == category_id
        for _language, text in sorted(item.texts.items())
        for phrase in (text.name, *text.examples)
    ]
    return "\n".join([*named, *said])
