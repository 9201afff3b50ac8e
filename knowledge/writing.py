"""Writing articles: beginning one, new revisions, and where it belongs. Agents draft; nothing shows by it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from knowledge.access import DRAFT, VISIBILITIES, article_for
from knowledge.core.languages import Change, LanguageState, next_sense
from knowledge.events import ARTICLE, ArticleBegun, ArticleFiled, ArticleRevised
from knowledge.models import FOLDED_LENGTH, TITLE_LENGTH, Article, ArticleLanguage, ArticleRevision
from knowledge.texts import ArticleText, newest_texts, writing_languages
from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission
from servicedesk.kernel import clock
from servicedesk.kernel.command import command, once, remember
from servicedesk.kernel.db import insert_rows, session
from servicedesk.kernel.errors import Invalid, NotAllowed
from servicedesk.kernel.folding import fold_text
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.refs import StreamRef
from servicedesk.kernel.save import begin_stream, publish
from servicedesk.kernel.state import configuration_changed
from servicedesk.tickets.catalogue import categories

TITLE_LIMIT, SYMPTOM_LIMIT, BODY_LIMIT = TITLE_LENGTH, 400, 20_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where an article belongs; `owner_id` None means whoever writes it."""

    category_id: int | None = None
    visibility: str = "customers"
    owner_id: int | None = None


def begin_article(
    actor: Actor, texts: Mapping[str, ArticleText], place: Place | None = None, *, key: str | None = None
) -> int:
    """Begin an article as a draft and return its id; `key` makes it safe to send twice."""
    payload = {"by": actor.id, "texts": {language: text.words for language, text in texts.items()}}
    return once(key, payload, lambda: _begin(actor, texts, place or Place(), key=key, payload=payload))


@command
def _begin(
    actor: Actor, texts: Mapping[str, ArticleText], place: Place, *, key: str | None, payload: object
) -> int:
    if not actor.has(Permission.ARTICLE_WRITE):
        raise NotAllowed("article.not_allowed", _("Your role does not allow this."))
    written = {language: text for language, text in texts.items() if not text.is_empty}
    if not written:
        raise Invalid("article.empty", _("Write the article in one language at least."), field="title_1")
    place, owner_id = _checked(place), place.owner_id or actor.id
    if owner_id is None:
        raise Invalid("article.owner", _("Somebody has to answer for the article."), field="owner_id")
    now = clock.now()
    article = Article(
        state=DRAFT,
        visibility=place.visibility,
        category_id=place.category_id,
        owner_id=owner_id,
        created_at=now,
        changed_at=now,
    )
    session().add(article)
    session().flush()
    remember(key, payload, article.id)
    begin_stream(StreamRef(ARTICLE, article.id))
    publish(
        ArticleBegun(
            stream_id=article.id,
            category_id=place.category_id,
            visibility=place.visibility,
            owner_id=owner_id,
        )
    )
    _revise(actor, article.id, written, {}, Change.SAME)
    return article.id


@command
def revise_article(
    actor: Actor,
    article_id: int,
    texts: Mapping[str, ArticleText],
    *,
    change: Change,
    expected_version: int | None = None,
) -> tuple[str, ...]:
    """Keep new revisions of the languages whose words differ; return those languages.

    Readers see them once they are published. Languages of one save share their sense.
    """
    article = article_for(actor, article_id, Permission.ARTICLE_WRITE, expected_version=expected_version)
    stored = newest_texts(article_id)
    changed = {
        language: text
        for language, text in texts.items()
        if text != stored.get(language) and not (text.is_empty and language not in stored)
    }
    if not changed:
        return ()
    rows = session().scalars(select(ArticleLanguage).where(ArticleLanguage.article_id == article_id))
    _revise(actor, article_id, changed, {row.language: row for row in rows}, change)
    _touch(article, clock.now())
    return tuple(changed)


@command
def file_article(actor: Actor, article_id: int, place: Place, *, expected_version: int | None = None) -> bool:
    """Change where an article belongs; say whether that changed anything. Once published, only leads may."""
    article = article_for(actor, article_id, Permission.ARTICLE_WRITE, expected_version=expected_version)
    place, owner_id = _checked(place), place.owner_id or article.owner_id
    wanted = (place.category_id, place.visibility, owner_id)
    if wanted == (article.category_id, article.visibility, article.owner_id):
        return False
    if article.state != DRAFT and not actor.has(Permission.ARTICLE_PUBLISH):
        raise NotAllowed(
            "article.not_allowed", _("Only somebody who may publish can change who reads this article.")
        )
    article.category_id, article.visibility, article.owner_id = wanted
    publish(
        ArticleFiled(
            stream_id=article_id,
            category_id=place.category_id,
            visibility=place.visibility,
            owner_id=owner_id,
        )
    )
    _touch(article, clock.now())
    configuration_changed()
    return True


def _touch(article: Article, now: datetime) -> None:
    article.row_version += 1
    article.changed_at = now


def _revise(
    actor: Actor,
    article_id: int,
    texts: Mapping[str, ArticleText],
    rows: Mapping[str, ArticleLanguage],
    change: Change,
) -> None:
    states = {
        row.language: LanguageState(row.language, row.newest, row.sense, row.published)
        for row in rows.values()
    }
    revisions = []
    for language, given in texts.items():
        text = _cleaned(language, given)
        row = rows.get(language) or ArticleLanguage(article_id=article_id, language=language)
        row.newest = states[language].newest + 1 if language in states else 1
        row.sense, row.title = next_sense(states, language, change), text.title
        row.title_folded = fold_text(text.title)[:FOLDED_LENGTH]
        session().add(row)
        revisions.append(_record_revision(actor, row, text))
    session().flush()
    insert_rows(ArticleRevision, revisions)


def _record_revision(actor: Actor, row: ArticleLanguage, text: ArticleText) -> dict[str, object]:
    """Publish the revision that `row` has become, and return its own row."""
    event = ArticleRevised(
        stream_id=row.article_id,
        language=row.language,
        number=row.newest,
        sense=row.sense,
        title=text.title,
        symptom=text.symptom,
        body=text.body,
    )
    logged = publish(event)
    return {
        "article_id": row.article_id,
        "language": row.language,
        "number": row.newest,
        "seq": logged.seq,
        "sense": row.sense,
        "author_id": actor.id,
        "made_at": logged.received_at,
    }


def _cleaned(language: str, text: ArticleText) -> ArticleText:
    """Return the text without outer blanks; raises Invalid for what cannot be kept."""
    if language not in writing_languages():
        raise Invalid("article.language", _("Choose a language from the list."), field="language")
    found = text.cleaned()
    if not found.title or not found.body:
        raise Invalid("article.incomplete", _("An article needs a title and a text."), field="title_1")
    for name, words, most in (
        ("title", found.title, TITLE_LIMIT),
        ("symptom", found.symptom, SYMPTOM_LIMIT),
        ("body", found.body, BODY_LIMIT),
    ):
        if len(words) > most:
            sentence = _(
                "Use at most %(most)d characters; these are %(length)d.", most=most, length=len(words)
            )
            raise Invalid("article.too_long", sentence, field=f"{name}_1")
    return found


def _checked(place: Place) -> Place:
    if place.visibility not in VISIBILITIES:
        raise Invalid("article.visibility", _("Choose who may read it."), field="visibility")
    if place.category_id is not None and place.category_id not in categories():
        raise Invalid("category.unknown", _("Choose a category from the list."), field="category")
    return place
