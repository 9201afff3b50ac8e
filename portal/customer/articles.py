"""Doors: the articles that customers read, and what they say of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from knowledge.core.rendering import rendered
from knowledge.feedback import BOX, PAGE, reject_for_ticket, say_rejected, say_solved, solve_by_article
from knowledge.queries import Reading, reading
from knowledge.searching import Found, counts_by_category, find, shelf
from portal.asked import ticket_id_of, wants_fragment
from portal.customer.answers import Answer, answers_to, put_aside, suggestion_in
from portal.customer.asking import box
from portal.customer.proposal import proposed_for
from portal.customer.schemas import request_form
from portal.customer.shell import blueprint, drawn, go_on
from portal.page import Link
from portal.words import isolated
from servicedesk.identity.actor import Actor
from servicedesk.identity.current import actor
from servicedesk.identity.permissions import Permission, permits
from servicedesk.kernel import clock, i18n
from servicedesk.kernel.display import day
from servicedesk.kernel.forms import empty_form
from servicedesk.kernel.i18n import gettext as _
from servicedesk.tickets.catalogue import categories, category_path
from servicedesk.tickets.queries import ticket_detail

MOST_TYPED = 400
MAY_READ = (Permission.ARTICLE_SEE, Permission.ARTICLE_SEE_INTERNAL)


@dataclass(frozen=True, slots=True)
class Line:
    """An article in a list; `other` names its language where that is not the page's."""

    url: str
    title: str
    symptom: str
    category: str
    language: str
    other: str


@dataclass(frozen=True, slots=True)
class Shelf:
    """The articles that were found, or that there are; `categories` lead to those of one."""

    text: str
    category: str
    lines: Sequence[Line]
    categories: Sequence[Link]
    is_narrowed: bool


@dataclass(frozen=True, slots=True)
class ArticlePage:
    """One article to read. `ref`: the request that it may solve; `note`: why not everybody sees it."""

    id: int
    title: str
    symptom: str
    html: Markup
    language: str
    direction: str
    other: str
    category: str
    updated: str
    others: Sequence[Link]
    back: Link
    ref: str
    note: str
    may_say: bool


@blueprint.get("/articles")
@permits(*MAY_READ)
def articles() -> ResponseReturnValue:
    """Show articles: what fits the words, or what there is by category."""
    viewer, text = actor(), " ".join(request.args.get("q", "").replace("\0", "").split())[:MOST_TYPED]
    key, language = request.args.get("category", ""), i18n.current_language()
    category_id = next((row.id for row in categories().values() if row.key == key), None)
    if text:
        found = find(viewer, text, language=language, category_id=category_id)
    else:
        found = shelf(viewer, language=language, category_id=category_id)
    shown = Shelf(
        text=text,
        category=key if category_id is not None else "",
        lines=[_line(each, language) for each in found],
        categories=_categories(viewer, language, key),
        is_narrowed=bool(text or category_id is not None),
    )
    return drawn("articles.html", str(_("Answers")), shelf=shown)


def _line(found: Found, language: str) -> Line:
    article = found.article
    return Line(
        url=url_for("customer.article", article_id=article.article_id),
        title=article.title,
        symptom=article.symptom,
        category=category_path(article.category_id, language),
        language=article.language,
        other=_other(article.language),
    )


def _other(language: str) -> str:
    """Return the name of a language where it is not the page's."""
    return "" if language == i18n.current_language() else language_name(language)


def language_name(language: str) -> str:
    """Return a language in its own words."""
    return i18n.own_name(language)


def _categories(viewer: Actor, language: str, chosen: str) -> Sequence[Link]:
    counts = counts_by_category(viewer)
    return [
        Link(
            category_path(row.id, language),
            url_for("customer.articles", category=row.key),
            count=str(counts[row.id]),
            is_current=row.key == chosen,
        )
        for row in categories().values()
        if row.id in counts
    ]


@blueprint.get("/articles/<int:article_id>")
@permits(*MAY_READ)
def article(article_id: int) -> ResponseReturnValue:
    """Show one article."""
    viewer = actor()
    found = reading(
        viewer, article_id, language=i18n.current_language(), asked=request.args.get("language", "")
    )
    ref = request.args.get("request", "")
    if ref:
        ticket_detail(viewer, ticket_id_of(ref))  # raises NotFound for a request that is not the viewer's
    return drawn("article.html", found.text.title, shown=_page(found, ref))


def _page(found: Reading, ref: str) -> ArticlePage:
    row = found.article
    return ArticlePage(
        id=row.id,
        title=found.text.title,
        symptom=found.text.symptom,
        html=rendered(found.text.body),
        language=found.language,
        direction=i18n.direction(found.language),
        other=_other(found.language),
        category=category_path(row.category_id, i18n.current_language()),
        updated=str(_("Updated %(day)s", day=isolated(day(row.published_at)))) if row.published_at else "",
        others=[
            Link(language_name(each), url_for("customer.article", article_id=row.id, language=each))
            for each in found.languages
            if each != found.language
        ],
        back=_back(ref),
        ref=ref,
        note=_note(found),
        may_say=not found.is_draft,
    )


def _back(ref: str) -> Link:
    if ref:
        return Link(ref, url_for("customer.request_page", ref=ref))
    return Link(str(_("Answers")), url_for("customer.articles"))


def _note(found: Reading) -> str:
    if found.article.state == "draft":
        return str(_("This is a draft: only agents see it."))
    if found.article.state == "retired":
        return str(_("This article is retired: only agents see it."))
    return str(_("Only agents see this article.")) if found.article.visibility == "agents" else ""


@blueprint.post("/articles/<int:article_id>/solved")
@permits(*MAY_READ)
def article_solved(article_id: int) -> ResponseReturnValue:
    """Note that an article solved it: nothing is filed, or what was filed is withdrawn."""
    viewer, ref, language = actor(), request.form.get("request", ""), _said_of()
    if ref:
        solve_by_article(viewer, ticket_id_of(ref), article_id, language=language)
        flash(
            str(_("Good to hear. %(ref)s is withdrawn, nobody works on it any more.", ref=isolated(ref))),
            "met",
        )
        return go_on(url_for("customer.request_page", ref=ref))
    say_solved(viewer, article_id, language=language, door=_door(), suggestion=suggestion_in(request.form))
    flash(str(_("Good to hear. Nothing was sent.")), "met")
    return go_on(url_for("customer.home" if viewer.has(Permission.TICKET_FILE) else "customer.articles"))


@blueprint.post("/articles/<int:article_id>/rejected")
@permits(*MAY_READ)
def article_rejected(article_id: int) -> ResponseReturnValue:
    """Note that an article did not help; whoever was writing goes on with their text as it was."""
    viewer, ref, language, door = actor(), request.form.get("request", ""), _said_of(), _door()
    if ref:
        reject_for_ticket(viewer, ticket_id_of(ref), article_id, language=language)
        aside = sorted(put_aside(request.form) | {article_id})
        return go_on(url_for("customer.request_answers", ref=ref, without=aside))
    say_rejected(viewer, article_id, language=language, door=door, suggestion=suggestion_in(request.form))
    if door == BOX:
        return _go_on_writing(viewer, article_id)
    flash(str(_("Thank you. Write what you need, and somebody will look at it.")))
    return go_on(
        url_for("customer.new_request" if viewer.has(Permission.TICKET_FILE) else "customer.articles")
    )


def _said_of() -> str:
    """Return the language of the article that is spoken of: of the box's articles each has its own field."""
    return request.args.get("of", "") or request.form.get("language", "")


def _door() -> str:
    return BOX if request.args.get("door") == BOX else PAGE


def _go_on_writing(viewer: Actor, article_id: int) -> ResponseReturnValue:
    """Return the box with everything that was typed, or only the card, without that article."""
    now, text = clock.now(), request.form.get("text", "")
    without = put_aside(request.form) | {article_id}
    if wants_fragment():
        found = proposed_for(viewer, text, at=now, without=without)
        return render_template("customer/_proposal.html", proposed=found)
    form = empty_form(request_form(None, i18n.current_language()), text=text)
    return drawn("new.html", str(_("What do you need?")), box=box(viewer, at=now, form=form, without=without))


@blueprint.get("/requests/<ref>/answers")
@permits(Permission.TICKET_SEE)
def request_answers(ref: str) -> ResponseReturnValue:
    """Show the articles that may answer a request that was sent; a piece of a page where a script asks."""
    viewer = actor()
    ticket = ticket_detail(viewer, ticket_id_of(ref))
    without = put_aside(request.args)
    text = f"{ticket.subject}\n{ticket.preview}"
    answers: Sequence[Answer] = answers_to(viewer, text, without=without, request=ref)
    values: dict[str, Any] = {"answers": answers, "ref": ref, "without": sorted(without)}
    if wants_fragment():
        return render_template("customer/_request_answers.html", **values)
    return drawn("request_answers.html", str(_("Articles that may help")), **values)
