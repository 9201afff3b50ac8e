"""The API of undo: taking back a reply."""

from typing import Any

from marshmallow import fields

from servicedesk.identity.current import actor
from servicedesk.identity.permissions import Permission, permits
from servicedesk.kernel import api
from servicedesk.kernel.forms import FormSchema
from servicedesk.kernel.this_desk import the_settings
from servicedesk.tickets.access import not_found
from servicedesk.tickets.core.numbers import number_from
from servicedesk.tickets.taking_back import take_back_reply, unsent_reply

blueprint = api.ApiBlueprint("regrouping_api", __name__, url_prefix=api.PREFIX, description="Tickets: undo")


class UnsentSchema(FormSchema):
    """A reply that was taken back; its files may be sent again by their ids."""

    text = fields.String()
    files = fields.List(fields.String())
    then = fields.String(metadata={"description": "What had followed it: wait, resolve, or nothing."})


def _id(text: str) -> int:
    found = number_from(text, the_settings().ticket_prefix)
    if found is None:
        raise not_found()
    return found


@blueprint.post("/tickets/<number>/messages/<int:seq>/undo")
@permits(Permission.TICKET_REPLY)
@blueprint.response(200, UnsentSchema)
def undo_message(number: str, seq: int) -> dict[str, Any]:
    """Take back a reply of one's own, within the seconds that DESK_UNDO_SECONDS says."""
    ticket_id = _id(number)
    take_back_reply(actor(), ticket_id, seq=seq)
    unsent = unsent_reply(actor(), ticket_id, seq)
    return {"text": unsent.text, "files": unsent.uploads, "then": unsent.then} if unsent else {}
