"""Reading articles: one to read, one to edit with its history, and the agents' list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from knowledge.access import PUBLISHED, not_found, visible_to
from knowledge.core.languages import (
    LanguageStanding,
    LanguageState,
    Standing,
    best_language,
    standings,
)
from knowledge.models import Article, ArticleLanguage, ArticleRevision
from knowledge.texts import ArticleText, newest_texts, texts_of
from servicedesk.identity.actor import Actor
from servicedesk.identity.models import Person
from servicedesk.kernel import i18n
from servicedesk.kernel.db import AnySelect, session
from servicedesk.kernel.folding import fold_text

PAGE = 50
HISTORY = 200


@dataclass(frozen=True, slots=True)
class ArticleRow:
    """An article with its languages as they stand; `title` is in the reader's language where there is one."""

    id: int
    state: str
    visibility: str
    category_id: int | None
    owner_id: int
    owner_name: str
    changed_at: datetime
    published_at: datetime | None
    row_version: int
    languages: Sequence[LanguageStanding] = ()
    titles: Mapping[str, str] = field(default_factory=dict)

    def title_in(self, language: str) -> str:
        """Return the newest title in `language`, else in English, else in any."""
        return self.titles.get(best_language(self.titles, (language,)) or "", "")


@dataclass(frozen=True, slots=True)
class Reading:
    """An article in one language, as somebody reads it; `is_draft`: it is not published in this language."""

    article: ArticleRow
    language: str
    number: int
    text: ArticleText
    languages: tuple[str, ...]
    is_draft: bool


@dataclass(frozen=True, slots=True)
class RevisionRow:
    """A revision in a history."""

    language: str
    number: int
    sense: int
    author_name: str | None
    made_at: datetime
    is_published: bool


@dataclass(frozen=True, slots=True)
class ListWanted:
    """Which articles of the agents' list: by state, by a language and how it stands, by words of titles."""

    state: str = ""
    language: str = ""
    standing: str = ""
    text: str = ""
    after: int | None = None


@dataclass(frozen=True, slots=True)
class ListPage:
    """A page of the agents' list; `next` is the id after which the following begins."""

    rows: Sequence[ArticleRow]
    next: int | None


def _select_rows() -> AnySelect:
    columns = (
        *(Article.id, Article.state, Article.visibility, Article.category_id, Article.owner_id),
        *(Person.name, Article.changed_at, Article.published_at, Article.row_version),
    )
    return select(*columns).join(Person, Person.id == Article.owner_id)


def article_row(viewer: Actor, article_id: int) -> ArticleRow:
    """Return one article; raises NotFound."""
    found = (
        session().execute(_select_rows().where(Article.id == article_id, visible_to(viewer))).one_or_none()
    )
    if found is None:
        raise not_found()
    return _with_languages([tuple(found)])[0]


def _with_languages(rows: Sequence[tuple[Any, ...]]) -> list[ArticleRow]:
    """Return the rows with their languages, read with one statement."""
    ids = [row[0] for row in rows]
    found = session().scalars(select(ArticleLanguage).where(ArticleLanguage.article_id.in_(ids)))
    by_article: dict[int, list[ArticleLanguage]] = {}
    for each in found if ids else ():
        by_article.setdefault(each.article_id, []).append(each)
    return [_row(row, by_article.get(row[0], [])) for row in rows]


def _row(row: Any, languages: Sequence[ArticleLanguage]) -> ArticleRow:
    states = {
        each.language: LanguageState(each.language, each.newest, each.sense, each.published)
        for each in languages
    }
    titles = {each.language: each.title for each in languages}
    standing = standings(states, i18n.languages())
    return replace(ArticleRow(*row), languages=standing, titles=titles)


def reading(viewer: Actor, article_id: int, *, language: str, asked: str = "") -> Reading:
    """Return an article to read: in the language `asked` for, else in the reader's. Raises NotFound.

    Those who see what is internal read the newest text of what was never published.
    """
    article = article_row(viewer, article_id)
    is_open = article.state == PUBLISHED
    numbers = {
        each.language: each.published if is_open else each.newest
        for each in article.languages
        if (each.published if is_open else each.newest) is not None
    }
    chosen = best_language(numbers, (asked, language))
    number = numbers.get(chosen or "")
    if chosen is None or number is None:
        raise not_found()
    text = texts_of([(article_id, chosen, number)]).get((article_id, chosen, number))
    if text is None:
        raise not_found()
    return Reading(article, chosen, number, text, tuple(sorted(numbers)), not is_open)


def article_texts(viewer: Actor, article_id: int) -> Mapping[str, ArticleText]:
    """Return the newest words of each language, for whoever may see the article; raises NotFound."""
    if session().scalar(select(Article.id).where(Article.id == article_id, visible_to(viewer))) is None:
        raise not_found()
    return newest_texts(article_id)


def history(viewer: Actor, article_id: int, language: str) -> Sequence[RevisionRow]:
    """Return the newest revisions of one language, the newest first; none for those who may not see it."""
    query = (
        select(
            *(ArticleRevision.language, ArticleRevision.number, ArticleRevision.sense, Person.name),
            *(ArticleRevision.made_at, func.coalesce(ArticleLanguage.published, 0)),
        )
        .join(Article, Article.id == ArticleRevision.article_id)
        .join(
            ArticleLanguage,
            and_(
                ArticleLanguage.article_id == ArticleRevision.article_id,
                ArticleLanguage.language == ArticleRevision.language,
            ),
        )
        .outerjoin(Person, Person.id == ArticleRevision.author_id)
        .where(ArticleRevision.article_id == article_id, ArticleRevision.language == language)
        .where(visible_to(viewer))
        .order_by(ArticleRevision.number.desc())
        .limit(HISTORY)
    )
    return [RevisionRow(*row[:5], is_published=row[1] == row[5]) for row in session().execute(query)]


def revision_texts(
    viewer: Actor, article_id: int, language: str, numbers: Sequence[int]
) -> Mapping[int, ArticleText]:
    """Return what revisions say, by number; raises NotFound for an article the viewer may not see."""
    if session().scalar(select(Article.id).where(Article.id == article_id, visible_to(viewer))) is None:
        raise not_found()
    found = texts_of([(article_id, language, number) for number in numbers])
    return {number: text for (_article, _language, number), text in found.items()}


def article_page(viewer: Actor, wanted: ListWanted) -> ListPage:
    """Return a page of the agents' list, the newest article first, with two statements."""
    query = _narrowed(_select_rows().where(visible_to(viewer)), wanted)
    if wanted.after is not None:
        query = query.where(Article.id < wanted.after)
    rows = [tuple(row) for row in session().execute(query.order_by(Article.id.desc()).limit(PAGE + 1))]
    shown = _with_languages(rows[:PAGE])
    return ListPage(shown, shown[-1].id if len(rows) > PAGE else None)


def _narrowed(query: AnySelect, wanted: ListWanted) -> AnySelect:
    if wanted.state:
        query = query.where(Article.state == wanted.state)
    own, other = aliased(ArticleLanguage), aliased(ArticleLanguage)
    if wanted.text:
        folded = fold_text(wanted.text)
        titled = own.title_folded.contains(folded, autoescape=True)
        query = query.where(exists().where(own.article_id == Article.id, titled))
    if not wanted.language:
        return query
    is_language = and_(own.article_id == Article.id, own.language == wanted.language)
    newer = exists().where(other.article_id == own.article_id, other.sense > own.sense).correlate(own)
    conditions = {
        Standing.MISSING: ~exists().where(is_language),
        Standing.OUTDATED: exists().where(is_language, newer),
        Standing.CURRENT: exists().where(is_language, ~newer),
        "unpublished": exists().where(is_language, or_(own.published.is_(None), own.published != own.newest)),
    }
    found = conditions.get(wanted.standing)
    return query.where(found if found is not None else exists().where(is_language))
