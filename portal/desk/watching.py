"""Following a ticket on the desk, and being called to it: the list beside it, and who may be named."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal import words
from portal.answering import go_to, notify
from portal.asked import ticket_id_of, wants_fragment
from portal.desk import sheet
from portal.desk.keys import TICKET
from portal.desk.sheet import Deed, Row
from portal.desk.shell import blueprint, desk_page
from servicedesk.identity.actor import Actor
from servicedesk.identity.current import actor
from servicedesk.identity.permissions import Permission, permits
from servicedesk.kernel.forms import FormSchema, Whole
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.i18n import lazy_gettext as _l
from servicedesk.tickets.access import may, triage_ids
from servicedesk.tickets.mentioning import agents_by_name, see_mentions, suggested
from servicedesk.tickets.queries import TicketRow, ticket_detail
from servicedesk.tickets.watching import (
    WatcherRow,
    add_colleague,
    follow,
    remove_colleague,
    unfollow,
    watchers_of,
)

MOST_TYPED = 80


@dataclass(frozen=True, slots=True)
class Followers:
    """Who follows a ticket, and what the viewer may do about it. `url` changes whether the viewer does."""

    people: tuple[WatcherRow, ...]
    follows: bool
    url: str
    add_url: str
    remove_url: str


def followers_of(viewer: Actor, ticket: TicketRow, *, follows: bool) -> Followers:
    """Return the list beside a ticket; one statement."""
    ref = words.ticket_ref(ticket.id)
    may_add = may(viewer, Permission.TICKET_NOTE, ticket, triage_ids())
    return Followers(
        people=watchers_of(viewer, ticket),
        follows=follows,
        url=url_for("desk.unfollow" if follows else "desk.follow", ref=ref),
        add_url=url_for("desk.add_follower", ref=ref) if may_add else "",
        remove_url=url_for("desk.remove_follower", ref=ref) if may_add else "",
    )


@blueprint.post("/tickets/<ref>/follow", endpoint="follow")
@permits(Permission.TICKET_SEE)
def follow_it(ref: str) -> ResponseReturnValue:
    """Follow the ticket."""
    follow(actor(), ticket_id_of(ref))
    notify(str(_("You follow %(ref)s.", ref=ref)))
    return go_to(url_for("desk.ticket", ref=ref))


@blueprint.post("/tickets/<ref>/unfollow", endpoint="unfollow")
@permits(Permission.TICKET_SEE)
def unfollow_it(ref: str) -> ResponseReturnValue:
    """Stop following the ticket."""
    unfollow(actor(), ticket_id_of(ref))
    notify(str(_("You no longer follow %(ref)s.", ref=ref)), "held")
    return go_to(url_for("desk.ticket", ref=ref))


class FollowerForm(FormSchema):
    """Which colleague is to follow."""

    person_id = Whole(required=True, metadata={"label": _l("Colleague"), "type": "select"})


def _colleagues(_ticket: TicketRow) -> Mapping[str, Row]:
    people = sorted((name, person_id) for person_id, name in agents_by_name().items())
    return {"person_id": {"options": [("", ""), *((person_id, name) for name, person_id in people)]}}


def _add(actor: Actor, ticket_id: int, data: Mapping[str, Any], _version: int | None) -> str:
    add_colleague(actor, ticket_id, person_id=data["person_id"])
    name = words.isolated(agents_by_name().get(data["person_id"], ""))
    return str(_("%(name)s follows %(ref)s.", name=name, ref=words.ticket_ref(ticket_id)))


ADD = Deed(
    endpoint="desk.add_follower",
    schema=FollowerForm,
    title=lambda: str(_("Add a follower")),
    submit=lambda _ticket: str(_("Add")),
    values=lambda _ticket: {},
    rows=_colleagues,
    do=_add,
    intro=lambda _ticket: str(_("They find it in their view, and may do what they might before, no more.")),
)


@blueprint.route("/tickets/<ref>/followers", methods=["GET", "POST"])
@permits(Permission.TICKET_NOTE)
def add_follower(ref: str) -> ResponseReturnValue:
    """Let a colleague follow the ticket."""
    return sheet.answer(ref, ADD)


@blueprint.post("/tickets/<ref>/followers/remove")
@permits(Permission.TICKET_NOTE)
def remove_follower(ref: str) -> ResponseReturnValue:
    """Take somebody off the list."""
    person_id = request.form.get("person_id", "")
    if person_id.isascii() and person_id.isdigit() and len(person_id) <= 18:
        remove_colleague(actor(), ticket_id_of(ref), person_id=int(person_id))
    return go_to(url_for("desk.ticket", ref=ref))


@blueprint.post("/tickets/<ref>/seen")
@permits(Permission.TICKET_SEE)
def seen(ref: str) -> ResponseReturnValue:
    """Note that the reader has seen what called them."""
    see_mentions(actor(), ticket_id_of(ref))
    if wants_fragment():
        return Response(status=HTTPStatus.NO_CONTENT)
    return go_to(url_for("desk.ticket", ref=ref))


@blueprint.get("/tickets/<ref>/colleagues")
@permits(Permission.TICKET_NOTE)
def colleagues(ref: str) -> ResponseReturnValue:
    """Return the colleagues whose name begins like what is typed after an @."""
    typed = request.args.get("q", "")[:MOST_TYPED]
    found = suggested(actor(), ticket_detail(actor(), ticket_id_of(ref)), typed)
    if wants_fragment():
        return render_template("desk/_colleagues.html", colleagues=found)
    page = desk_page(str(_("Colleagues")), TICKET)
    return render_template("desk/colleagues.html", colleagues=found, page=page)
