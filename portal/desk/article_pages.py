"""The agents' list of articles, the editor and the history, put together as templates draw them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for
from markupsafe import Markup

from knowledge.core.changes import Part, changes
from knowledge.core.languages import LanguageStanding, Standing
from knowledge.core.rendering import rendered
from knowledge.queries import (
    ArticleRow,
    ListPage,
    ListWanted,
    RevisionRow,
    article_row,
    article_texts,
    history,
    revision_texts,
)
from knowledge.texts import ArticleText, writing_languages
from portal.desk.article_forms import SIDES, ArticleForm
from portal.words import Moment, isolated, moment, words_of_page
from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission
from servicedesk.kernel import i18n
from servicedesk.kernel.errors import NotFound
from servicedesk.kernel.forms import Form, empty_form
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.i18n import lazy_gettext as _l
from servicedesk.tickets.catalogue import categories, category_path

STATE_NAMES = {"draft": _l("draft"), "published": _l("published"), "retired": _l("retired")}
STATE_COLOURS = {"draft": "due", "published": "met", "retired": "held"}
STANDING_NAMES = {
    "missing": _l("missing"),
    "outdated": _l("out of date"),
    "current": _l("up to date"),
    "unpublished": _l("not published"),
}
_COLOURS = {Standing.MISSING: "held", Standing.OUTDATED: "risk", Standing.CURRENT: "met"}
PARTS = (("title", _l("Title")), ("symptom", _l("What people notice")), ("body", _l("What to do")))


@dataclass(frozen=True, slots=True)
class LanguageChip:
    """How a language stands, in words and colour; `label` names the language too."""

    label: str
    words: str
    state: str


@dataclass(frozen=True, slots=True)
class ListLine:
    """An article in the agents' list."""

    url: str
    title: str
    state: str
    colour: str
    internal: bool
    category: str
    owner: str
    changed: Moment
    languages: Sequence[LanguageChip]


@dataclass(frozen=True, slots=True)
class Side:
    """One language of the editor: its fields, how it stands, and its preview where one was asked for."""

    number: int
    language: str
    name: str
    direction: str
    chip: LanguageChip | None
    rows: Sequence[Mapping[str, Any]]
    preview: Markup | None
    history_url: str


@dataclass(frozen=True, slots=True)
class Editor:
    """The form of an article; `id` None: it is new."""

    id: int | None
    form: Form
    action: str
    state: str
    colour: str
    sides: Sequence[Side]
    languages: Sequence[tuple[str, str]]
    chips: Sequence[LanguageChip]
    rows: Sequence[Mapping[str, Any]]
    read_url: str
    may_publish: bool
    may_retire: bool


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """A revision in the history."""

    number: int
    url: str
    author: str
    made: Moment
    is_published: bool
    is_shown: bool


@dataclass(frozen=True, slots=True)
class History:
    """The revisions of one language, and what one of them changed."""

    title: str
    back: str
    name: str
    lines: Sequence[HistoryLine]
    number: int
    differences: Sequence[tuple[str, Sequence[Part]]]


def list_lines(page: ListPage) -> Sequence[ListLine]:
    """Return the rows of a page of the list."""
    language = i18n.current_language()
    return [
        ListLine(
            url=url_for("desk.article", article_id=row.id),
            title=row.title_in(language) or str(_("(without words)")),
            state=str(STATE_NAMES[row.state]),
            colour=STATE_COLOURS[row.state],
            internal=row.visibility == "agents",
            category=category_path(row.category_id, language),
            owner=row.owner_name,
            changed=moment(row.changed_at),
            languages=[language_chip(each) for each in row.languages],
        )
        for row in page.rows
    ]


def language_chip(standing: LanguageStanding) -> LanguageChip:
    """Return how a language stands."""
    words, state = STANDING_NAMES[standing.standing.value], _COLOURS[standing.standing]
    if standing.standing is Standing.CURRENT and standing.is_unpublished:
        words, state = STANDING_NAMES["unpublished"], "due"
    name = words_of_page(f"{isolated(i18n.own_name(standing.language))}: {words}")
    return LanguageChip(name, str(words), state)


def filters(wanted: ListWanted) -> Sequence[tuple[str, str, Sequence[tuple[str, str]], str]]:
    """Return the selects of the list: name, label, options, value."""
    states = [("", str(_("any"))), *((key, str(name)) for key, name in STATE_NAMES.items())]
    languages = [("", str(_("any"))), *((each, i18n.own_name(each)) for each in writing_languages())]
    standings = [("", str(_("any"))), *((key, str(name)) for key, name in STANDING_NAMES.items())]
    return (
        ("state", str(_("State")), states, wanted.state),
        ("language", str(_("Language")), languages, wanted.language),
        ("standing", str(_("Translation")), standings, wanted.standing),
    )


def chosen_languages(viewer: Actor, left: str, right: str) -> tuple[str, str]:
    """Return the two languages to show: those asked for, else the reader's and the next one."""
    known = writing_languages()
    first = left if left in known else viewer.language if viewer.language in known else known[0]
    others = [language for language in known if language != first]
    return first, right if right in others else others[0]


def editor(
    viewer: Actor, article_id: int | None, languages: tuple[str, str], form: Form | None = None
) -> Editor:
    """Return the editor: with what is stored, or with what was typed (`form`). Raises NotFound."""
    row = article_row(viewer, article_id) if article_id is not None else None
    texts = article_texts(viewer, article_id) if article_id is not None else {}
    if form is None:
        form = empty_form(
            ArticleForm,
            row_version=row.row_version if row else None,
            category=_category_key(row),
            visibility=row.visibility if row else "customers",
            change=_usual_change(row, languages),
            **_values(texts, languages),
        )
    state = row.state if row else "draft"
    return Editor(
        id=article_id,
        form=form,
        action=url_for("desk.article", article_id=article_id) if row else url_for("desk.new_article"),
        state=str(STATE_NAMES[state]),
        colour=STATE_COLOURS[state],
        sides=[_side(form, row, side, languages[side - 1]) for side in SIDES],
        languages=[(each, i18n.own_name(each)) for each in writing_languages()],
        chips=[language_chip(each) for each in row.languages] if row else (),
        rows=_place_rows(form, is_new=row is None),
        read_url=url_for("customer.article", article_id=article_id) if row else "",
        may_publish=viewer.has(Permission.ARTICLE_PUBLISH),
        may_retire=viewer.has(Permission.ARTICLE_PUBLISH) and state == "published",
    )


def _category_key(row: ArticleRow | None) -> str:
    category = categories().get(row.category_id) if row and row.category_id is not None else None
    return category.key if category else ""


def _usual_change(row: ArticleRow | None, languages: tuple[str, str]) -> str:
    """Return what an edit of these languages mostly is: one that lags behind is brought up to date."""
    standings = {each.language: each.standing for each in row.languages} if row else {}
    lags = any(standings.get(language) is not Standing.CURRENT for language in languages)
    return "same" if lags else "meaning"


def _values(texts: Mapping[str, ArticleText], languages: tuple[str, str]) -> dict[str, str]:
    found = {}
    for side, language in zip(SIDES, languages, strict=True):
        for name, words in (texts.get(language) or ArticleText("", "", "")).words.items():
            found[f"{name}_{side}"] = words
    return found


def _side(form: Form, row: ArticleRow | None, side: int, language: str) -> Side:
    standing = next((each for each in row.languages if each.language == language), None) if row else None
    asked = form.values.get("do") == "preview"
    body = str(form.values.get(f"body_{side}", ""))
    has_history = row is not None and standing is not None and standing.newest is not None
    return Side(
        number=side,
        language=language,
        name=i18n.own_name(language),
        direction=i18n.direction(language),
        chip=language_chip(standing) if standing else None,
        rows=[form.row(f"{name}_{side}") for name, _label in PARTS],
        preview=rendered(body) if asked and body.strip() else None,
        history_url=(
            url_for("desk.article_history", article_id=row.id, language=language)
            if row is not None and has_history
            else ""
        ),
    )


def _place_rows(form: Form, *, is_new: bool) -> Sequence[Mapping[str, Any]]:
    language = i18n.current_language()
    options = [
        ("", str(_("none"))),
        *((row.key, category_path(row.id, language)) for row in categories().values()),
    ]
    rows = [form.row("category", options=options), form.row("visibility")]
    return rows if is_new else [*rows, form.row("change")]


def history_page(viewer: Actor, article_id: int, language: str, number: int | None) -> History:
    """Return the history of one language with what revision `number` (None: the newest) changed."""
    row = article_row(viewer, article_id)
    revisions = history(viewer, article_id, language)
    numbers = [revision.number for revision in revisions]
    if not numbers or (number is not None and number not in numbers):
        raise NotFound("article.no_revision", _("There is no such revision."))
    shown = number if number is not None else numbers[0]
    texts = revision_texts(viewer, article_id, language, [shown, shown - 1])
    empty = ArticleText("", "", "")
    after, before = texts.get(shown, empty).words, texts.get(shown - 1, empty).words
    return History(
        title=row.title_in(i18n.current_language()),
        back=url_for("desk.article", article_id=article_id, left=language),
        name=i18n.own_name(language),
        lines=[_history_line(article_id, revision, shown) for revision in revisions],
        number=shown,
        differences=[(str(label), changes(before[name], after[name])) for name, label in PARTS],
    )


def _history_line(article_id: int, revision: RevisionRow, shown: int) -> HistoryLine:
    return HistoryLine(
        number=revision.number,
        url=url_for(
            "desk.article_history",
            article_id=article_id,
            language=revision.language,
            number=revision.number,
        ),
        author=revision.author_name or str(_("the desk")),
        made=moment(revision.made_at),
        is_published=revision.is_published,
        is_shown=revision.number == shown,
    )
