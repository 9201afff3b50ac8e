"""Doors: articles beside a ticket, to be read or put into the reply; asked for only when they are wanted."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from knowledge.access import CUSTOMERS
from knowledge.core.rendering import plain, rendered
from knowledge.queries import reading
from knowledge.searching import Suggested, look_up, suggest
from portal.asked import ticket_id_of, wants_fragment
from portal.desk.composing import REPLY, Draft
from portal.desk.keys import TICKET
from portal.desk.shell import blueprint, desk_page
from portal.words import ticket_ref
from servicedesk.identity.actor import Actor
from servicedesk.identity.current import actor
from servicedesk.identity.permissions import Permission, permits
from servicedesk.kernel import i18n
from servicedesk.kernel.errors import NotFound
from servicedesk.kernel.forms import new_key
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.this_desk import the_settings
from servicedesk.tickets.queries import TicketRow, ticket_detail

MOST_TYPED, MOST_SHOWN = 400, 5
LINK, STEPS = "link", "steps"


@dataclass(frozen=True, slots=True)
class Insert:
    """A way to put an article into the reply: without script a link, with it `text` at the cursor."""

    label: str
    url: str
    text: str


@dataclass(frozen=True, slots=True)
class PanelLine:
    """An article in the panel; `inserts` is empty where customers may not read it."""

    title: str
    symptom: str
    html: Markup
    language: str
    direction: str
    url: str
    internal: bool
    inserts: Sequence[Insert]


@blueprint.get("/tickets/<ref>/articles")
@permits(Permission.ARTICLE_SEE_INTERNAL)
def ticket_articles(ref: str) -> ResponseReturnValue:
    """Show the articles that fit a ticket, or the words typed; a piece of a page where a script asks."""
    viewer = actor()
    ticket = ticket_detail(viewer, ticket_id_of(ref))
    text = " ".join(request.args.get("q", "").replace("\0", "").split())[:MOST_TYPED]
    found = _found(viewer, ticket, text)
    lines = [_line(each, ticket) for each in found]
    values = {"lines": lines, "text": text, "ref": ticket_ref(ticket.id)}
    if wants_fragment():
        return render_template("desk/_articles.html", **values)
    page = desk_page(str(_("Articles that may help")), TICKET)
    return render_template("desk/ticket_articles.html", page=page, **values)


def _found(viewer: Actor, ticket: TicketRow, text: str) -> Sequence[Suggested]:
    """Return what fits, in the requester's language where it is written in that: the reply will be."""
    if text:
        return look_up(viewer, text, language=ticket.requester_language, most=MOST_SHOWN)
    asked = f"{ticket.subject}\n{ticket.preview}"
    return suggest(viewer, asked, language=ticket.requester_language, most=MOST_SHOWN)


def _line(found: Suggested, ticket: TicketRow) -> PanelLine:
    article = found.article
    internal = article.visibility != CUSTOMERS
    return PanelLine(
        title=article.title,
        symptom=article.symptom,
        html=rendered(found.body),
        language=article.language,
        direction=i18n.direction(article.language),
        url=url_for("customer.article", article_id=article.article_id, language=article.language),
        internal=internal,
        inserts=() if internal else _inserts(found, ticket_ref(ticket.id)),
    )


def _inserts(found: Suggested, ref: str) -> Sequence[Insert]:
    article = found.article

    def one(label: str, how: str) -> Insert:
        what = f"{article.article_id}:{article.language}:{how}"
        text = _words(article.article_id, article.language, article.title, found.body, how)
        return Insert(label, url_for("desk.ticket", ref=ref, insert=what), text)

    return (one(str(_("Insert link")), LINK), one(str(_("Insert steps")), STEPS))


def _words(article_id: int, language: str, title: str, body: str, how: str) -> str:
    """Return what stands in the reply: the title with its address, and the steps where they are wanted."""
    path = url_for("customer.article", article_id=article_id, language=language)
    address = f"{the_settings().base_url.rstrip('/')}{path}"
    return f"{title}\n{plain(body)}\n{address}" if how == STEPS else f"{title}\n{address}"


def inserted(viewer: Actor, ticket: TicketRow) -> Draft | None:
    """Return the reply that the address asks for (`insert=7:en:link`): how it works without script."""
    parts = request.args.get("insert", "").split(":")
    is_known = len(parts) == 3 and parts[0].isascii() and parts[0].isdigit() and len(parts[0]) < 10
    if not is_known or parts[2] not in {LINK, STEPS}:
        return None
    try:
        found = reading(viewer, int(parts[0]), language=ticket.requester_language, asked=parts[1])
    except NotFound:
        return None
    if found.article.visibility != CUSTOMERS or found.is_draft:
        return None
    text = _words(found.article.id, found.language, found.text.title, found.text.body, parts[2])
    return Draft(kind=REPLY, text=text, key=new_key(), errors=())
