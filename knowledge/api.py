"""The API of articles: the same queries as the pages, so a customer's token finds what a customer finds."""

from typing import Any

from knowledge.core.rendering import rendered
from knowledge.queries import reading
from knowledge.schemas import ArticleListQuery, ArticleListSchema, ArticleQuery, ArticleSchema
from knowledge.searching import Found, find, shelf
from servicedesk.identity.actor import Actor
from servicedesk.identity.current import actor
from servicedesk.identity.permissions import Permission, permits
from servicedesk.kernel import api
from servicedesk.kernel.errors import Invalid
from servicedesk.kernel.i18n import gettext as _
from servicedesk.tickets.catalogue import categories

blueprint = api.ApiBlueprint("articles_api", __name__, url_prefix=api.PREFIX, description="Articles")


@blueprint.get("/articles")
@permits(Permission.ARTICLE_SEE, Permission.ARTICLE_SEE_INTERNAL)
@blueprint.arguments(ArticleListQuery, location="query")
@blueprint.response(200, ArticleListSchema)
def list_articles(query: dict[str, Any]) -> dict[str, Any]:
    """List or search the published articles that the caller may read."""
    who, text = actor(), query.get("q", "").strip()
    language, category_id = query.get("language") or who.language, _category_id(query.get("category"))
    if text:
        found = find(who, text, language=language, category_id=category_id)
    else:
        found = shelf(who, language=language, category_id=category_id)
    return {"articles": [_summary(each, searched=bool(text)) for each in found[: query["limit"]]]}


@blueprint.get("/articles/<int:article_id>")
@permits(Permission.ARTICLE_SEE, Permission.ARTICLE_SEE_INTERNAL)
@blueprint.arguments(ArticleQuery, location="query")
@blueprint.response(200, ArticleSchema)
def show_article(query: dict[str, Any], article_id: int) -> dict[str, Any]:
    """Show one article in one language."""
    who: Actor = actor()
    found = reading(who, article_id, language=who.language, asked=query.get("language", ""))
    article = found.article
    return {
        "id": article.id,
        "title": found.text.title,
        "symptom": found.text.symptom,
        "language": found.language,
        "languages": list(found.languages),
        "category": _category_key(article.category_id),
        "revision": found.number,
        "published_at": article.published_at,
        "state": article.state,
        "visibility": article.visibility,
        "body": found.text.body,
        "html": str(rendered(found.text.body)),
    }


def _category_id(key: str | None) -> int | None:
    if not key:
        return None
    for category in categories().values():
        if category.key == key:
            return category.id
    raise Invalid("category.unknown", _("Choose a category from the list."), field="category")


def _category_key(category_id: int | None) -> str | None:
    category = categories().get(category_id) if category_id is not None else None
    return category.key if category else None


def _summary(found: Found, *, searched: bool) -> dict[str, Any]:
    article = found.article
    return {
        "id": article.article_id,
        "title": article.title,
        "symptom": article.symptom,
        "language": article.language,
        "languages": list(found.languages),
        "category": _category_key(article.category_id),
        "revision": article.number,
        "published_at": article.published_at,
        "score": round(found.score, 3) if searched else None,
    }
