"""Handing a ticket over: the card that goes with it, and accepting it, sending it back or taking it back."""

from collections.abc import Mapping
from typing import Any

from flask.typing import ResponseReturnValue

from portal import words
from portal.desk import sheet
from portal.desk.handover_cards import place_name
from portal.desk.schemas import Place
from portal.desk.sheet import Deed, Row
from portal.desk.shell import blueprint
from servicedesk.identity.actor import Actor
from servicedesk.identity.directory import assignable_agents, groups
from servicedesk.identity.permissions import Permission, permits
from servicedesk.kernel.errors import Invalid
from servicedesk.kernel.forms import FormSchema, Limit, Text
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.i18n import lazy_gettext as _l
from servicedesk.tickets.handing_over import (
    CARD_LIMIT,
    Card,
    accept_handover,
    offer_handover,
    send_back_handover,
    take_back_handover,
)
from servicedesk.tickets.queries import TicketRow

Data = Mapping[str, Any]


def _part(label: Any, help_: Any, *, required: bool = False) -> Text:
    about = {"label": label, "help": help_, "type": "textarea", "attrs": {"rows": 2}}
    if required:
        return Text(required=True, validate=Limit(CARD_LIMIT), metadata=about)
    return Text(load_default="", validate=Limit(CARD_LIMIT), metadata=about)


class CardForm(FormSchema):
    """Who is to go on with it, and what they must know for that."""

    to = Place(required=True, metadata={"label": _l("Team or person"), "type": "select"})
    done = _part(_l("Done"), _l("What you did and found out."), required=True)
    left = _part(_l("Left to do"), _l("What is still missing."), required=True)
    watch_out = _part(_l("Watch out"), _l("What could go wrong, what was promised, whom to treat with care."))
    next_step = _part(_l("Next step"), _l("The first thing to do."))


class SendBackForm(FormSchema):
    """Why it is not taken on."""

    why = Text(
        required=True,
        validate=Limit(CARD_LIMIT),
        metadata={
            "label": _l("Why?"),
            "type": "textarea",
            "attrs": {"rows": 3},
            "help": _l("Whoever offered it reads this; the customer does not."),
        },
    )


class ConfirmForm(FormSchema):
    """Nothing to fill in."""


def _places(ticket: TicketRow) -> Mapping[str, Row]:
    options = [("", "")]
    for group in groups().values():
        if group.is_active:
            name = words.group_name(group)
            options.append((f"{group.id}:", str(_("%(team)s, whoever takes it", team=name))))
            options += [
                (f"{group.id}:{person_id}", f"{name} · {person}")
                for person_id, person in assignable_agents(group.id)
                if person_id != ticket.assignee_id
            ]
    return {"to": {"options": options}}


def _hand_over(actor: Actor, ticket_id: int, data: Data, version: int | None) -> str:
    (group_id, person_id), ref = data["to"], words.ticket_ref(ticket_id)
    card = Card(data["done"], data["left"], data["watch_out"], data["next_step"])
    try:
        offer_handover(
            actor, ticket_id, card=card, group_id=group_id, person_id=person_id, expected_version=version
        )
    except Invalid as error:  # team and person are one field of this form
        if error.errors and set(error.errors) <= {"group_id", "person_id"}:
            raise Invalid(error.code, error.message, field="to") from error
        raise
    whom = words.isolated(place_name(group_id, person_id))
    return str(_("%(ref)s is offered to %(whom)s. It stays yours until they accept.", ref=ref, whom=whom))


def _accept(actor: Actor, ticket_id: int, _data: Data, version: int | None) -> str:
    accept_handover(actor, ticket_id, expected_version=version)
    return str(_("%(ref)s is yours.", ref=words.ticket_ref(ticket_id)))


def _send_back(actor: Actor, ticket_id: int, data: Data, version: int | None) -> str:
    send_back_handover(actor, ticket_id, why=data["why"], expected_version=version)
    return str(_("%(ref)s: sent back.", ref=words.ticket_ref(ticket_id)))


def _take_back(actor: Actor, ticket_id: int, _data: Data, version: int | None) -> str:
    take_back_handover(actor, ticket_id, expected_version=version)
    return str(_("%(ref)s is no longer on offer.", ref=words.ticket_ref(ticket_id)))


HAND_OVER = Deed(
    endpoint="desk.hand_over",
    schema=CardForm,
    title=lambda: str(_("Hand over")),
    submit=lambda _ticket: str(_("Offer")),
    values=lambda _ticket: {},
    rows=_places,
    do=_hand_over,
    intro=lambda _ticket: str(_("Until they accept, you have it and answer for it.")),
)
ACCEPT = Deed(
    endpoint="desk.accept_offer",
    schema=ConfirmForm,
    title=lambda: str(_("Accept the hand-over")),
    submit=lambda _ticket: str(_("Accept")),
    values=lambda _ticket: {},
    do=_accept,
)
SEND_BACK = Deed(
    endpoint="desk.send_back",
    schema=SendBackForm,
    title=lambda: str(_("Send back")),
    submit=lambda _ticket: str(_("Send back")),
    values=lambda _ticket: {},
    do=_send_back,
)
TAKE_BACK = Deed(
    endpoint="desk.take_back",
    schema=ConfirmForm,
    title=lambda: str(_("Take the hand-over back")),
    submit=lambda _ticket: str(_("Take back")),
    values=lambda _ticket: {},
    do=_take_back,
)


@blueprint.route("/tickets/<ref>/hand-over", methods=["GET", "POST"])
@permits(Permission.TICKET_ASSIGN)
def hand_over(ref: str) -> ResponseReturnValue:
    """Offer the ticket to somebody else, with a card."""
    return sheet.answer(ref, HAND_OVER)


@blueprint.route("/tickets/<ref>/hand-over/accept", methods=["GET", "POST"])
@permits(Permission.TICKET_ASSIGN)
def accept_offer(ref: str) -> ResponseReturnValue:
    """Take on what is offered."""
    return sheet.answer(ref, ACCEPT)


@blueprint.route("/tickets/<ref>/hand-over/send-back", methods=["GET", "POST"])
@permits(Permission.TICKET_ASSIGN)
def send_back(ref: str) -> ResponseReturnValue:
    """Decline what is offered, with a reason."""
    return sheet.answer(ref, SEND_BACK)


@blueprint.route("/tickets/<ref>/hand-over/take-back", methods=["GET", "POST"])
@permits(Permission.TICKET_ASSIGN)
def take_back(ref: str) -> ResponseReturnValue:
    """End one's own offer."""
    return sheet.answer(ref, TAKE_BACK)
