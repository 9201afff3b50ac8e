"""What revisions say: reading their words from beside the log, and the languages articles are written in."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import and_, select, tuple_

from knowledge.events import ARTICLE
from knowledge.models import ArticleLanguage, ArticleRevision
from servicedesk.kernel import i18n
from servicedesk.kernel.db import AnySelect, session
from servicedesk.kernel.event_log import ErasableText
from servicedesk.kernel.state import cached_by_revision
from servicedesk.tickets.catalogue import items

# (article id, language, number): a revision never changes.
RevisionKey = tuple[int, str, int]


@dataclass(frozen=True, slots=True)
class ArticleText:
    """An article in one language: what it is called, what people notice, what to do (Markdown)."""

    title: str
    symptom: str
    body: str

    @property
    def is_empty(self) -> bool:
        """Say whether nothing is written."""
        return not (self.title.strip() or self.symptom.strip() or self.body.strip())

    @property
    def words(self) -> dict[str, str]:
        """Return the three parts by name."""
        return {"title": self.title, "symptom": self.symptom, "body": self.body}

    def cleaned(self) -> "ArticleText":
        """Return the text without outer blanks and control characters, title and symptom on one line."""
        title, symptom = (" ".join(part.replace("\x00", "").split()) for part in (self.title, self.symptom))
        body = self.body.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").strip()
        return ArticleText(title, symptom, body)


@cached_by_revision
def writing_languages() -> tuple[str, ...]:
    """Return the languages an article may have: the desk's own, then those of the catalogue."""
    known = {language for item in items().values() for language in item.texts}
    return (*i18n.languages(), *sorted(known - set(i18n.languages())))


def texts_of(keys: Collection[RevisionKey]) -> dict[RevisionKey, ArticleText]:
    """Return what revisions say, with one statement; erased ones are left out."""
    if not keys:
        return {}
    columns = (ArticleRevision.article_id, ArticleRevision.language, ArticleRevision.number)
    query = _with_text(select(*columns, ErasableText.body)).where(tuple_(*columns).in_(sorted(keys)))
    return {(row[0], row[1], row[2]): _text(row[3]) for row in session().execute(query) if row[3]}


def newest_texts(article_id: int) -> dict[str, ArticleText]:
    """Return what the newest revision of each language says."""
    query = _with_text(select(ArticleRevision.language, ErasableText.body)).join(
        ArticleLanguage,
        and_(
            ArticleLanguage.article_id == ArticleRevision.article_id,
            ArticleLanguage.language == ArticleRevision.language,
            ArticleLanguage.newest == ArticleRevision.number,
        ),
    )
    rows = session().execute(query.where(ArticleRevision.article_id == article_id))
    return {language: _text(body) for language, body in rows if body}


def _with_text(query: AnySelect) -> AnySelect:
    return query.select_from(ArticleRevision).join(
        ErasableText,
        and_(
            ErasableText.stream_kind == ARTICLE,
            ErasableText.stream_id == ArticleRevision.article_id,
            ErasableText.seq == ArticleRevision.seq,
        ),
    )


def _text(body: str) -> ArticleText:
    said: Mapping[str, str] = json.loads(body)
    return ArticleText(said.get("title", ""), said.get("symptom", ""), said.get("body", ""))
