"""What people say of an article: it solved it, or it did not help; and what stood beside a sent request."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from knowledge.access import not_found
from knowledge.events import (
    ArticleRejected,
    ArticleSolved,
    SaidOfArticle,
    SaidOnRequest,
    SuggestionRejected,
    SuggestionShown,
    SuggestionSolved,
)
from knowledge.library import Published
from knowledge.models import ArticleUse
from knowledge.searching import readable
from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission
from servicedesk.kernel.chain import LoggedEvent
from servicedesk.kernel.command import command
from servicedesk.kernel.db import insert_rows
from servicedesk.kernel.save import Save, publish
from servicedesk.tickets.access import ticket_for
from servicedesk.tickets.progress import withdraw_ticket
from servicedesk.tickets.recording import record

# Where somebody says it: in the one box before sending, on the article's page, on a filed request.
BOX, PAGE, TICKET = "box", "page", "ticket"
SHOWN, SOLVED, REJECTED = "shown", "solved", "rejected"
CUSTOMER, AGENT = "customer", "agent"
MOST_SHOWN = 3
SUGGESTION_LENGTH = 64


@dataclass(frozen=True, slots=True)
class Shown:
    """What stands beside a text: the suggestion's id, and the articles (id, language, revision)."""

    suggestion: str | None
    articles: tuple[tuple[int, str, int], ...]
    by: str = CUSTOMER


_shown: ContextVar[Shown | None] = ContextVar("shown", default=None)


@contextmanager
def sending_beside(shown: Shown) -> Iterator[None]:
    """Let a request that is filed inside say which articles stood beside its text, in the same save.

    Nothing is written but rows of statements that the save makes anyway, and one for the uses.
    """
    token = _shown.set(shown)
    try:
        yield
    finally:
        _shown.reset(token)


def note_what_was_shown(save: Save) -> None:
    """Publish `suggestion_shown` on a request that this save opens (a hook inside the transaction)."""
    shown = _shown.get()
    opened = [event for event in save.published if event.type == "ticket_opened"]
    if shown is None or len(opened) != 1 or not shown.articles:
        return
    keys, suggestion = tuple(shown.articles[:MOST_SHOWN]), _short(shown.suggestion)
    event = SuggestionShown(stream_id=opened[0].stream.id, articles=keys, by=shown.by, suggestion=suggestion)
    logged = publish(event)
    rows = [_use(logged, key, outcome=SHOWN, door=BOX, suggestion=suggestion) for key in keys]
    insert_rows(ArticleUse, rows)


@command
def say_solved(
    actor: Actor, article_id: int, *, language: str, door: str, suggestion: str | None = None
) -> None:
    """Record that an article solved it for somebody who has filed nothing. Raises NotFound."""
    article = _read(actor, article_id, language)
    _say(ArticleSolved, SOLVED, actor, article, door=door, suggestion=suggestion)


@command
def say_rejected(
    actor: Actor, article_id: int, *, language: str, door: str, suggestion: str | None = None
) -> None:
    """Record that an article did not help. Raises NotFound."""
    article = _read(actor, article_id, language)
    _say(ArticleRejected, REJECTED, actor, article, door=door, suggestion=suggestion)


def _say(
    kind: type[SaidOfArticle],
    outcome: str,
    actor: Actor,
    article: Published,
    *,
    door: str,
    suggestion: str | None,
) -> None:
    event = kind(
        stream_id=article.article_id,
        language=article.language,
        number=article.number,
        door=door,
        by=_speaks_as(actor),
        suggestion=_short(suggestion),
    )
    _keep(publish(event), article, outcome=outcome, door=door, suggestion=suggestion)


@command
def solve_by_article(actor: Actor, ticket_id: int, article_id: int, *, language: str) -> None:
    """Record on a filed request that an article solved it, and withdraw it in the same save."""
    article = _read(actor, article_id, language)
    _say_on_request(SuggestionSolved, SOLVED, actor, ticket_id, article)
    withdraw_ticket(actor, ticket_id)


@command
def reject_for_ticket(actor: Actor, ticket_id: int, article_id: int, *, language: str) -> None:
    """Record on a filed request that an article does not help with it."""
    article = _read(actor, article_id, language)
    _say_on_request(SuggestionRejected, REJECTED, actor, ticket_id, article)


def _say_on_request(
    kind: type[SaidOnRequest], outcome: str, actor: Actor, ticket_id: int, article: Published
) -> None:
    ticket = ticket_for(actor, ticket_id, Permission.TICKET_WITHDRAW)
    event = kind(
        stream_id=ticket_id,
        article_id=article.article_id,
        language=article.language,
        number=article.number,
        by=_speaks_as(actor),
    )
    _keep(record(ticket, event), article, outcome=outcome, door=TICKET)


def _read(actor: Actor, article_id: int, language: str) -> Published:
    """Return the published text that is spoken of, if the actor may read it."""
    found: Sequence[Published] = readable(actor, [(article_id, language, 0)])
    if not found:
        raise not_found()
    return found[0]


def _keep(
    logged: LoggedEvent, article: Published, *, outcome: str, door: str, suggestion: str | None = None
) -> None:
    key = (article.article_id, article.language, article.number)
    insert_rows(ArticleUse, [_use(logged, key, outcome=outcome, door=door, suggestion=_short(suggestion))])


def _use(
    logged: LoggedEvent, key: tuple[int, str, int], *, outcome: str, door: str, suggestion: str | None
) -> dict[str, object]:
    return {
        "stream_kind": logged.stream.kind,
        "stream_id": logged.stream.id,
        "seq": logged.seq,
        "article_id": key[0],
        "language": key[1],
        "number": key[2],
        "outcome": outcome,
        "door": door,
        "by": logged.body["by"],
        "suggestion": suggestion,
        "person_id": logged.actor.id,
        "at": logged.at,
    }


def _speaks_as(actor: Actor) -> str:
    return AGENT if actor.has(Permission.ARTICLE_SEE_INTERNAL) else CUSTOMER


def _short(suggestion: str | None) -> str | None:
    return suggestion[:SUGGESTION_LENGTH] if suggestion else None
