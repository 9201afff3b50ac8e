"""Articles that stand beside a text: while it is written, before it is sent, and on an open request."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from flask import url_for
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from knowledge.core.rendering import rendered
from knowledge.feedback import Shown
from knowledge.searching import Suggested, readable, suggest
from servicedesk.identity.actor import Actor
from servicedesk.kernel import i18n
from servicedesk.kernel.forms import KEY_FIELD

# What the box's form carries besides what a person writes.
SHOWN, WITHOUT, LOOK = "shown", "without", "look"
_CARRIED = frozenset({SHOWN, WITHOUT, LOOK, "language"})
MOST_WITHOUT = 20


@dataclass(frozen=True, slots=True)
class Answer:
    """An article as a card shows it, to be opened in place. `key` is what the form sends of it."""

    id: int
    key: str
    title: str
    symptom: str
    html: Markup
    language: str
    direction: str
    is_foreign: bool
    url: str


def answers_to(
    viewer: Actor, text: str, *, without: Collection[int] = (), request: str = ""
) -> Sequence[Answer]:
    """Return up to three articles that may answer `text`; `request` is the filed one that it is of."""
    language = i18n.current_language()
    found = suggest(viewer, text, language=language, without=without)
    return [_answer(each, language, request) for each in found]


def _answer(suggested: Suggested, page_language: str, request: str) -> Answer:
    article = suggested.article
    return Answer(
        id=article.article_id,
        key=f"{article.article_id}:{article.language}:{article.number}",
        title=article.title,
        symptom=article.symptom,
        html=rendered(suggested.body),
        language=article.language,
        direction=i18n.direction(article.language),
        is_foreign=article.language != page_language,
        url=url_for(
            "customer.article",
            article_id=article.article_id,
            language=article.language,
            request=request or None,
        ),
    )


def beside(viewer: Actor, sent: MultiDict[str, str]) -> Shown:
    """Return which articles the sent form stood beside, as far as the viewer may read them."""
    keys = [key for text in sent.getlist(SHOWN)[:3] if (key := _key_in(text)) is not None]
    found = readable(viewer, keys)
    shown = tuple((each.article_id, each.language, each.number) for each in found)
    return Shown(suggestion_in(sent), shown)


def suggestion_in(sent: MultiDict[str, str]) -> str | None:
    """Return what ties together everything that one text brought up: the key of its form."""
    return sent.get(KEY_FIELD) or None


def _key_in(text: str) -> tuple[int, str, int] | None:
    article_id, _colon, rest = text.partition(":")
    language, _colon, number = rest.partition(":")
    is_key = all(part.isascii() and part.isdigit() and len(part) < 10 for part in (article_id, number))
    return (int(article_id), language, int(number)) if is_key else None


def put_aside(sent: MultiDict[str, str]) -> frozenset[int]:
    """Return the articles that the writer of the form has said do not help."""
    texts = sent.getlist(WITHOUT)[:MOST_WITHOUT]
    return frozenset(int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 10)


def own_fields(sent: MultiDict[str, str]) -> MultiDict[str, str]:
    """Return what a person wrote into the form, without what stood beside it."""
    return MultiDict([(name, value) for name, value in sent.items(multi=True) if name not in _CARRIED])
