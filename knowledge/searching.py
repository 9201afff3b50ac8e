"""Finding articles: search, browsing by category, and what is suggested for a text."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from knowledge.core.features import words
from knowledge.core.index import MEASURED_WORDS, Hit
from knowledge.core.languages import best_language
from knowledge.library import Library, Published, library_for
from knowledge.texts import texts_of
from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission

CANDIDATES = 60  # documents looked at per search, whatever matches
MOST_FOUND, MOST_SUGGESTED = 50, 3
# A hit in the reader's own language wins over an equal one in another.
OWN_LANGUAGE = 1.15
# What scores less than this share of the best only has a syllable in common with what was asked.
NEAR_ENOUGH = 0.15
# Suggested is only what shares this much with the text (see docs/knowledge.md for how it was chosen).
LEAST_SHARE, LEAST_SHARE_OF_LETTER, LEAST_SCORE = 0.17, 0.22, 14.0
LEAST_SHARE_FOR_AGENTS = 0.1


@dataclass(frozen=True, slots=True)
class Found:
    """An article that was found, in the language it is shown in; `share`: how much of the text it matches."""

    article: Published
    languages: tuple[str, ...]
    score: float
    share: float


@dataclass(frozen=True, slots=True)
class Suggested:
    """An article beside a text that is being written, with what it says to do (Markdown)."""

    article: Published
    body: str
    share: float


def find(viewer: Actor, text: str, *, language: str, category_id: int | None = None) -> list[Found]:
    """Return the articles that match `text`, best first, at most MOST_FOUND, for a reader of `language`."""
    library = library_for(viewer)
    if library is None:
        return []
    best: dict[int, tuple[float, Hit]] = {}
    for hit in library.index.search(text, most=CANDIDATES if category_id is None else library.index.size):
        place = library.places[hit.place]
        if category_id is not None and place.category_id != category_id:
            continue
        score = hit.score * (OWN_LANGUAGE if place.language == language else 1)
        if score > best.get(place.article_id, (0.0, hit))[0]:
            best[place.article_id] = (score, hit)
    highest = max((score for score, _hit in best.values()), default=0.0)
    near = [item for item in best.items() if item[1][0] >= highest * NEAR_ENOUGH]
    order = sorted(near, key=lambda item: (-item[1][0], item[0]))
    return [_found(library, *one, language=language) for one in order[:MOST_FOUND]]


def _found(library: Library, article_id: int, scored: tuple[float, Hit], *, language: str) -> Found:
    score, hit = scored
    versions = library.articles[article_id]
    shown = best_language(versions, (language, library.places[hit.place].language)) or ""
    return Found(versions[shown], tuple(sorted(versions)), score, hit.share)


def suggest(
    viewer: Actor, text: str, *, language: str, without: Collection[int] = (), most: int = MOST_SUGGESTED
) -> list[Suggested]:
    """Return up to `most` articles that may answer `text`, none of `without`; none where none is likely."""
    least_share, least_score = _least(viewer, text)
    likely = [
        found
        for found in find(viewer, text, language=language)
        if found.share >= least_share and found.score >= least_score
    ]
    return _with_bodies([found for found in likely if found.article.article_id not in without][:most])


def _least(viewer: Actor, text: str) -> tuple[float, float]:
    """Return the share and the score that a suggestion needs; agents judge for themselves what fits."""
    if viewer.has(Permission.ARTICLE_SEE_INTERNAL):
        return LEAST_SHARE_FOR_AGENTS, 0.0
    is_letter = len(set(words(text))) > MEASURED_WORDS
    return LEAST_SHARE_OF_LETTER if is_letter else LEAST_SHARE, LEAST_SCORE


def look_up(viewer: Actor, text: str, *, language: str, most: int) -> list[Suggested]:
    """Return what fits the words best, with what it says to do: a search whose results are read in place."""
    return _with_bodies(find(viewer, text, language=language)[:most])


def _with_bodies(likely: Sequence[Found]) -> list[Suggested]:
    bodies = texts_of([_key(found.article) for found in likely])
    return [
        Suggested(found.article, bodies[_key(found.article)].body, found.share)
        for found in likely
        if _key(found.article) in bodies
    ]


def _key(article: Published) -> tuple[int, str, int]:
    return (article.article_id, article.language, article.number)


def shelf(viewer: Actor, *, language: str, category_id: int | None = None) -> list[Found]:
    """Return what there is to read, newest publication first, at most MOST_FOUND; of a category if named."""
    library = library_for(viewer)
    if library is None:
        return []
    chosen = [
        (article_id, versions)
        for article_id, versions in library.articles.items()
        if category_id is None or next(iter(versions.values())).category_id == category_id
    ]
    shown = [(versions[best_language(versions, (language,)) or ""], versions) for _id, versions in chosen]
    shown.sort(key=lambda pair: (-_moment(pair[0]), pair[0].article_id))
    return [Found(article, tuple(sorted(versions)), 0.0, 0.0) for article, versions in shown[:MOST_FOUND]]


def _moment(article: Published) -> float:
    return article.published_at.timestamp() if article.published_at else 0.0


def counts_by_category(viewer: Actor) -> Mapping[int | None, int]:
    """Return how many articles of each category the viewer may read."""
    library = library_for(viewer)
    counts: dict[int | None, int] = {}
    for versions in library.articles.values() if library else ():
        category_id = next(iter(versions.values())).category_id
        counts[category_id] = counts.get(category_id, 0) + 1
    return counts


def readable(viewer: Actor, keys: Sequence[tuple[int, str, int]]) -> list[Published]:
    """Return those of `keys` (id, language, revision) that the viewer may find just now."""
    library = library_for(viewer)
    if library is None:
        return []
    versions = [library.articles.get(article_id, {}).get(language) for article_id, language, _number in keys]
    return [found for found in versions if found is not None]
