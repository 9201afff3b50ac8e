"""How well search and suggestions do, on questions whose article is known."""

import csv
import gzip
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from knowledge.core.index import Index
from knowledge.library import library_for
from knowledge.searching import find, suggest
from servicedesk.identity.actor import Actor
from servicedesk.kernel.errors import Invalid
from servicedesk.kernel.i18n import gettext as _

AMONG = 3
# Takes a question and its language, returns ids of articles, best first.
Searcher = Callable[[str, str], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Question:
    """A question; `articles`: ids or titles of what answers it, empty where nothing does."""

    text: str
    language: str
    articles: frozenset[str]


@dataclass(frozen=True, slots=True)
class Result:
    """What came of the questions of one language.

    first, among: how many had their article first, among the first three. suggested: how many of those had
    it suggested; wrongly: how many questions without an article got a suggestion, out of `without`.
    """

    language: str
    asked: int
    first: int
    among: int
    suggested: int
    without: int
    wrongly: int


def read_questions(path: Path) -> list[Question]:
    """Read a table with the columns query and article or article_id (several by blanks), language at will."""
    return [
        Question(
            row["query"],
            row.get("language") or "",
            frozenset(row["article_id"].split()) if "article_id" in row else _titled(row.get("article", "")),
        )
        for row in _rows(path, "query")
    ]


def _titled(article: str) -> frozenset[str]:
    return frozenset({article}) if article else frozenset()


def search_in_file(path: Path) -> Searcher:
    """Return a search over a table with the columns article_id, title, body (symptom at will)."""
    rows = _rows(path, "article_id")
    ids = [row["article_id"] for row in rows]
    index = Index(rows)
    return lambda text, _language: [ids[hit.place] for hit in index.search(text, most=AMONG)]


def search_on_desk(viewer: Actor) -> tuple[Searcher, Searcher, Mapping[str, str]]:
    """Return search and suggestions of this desk as `viewer` gets them, and the id of each title."""
    library = library_for(viewer)
    titles = {each.title: str(each.article_id) for each in library.places} if library else {}

    def searched(text: str, language: str) -> Sequence[str]:
        found = find(viewer, text, language=language or viewer.language)
        return [str(each.article.article_id) for each in found[:AMONG]]

    def suggested(text: str, language: str) -> Sequence[str]:
        found = suggest(viewer, text, language=language or viewer.language)
        return [str(each.article.article_id) for each in found]

    return searched, suggested, titles


def evaluate(
    questions: Sequence[Question],
    search: Searcher,
    suggestions: Searcher | None = None,
    titles: Mapping[str, str] | None = None,
) -> list[Result]:
    """Return the results by language, in the order in which languages first appear."""
    languages = dict.fromkeys(question.language for question in questions)
    return [
        _result(
            language, [each for each in questions if each.language == language], search, suggestions, titles
        )
        for language in languages
    ]


def _result(
    language: str,
    questions: Sequence[Question],
    search: Searcher,
    suggestions: Searcher | None,
    titles: Mapping[str, str] | None,
) -> Result:
    named = titles or {}
    first = among = suggested = wrongly = 0
    answered = [question for question in questions if question.articles]
    for question in answered:
        wanted = {named.get(article, article) for article in question.articles}
        found = search(question.text, language)
        first += bool(wanted & set(found[:1]))
        among += bool(wanted & set(found))
        suggested += bool(suggestions and wanted & set(suggestions(question.text, language)))
    others = [question for question in questions if not question.articles]
    for question in others:
        wrongly += bool(suggestions and suggestions(question.text, language))
    return Result(language, len(answered), first, among, suggested, len(others), wrongly)


def _rows(path: Path, needed: str) -> list[dict[str, str]]:
    raw = path.read_bytes()
    text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8-sig")
    reader = csv.DictReader(io.StringIO(text))
    if needed not in (reader.fieldnames or ()):
        sentence = _("The table %(name)s has no column “%(column)s”.", name=path.name, column=needed)
        raise Invalid("evaluation.column", sentence)
    return [{name: value or "" for name, value in row.items() if name} for row in reader]
