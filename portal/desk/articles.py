"""Doors: the agents' articles: list, editor, publishing, retiring, history."""

from http import HTTPStatus
from typing import Any

from flask import Response, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from knowledge.access import STATES
from knowledge.core.languages import Change
from knowledge.publishing import publish_article, retire_article
from knowledge.queries import ListWanted, article_page
from knowledge.texts import writing_languages
from knowledge.writing import Place, begin_article, file_article, revise_article
from portal.answering import go_to, notify
from portal.desk.article_forms import ArticleForm, texts_in
from portal.desk.article_pages import (
    STANDING_NAMES,
    chosen_languages,
    editor,
    filters,
    history_page,
    list_lines,
)
from portal.desk.keys import TICKET
from portal.desk.shell import blueprint, desk_page, shown_version
from servicedesk.identity.current import actor
from servicedesk.identity.permissions import Permission, permits
from servicedesk.kernel.command import saving
from servicedesk.kernel.errors import Conflict, Invalid, NotAllowed, Refused
from servicedesk.kernel.forms import Form, load_form
from servicedesk.kernel.i18n import gettext as _
from servicedesk.tickets.catalogue import categories

MOST_TYPED = 120


@blueprint.get("/articles")
@permits(Permission.ARTICLE_SEE_INTERNAL)
def articles() -> ResponseReturnValue:
    """Show the articles with their states and languages."""
    wanted = _wanted()
    found = article_page(actor(), wanted)
    page = desk_page(str(_("Articles")), TICKET)
    next_url = url_for("desk.articles", **_kept(wanted), after=found.next) if found.next else ""
    return render_template(
        "desk/articles.html",
        page=page,
        lines=list_lines(found),
        choices=filters(wanted),
        wanted=wanted,
        is_filtered=bool(_kept(wanted)),
        next_url=next_url,
        may_write=actor().has(Permission.ARTICLE_WRITE),
    )


def _wanted() -> ListWanted:
    given, after = request.args, request.args.get("after", "")
    return ListWanted(
        state=given.get("state", "") if given.get("state") in STATES else "",
        language=given.get("language", "") if given.get("language") in writing_languages() else "",
        standing=given.get("standing", "") if given.get("standing") in STANDING_NAMES else "",
        text=" ".join(given.get("q", "").replace("\0", "").split())[:MOST_TYPED],
        after=int(after) if after.isascii() and after.isdigit() and len(after) < 10 else None,
    )


def _kept(wanted: ListWanted) -> dict[str, Any]:
    named = {
        "state": wanted.state,
        "language": wanted.language,
        "standing": wanted.standing,
        "q": wanted.text,
    }
    return {name: value for name, value in named.items() if value}


@blueprint.get("/articles/new")
@permits(Permission.ARTICLE_WRITE)
def new_article() -> ResponseReturnValue:
    """Show the empty editor."""
    return _drawn(None, _languages())


@blueprint.post("/articles/new")
@permits(Permission.ARTICLE_WRITE)
def begin() -> ResponseReturnValue:
    """Keep a new article as a draft; or show it as readers will see it."""
    return _save(None)


@blueprint.get("/articles/<int:article_id>")
@permits(Permission.ARTICLE_SEE_INTERNAL)
def article(article_id: int) -> ResponseReturnValue:
    """Show the editor of an article."""
    return _drawn(article_id, _languages())


@blueprint.post("/articles/<int:article_id>")
@permits(Permission.ARTICLE_WRITE)
def save_article(article_id: int) -> ResponseReturnValue:
    """Keep new revisions, and publish them where the button says so."""
    return _save(article_id)


def _languages() -> tuple[str, str]:
    return chosen_languages(actor(), request.args.get("left", ""), request.args.get("right", ""))


def _save(article_id: int | None) -> Response:
    form = load_form(ArticleForm, request.form)
    languages = chosen_languages(
        actor(), str(form.values.get("language_1", "")), str(form.values.get("language_2", ""))
    )
    if not form.is_valid:
        return _drawn(article_id, languages, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    if form.data["do"] == "preview":
        return _drawn(article_id, languages, form)
    try:
        saved = _keep(article_id, form)
    except Invalid as error:
        return _drawn(article_id, languages, form.refused(error), error.status)
    except (Refused, Conflict, NotAllowed) as error:
        refused = form.refused(Invalid(error.code, error.message))
        return _drawn(article_id, languages, refused, error.status)
    shown = languages
    if form.data["do"] == "show":
        shown = chosen_languages(actor(), form.data["show_1"], form.data["show_2"])
    return go_to(url_for("desk.article", article_id=saved, left=shown[0], right=shown[1]))


def _keep(article_id: int | None, form: Form) -> int:
    """Save what was typed in one save, all of it or nothing; returns the article's id."""
    who, data, publishes = actor(), form.data, form.data["do"] == "publish"
    place = Place(category_id=_category_id(data["category"]), visibility=data["visibility"])
    if article_id is None:
        article_id = begin_article(who, texts_in(form), place, key=form.key)
        if publishes:
            publish_article(who, article_id)
        notify(str(_("Published.") if publishes else _("The draft is kept. A lead publishes it.")))
        return article_id
    with saving(who):
        file_article(who, article_id, place, expected_version=form.row_version)
        changed = revise_article(who, article_id, texts_in(form), change=Change(data["change"]))
        if publishes:
            publish_article(who, article_id)
    if publishes:
        notify(str(_("Published.")))
    elif changed:
        notify(str(_("Kept. Readers see it once it is published.")))
    return article_id


def _category_id(key: str) -> int | None:
    if not key:
        return None
    for row in categories().values():
        if row.key == key:
            return row.id
    raise Invalid("category.unknown", _("Choose a category from the list."), field="category")


def _drawn(
    article_id: int | None,
    languages: tuple[str, str],
    form: Form | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    shown = editor(actor(), article_id, languages, form)
    title = shown.form.values.get("title_1") or shown.form.values.get("title_2") or _("New article")
    page = desk_page(str(title), TICKET)
    may_write = actor().has(Permission.ARTICLE_WRITE)
    made = render_template("desk/article.html", page=page, editor=shown, may_write=may_write)
    return make_response(made, status)


@blueprint.post("/articles/<int:article_id>/retire")
@permits(Permission.ARTICLE_PUBLISH)
def retire(article_id: int) -> ResponseReturnValue:
    """Take an article away from its readers."""
    try:
        retire_article(actor(), article_id, expected_version=shown_version())
        notify(str(_("Retired. Readers no longer see it; publishing brings it back.")))
    except (Refused, Conflict) as error:
        notify(error.message, "late")
    return go_to(url_for("desk.article", article_id=article_id))


@blueprint.get("/articles/<int:article_id>/history")
@permits(Permission.ARTICLE_SEE_INTERNAL)
def article_history(article_id: int) -> ResponseReturnValue:
    """Show the revisions of one language, and what one of them changed."""
    number = request.args.get("number", "")
    known = int(number) if number.isascii() and number.isdigit() and len(number) < 10 else None
    shown = history_page(actor(), article_id, request.args.get("language", ""), known)
    return render_template(
        "desk/article_history.html", page=desk_page(str(_("History")), TICKET), shown=shown
    )
