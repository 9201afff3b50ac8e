"""The API of hand-overs: offering a ticket with a card, and the answers to it."""

from typing import Any

from marshmallow import fields

from servicedesk.identity.current import actor
from servicedesk.identity.directory import groups
from servicedesk.identity.permissions import Permission, permits
from servicedesk.identity.queries import people
from servicedesk.kernel import api
from servicedesk.kernel.forms import FormSchema, Limit, Text
from servicedesk.tickets.api_refs import colleague_named, group_named, id_of
from servicedesk.tickets.handing_over import (
    CARD_LIMIT,
    Card,
    accept_handover,
    offer_handover,
    send_back_handover,
    take_back_handover,
)
from servicedesk.tickets.handovers import HandoverRow, handovers_of

blueprint = api.ApiBlueprint("handover_api", __name__, url_prefix=api.PREFIX, description="Hand-overs")


def _version() -> fields.Integer:
    about = {"description": "Refuse if the ticket changed since."}
    return fields.Integer(strict=True, load_default=None, metadata=about)


class NewHandoverSchema(FormSchema):
    """To whom a ticket is offered, and the card that goes with it."""

    group = fields.String(required=True, metadata={"description": "Key of a team."})
    person_email = fields.Email(metadata={"description": "One of the team; left out, the whole team."})
    done = Text(required=True, validate=Limit(CARD_LIMIT, least=1))
    left = Text(required=True, validate=Limit(CARD_LIMIT, least=1))
    watch_out = Text(load_default="", validate=Limit(CARD_LIMIT))
    next_step = Text(load_default="", validate=Limit(CARD_LIMIT))
    row_version = _version()


class AnswerSchema(FormSchema):
    """An answer to an offer."""

    row_version = _version()


class SendBackSchema(AnswerSchema):
    """Why a ticket is not taken on."""

    why = Text(required=True, validate=Limit(CARD_LIMIT, least=1))


class HandoverSchema(FormSchema):
    """A hand-over; the texts of its card are null once erased."""

    seq = fields.Integer()
    state = fields.String(
        metadata={"description": "offered, accepted, sent_back, taken_back, assigned, resolved or closed."}
    )
    by = fields.String(allow_none=True)
    group = fields.String()
    person = fields.String(allow_none=True)
    at = fields.DateTime(format="iso")
    ended_at = fields.DateTime(format="iso", allow_none=True)
    done = fields.String(allow_none=True)
    left = fields.String(allow_none=True)
    watch_out = fields.String(allow_none=True)
    next_step = fields.String(allow_none=True)
    why = fields.String(allow_none=True)


class HandoversSchema(FormSchema):
    """The hand-overs of a ticket, oldest first."""

    handovers = fields.List(fields.Nested(HandoverSchema))


@blueprint.get("/tickets/<number>/handovers")
@permits(Permission.TICKET_SEE_NOTES)
@blueprint.response(200, HandoversSchema)
def list_handovers(number: str) -> dict[str, Any]:
    """List the hand-overs of a ticket, for those who may read its notes."""
    rows = handovers_of(actor(), id_of(number))
    ids = {person for row in rows for person in (row.by_id, row.person_id) if person is not None}
    names = {person.id: person.name for person in people(ids).values()}
    return {"handovers": [_shape(row, names) for row in rows]}


def _shape(row: HandoverRow, names: dict[int, str]) -> dict[str, Any]:
    same = ("seq", "state", "at", "ended_at")
    card = {name: row.card.get(name) for name in ("done", "left", "watch_out", "next_step")}
    return (
        {name: getattr(row, name) for name in same}
        | card
        | {
            "by": names.get(row.by_id) if row.by_id is not None else None,
            "person": names.get(row.person_id) if row.person_id is not None else None,
            "group": groups()[row.group_id].key,
            "why": row.why,
        }
    )


@blueprint.post("/tickets/<number>/handovers")
@permits(Permission.TICKET_ASSIGN)
@blueprint.arguments(NewHandoverSchema)
@blueprint.response(204)
def offer(new: dict[str, Any], number: str) -> None:
    """Offer a ticket that the caller answers for; they have it until somebody accepts."""
    email = new.get("person_email")
    offer_handover(
        actor(),
        id_of(number),
        card=Card(new["done"], new["left"], new["watch_out"], new["next_step"]),
        group_id=group_named(new["group"]),
        person_id=colleague_named(email, field="person_email") if email else None,
        expected_version=new["row_version"],
    )


@blueprint.post("/tickets/<number>/handovers/accept")
@permits(Permission.TICKET_ASSIGN)
@blueprint.arguments(AnswerSchema)
@blueprint.response(204)
def accept(given: dict[str, Any], number: str) -> None:
    """Take on what is offered to the caller or one of their teams."""
    accept_handover(actor(), id_of(number), expected_version=given["row_version"])


@blueprint.post("/tickets/<number>/handovers/send-back")
@permits(Permission.TICKET_ASSIGN)
@blueprint.arguments(SendBackSchema)
@blueprint.response(204)
def send_back(given: dict[str, Any], number: str) -> None:
    """Decline what is offered, with a reason."""
    version = given["row_version"]
    send_back_handover(actor(), id_of(number), why=given["why"], expected_version=version)


@blueprint.post("/tickets/<number>/handovers/take-back")
@permits(Permission.TICKET_ASSIGN)
@blueprint.arguments(AnswerSchema)
@blueprint.response(204)
def take_back(given: dict[str, Any], number: str) -> None:
    """End the caller's own offer."""
    take_back_handover(actor(), id_of(number), expected_version=given["row_version"])
