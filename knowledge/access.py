"""Who may read and change articles: one permission function in two readings, and the scoped loader."""

from typing import Protocol

from sqlalchemy import ColumnElement, and_, false, select, true

from knowledge.events import ARTICLE
from knowledge.models import Article
from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission
from servicedesk.kernel.db import session
from servicedesk.kernel.errors import Conflict, NotAllowed, NotFound
from servicedesk.kernel.event_log import StreamHead
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.refs import StreamRef
from servicedesk.kernel.save import know_head

DRAFT, PUBLISHED, RETIRED = "draft", "published", "retired"
STATES = (DRAFT, PUBLISHED, RETIRED)
CUSTOMERS, AGENTS = "customers", "agents"
VISIBILITIES = (CUSTOMERS, AGENTS)


class ArticleFacts(Protocol):
    """What the permission function looks at."""

    @property
    def state(self) -> str: ...
    @property
    def visibility(self) -> str: ...


def may_read(viewer: Actor, article: ArticleFacts) -> bool:
    """Say whether `viewer` may read `article`: the Python reading of `visible_to`.

    Those who see what is internal see every state; everybody else what is published for customers.
    """
    if viewer.has(Permission.ARTICLE_SEE_INTERNAL):
        return True
    is_open = article.state == PUBLISHED and article.visibility == CUSTOMERS
    return is_open and viewer.has(Permission.ARTICLE_SEE)


def visible_to(viewer: Actor) -> ColumnElement[bool]:
    """Return the predicate over `article` that holds where `viewer` may read it."""
    if viewer.has(Permission.ARTICLE_SEE_INTERNAL):
        return true()
    if not viewer.has(Permission.ARTICLE_SEE):
        return false()
    return and_(Article.state == PUBLISHED, Article.visibility == CUSTOMERS)


def article_for(
    actor: Actor, article_id: int, permission: Permission, *, expected_version: int | None = None
) -> Article:
    """Return the article, locked for this save, if `actor` may read it and has `permission`.

    Raises NotFound, NotAllowed, or Conflict where somebody changed it after `expected_version` was shown.
    """
    query = (
        select(Article, StreamHead)
        .join(StreamHead, and_(StreamHead.kind == ARTICLE, StreamHead.id == Article.id))
        .where(Article.id == article_id, visible_to(actor))
        .with_for_update()
    )
    session().flush()
    row = session().execute(query, execution_options={"populate_existing": True}).one_or_none()
    if row is None:
        raise not_found()
    article, head = row
    if not actor.has(permission):
        raise NotAllowed("article.not_allowed", _("Your role does not allow this."))
    know_head(StreamRef(ARTICLE, article.id), head.last_seq, head.head_hash)
    if expected_version is not None and article.row_version != expected_version:
        raise Conflict(
            "article.changed_meanwhile",
            _(
                "Somebody changed this article while you were writing. Your text is kept below;"
                " look at theirs in the history, then save again."
            ),
            current_version=article.row_version,
        )
    return article


def not_found() -> NotFound:
    """Return the error for an article that is not there, or not for this viewer."""
    return NotFound("article.not_found", _("There is no such article, or it is not for you to read."))
