"""What knowledge has to verify: articles, languages, revisions and uses against their logs."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Table

from knowledge.events import ARTICLE
from knowledge.models import Article, ArticleLanguage, ArticleRevision, ArticleUse
from servicedesk.kernel.chain import LoggedEvent
from servicedesk.kernel.differences import Difference, compared
from servicedesk.kernel.folding import fold_text
from servicedesk.kernel.stored_rows import Row
from servicedesk.kernel.verification import Checker, IdColumn, Portion
from servicedesk.tickets.events import STREAM

ARTICLES, LANGUAGES, REVISIONS, USES = (
    cast(Table, model.__table__) for model in (Article, ArticleLanguage, ArticleRevision, ArticleUse)
)
FOLDED_LENGTH = 320
FILING = ("category_id", "visibility", "owner_id")
_OUTCOMES = {
    "suggestion_shown": "shown",
    "suggestion_solved": "solved",
    "suggestion_rejected": "rejected",
}


class _Rebuilt:
    """The rows of one article, told by its log."""

    def __init__(self, article_id: int, texts: Mapping[int, Mapping[str, Any]]) -> None:
        self.id, self.texts = article_id, texts
        self.article: Row = {}
        self.languages: dict[str, Row] = {}
        self.revisions: list[Row] = []
        self.saves: list[str] = []

    def tell(self, event: LoggedEvent) -> None:
        """Take one event into account; what knowledge does not know of changes nothing."""
        told: Mapping[str, Any] = event.body
        if event.type == "article_begun":
            self._begin(event, told)
        elif event.type == "article_revised":
            self._revise(event, told)
        elif event.type == "article_filed":
            self.article |= {name: told.get(name) for name in FILING}
        elif event.type == "article_published":
            for language, number in told.get("numbers", {}).items():
                self.languages.get(language, {})["published"] = number
            self.article |= {"state": "published", "published_at": event.at}
        elif event.type == "article_retired":
            self.article["state"] = "retired"
        if event.type.startswith("article_"):
            self.article["changed_at"] = event.received_at
            self.saves.append(f"{event.command_id}:{_command_of(event.type)}")

    def row(self) -> Row:
        """Return the article's row; each command that changed it counts one version."""
        versions = len(dict.fromkeys(self.saves))
        return self.article | {"row_version": versions}

    def _begin(self, event: LoggedEvent, told: Mapping[str, Any]) -> None:
        self.article = {"id": self.id, "state": "draft", "created_at": event.received_at} | {
            name: told.get(name) for name in FILING
        }
        self.article["published_at"] = None

    def _revise(self, event: LoggedEvent, told: Mapping[str, Any]) -> None:
        language, number, sense = told.get("language"), told.get("number"), told.get("sense")
        title = str(self.texts.get(event.seq, {}).get("title", ""))
        key = {"article_id": self.id, "language": language}
        published = self.languages.get(str(language), {}).get("published")
        self.languages[str(language)] = key | {
            "newest": number,
            "sense": sense,
            "published": published,
            "title": title,
            "title_folded": fold_text(title)[:FOLDED_LENGTH],
        }
        self.revisions.append(
            key
            | {
                "number": number,
                "seq": event.seq,
                "sense": sense,
                "author_id": event.actor.id,
                "made_at": event.received_at,
            }
        )


def _command_of(event_type: str) -> str:
    """Return which command an event is of: beginning an article writes its first revisions too."""
    return "article_revised" if event_type == "article_begun" else event_type


def check_articles(portion: Portion) -> Iterator[Difference]:
    """Yield where articles differ from what their logs tell."""
    rebuilt = []
    for article_id, log in portion.events.items():
        found = _Rebuilt(article_id, portion.texts.get(article_id, {}))
        for event in log:
            found.tell(event)
        rebuilt.append(found)
    yield from compared(
        "article",
        ["id"],
        stored=portion.rows(ARTICLES, ARTICLES.c.id),
        rebuilt=[found.row() for found in rebuilt if found.article],
    )
    yield from compared(
        "article_language",
        ["article_id", "language"],
        stored=portion.rows(LANGUAGES, LANGUAGES.c.article_id),
        rebuilt=[row for found in rebuilt for row in found.languages.values()],
    )
    yield from compared(
        "article_revision",
        ["article_id", "language", "number"],
        stored=portion.rows(REVISIONS, REVISIONS.c.article_id),
        rebuilt=[row for found in rebuilt for row in found.revisions],
    )
    yield from check_uses(portion)


def check_uses(portion: Portion) -> Iterator[Difference]:
    """Yield where the uses of articles differ from what the logs of articles or tickets tell."""
    stored = portion.rows(USES, USES.c.stream_id, USES.c.stream_kind == portion.kind)
    rebuilt = [row for log in portion.events.values() for event in log for row in _uses(event)]
    key = ["stream_kind", "stream_id", "seq", "article_id"]
    yield from compared("article_use", key, stored=stored, rebuilt=rebuilt)


def _uses(event: LoggedEvent) -> Sequence[Row]:
    outcome = _OUTCOMES.get(event.type)
    if outcome is None:
        return ()
    told: Mapping[str, Any] = event.body
    of_article = event.stream.kind == ARTICLE
    usual = (
        event.stream.id if of_article else told.get("article_id"),
        told.get("language"),
        told.get("number"),
    )
    return [
        {
            "stream_kind": event.stream.kind,
            "stream_id": event.stream.id,
            "seq": event.seq,
            "article_id": article_id,
            "language": language,
            "number": number,
            "outcome": outcome,
            "door": told.get("door", "box" if outcome == "shown" else "ticket"),
            "by": told.get("by"),
            "suggestion": told.get("suggestion"),
            "person_id": event.actor.id,
            "at": event.at,
        }
        for article_id, language, number in told.get("articles", [usual])
    ]


CHECKER = Checker(
    "articles",
    ARTICLE,
    (
        IdColumn(Article.id),
        IdColumn(ArticleLanguage.article_id),
        IdColumn(ArticleRevision.article_id),
        IdColumn(ArticleUse.stream_id, ArticleUse.stream_kind == ARTICLE),
    ),
    check_articles,
)
TICKET_CHECKER = Checker(
    "articles on tickets",
    STREAM,
    (IdColumn(ArticleUse.stream_id, ArticleUse.stream_kind == STREAM),),
    check_uses,
)
