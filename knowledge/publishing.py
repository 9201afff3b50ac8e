"""Publishing and retiring: what readers see from now on."""

from sqlalchemy import select

from knowledge.access import PUBLISHED, RETIRED, article_for
from knowledge.events import ArticlePublished, ArticleRetired
from knowledge.models import ArticleLanguage
from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission
from servicedesk.kernel import clock
from servicedesk.kernel.command import command
from servicedesk.kernel.db import session
from servicedesk.kernel.errors import Refused
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.save import publish
from servicedesk.kernel.state import configuration_changed


@command
def publish_article(actor: Actor, article_id: int, *, expected_version: int | None = None) -> None:
    """Let readers see the newest revision of every language. Raises Refused where they already do."""
    article = article_for(actor, article_id, Permission.ARTICLE_PUBLISH, expected_version=expected_version)
    rows = session().scalars(
        select(ArticleLanguage)
        .where(ArticleLanguage.article_id == article_id)
        .order_by(ArticleLanguage.language)
    )
    numbers = {}
    for row in rows:
        if article.state != PUBLISHED or row.published != row.newest:
            numbers[row.language] = row.newest
            row.published = row.newest
    if not numbers:
        raise Refused("article.published", _("Readers already see the newest text."))
    now = clock.now()
    article.state, article.published_at, article.changed_at = PUBLISHED, now, now
    article.row_version += 1
    publish(ArticlePublished(stream_id=article_id, numbers=numbers))
    configuration_changed()


@command
def retire_article(actor: Actor, article_id: int, *, expected_version: int | None = None) -> None:
    """Take an article away from its readers; its history stays, and publishing brings it back."""
    article = article_for(actor, article_id, Permission.ARTICLE_PUBLISH, expected_version=expected_version)
    if article.state != PUBLISHED:
        raise Refused("article.not_published", _("Only a published article can be retired."))
    article.state, article.changed_at = RETIRED, clock.now()
    article.row_version += 1
    publish(ArticleRetired(stream_id=article_id))
    configuration_changed()
