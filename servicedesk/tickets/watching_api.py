"""The API of following: who follows a ticket, and following it oneself or with a colleague."""

from typing import Any

from marshmallow import fields

from servicedesk.identity.current import actor
from servicedesk.identity.permissions import Permission, permits
from servicedesk.kernel import api
from servicedesk.kernel.forms import FormSchema
from servicedesk.tickets.api_refs import colleague_named, id_of
from servicedesk.tickets.queries import ticket_as_it_stands
from servicedesk.tickets.watching import add_colleague, follow, unfollow, watchers_of

blueprint = api.ApiBlueprint("watching_api", __name__, url_prefix=api.PREFIX, description="Following")


class WatchersSchema(FormSchema):
    """Who follows a ticket: names for those who may read its notes; `me` for everybody."""

    me = fields.Boolean(metadata={"description": "Whether the caller follows it."})
    names = fields.List(fields.String())


class ColleagueSchema(FormSchema):
    """A colleague who is to follow."""

    email = fields.Email(required=True)


@blueprint.get("/tickets/<number>/watchers")
@permits(Permission.TICKET_SEE)
@blueprint.response(200, WatchersSchema)
def list_watchers(number: str) -> dict[str, Any]:
    """List who follows a ticket."""
    who = actor()
    found = ticket_as_it_stands(who, id_of(number))
    return {"me": found.follows, "names": [row.name for row in watchers_of(who, found.ticket)]}


@blueprint.post("/tickets/<number>/watchers")
@permits(Permission.TICKET_NOTE)
@blueprint.arguments(ColleagueSchema)
@blueprint.response(204)
def add_watcher(given: dict[str, Any], number: str) -> None:
    """Let a colleague who may see the ticket follow it."""
    person_id = colleague_named(given["email"], field="email")
    add_colleague(actor(), id_of(number), person_id=person_id)


@blueprint.put("/tickets/<number>/watchers/me")
@permits(Permission.TICKET_SEE)
@blueprint.response(204)
def follow_it(number: str) -> None:
    """Follow a ticket."""
    follow(actor(), id_of(number))


@blueprint.delete("/tickets/<number>/watchers/me")
@permits(Permission.TICKET_SEE)
@blueprint.response(204)
def unfollow_it(number: str) -> None:
    """Stop following a ticket."""
    unfollow(actor(), id_of(number))
