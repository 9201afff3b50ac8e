"""What a request asks for, read the same way on the pages of customers and of agents."""

from flask import request

from servicedesk.kernel.this_desk import the_settings
from servicedesk.tickets.access import not_found
from servicedesk.tickets.core.numbers import number_from


def wants_fragment() -> bool:
    """Say whether a script asks for a piece of a page."""
    return request.headers.get("HX-Request") == "true"


def ticket_id_of(ref: str) -> int:
    """Return the id behind a number in an address; raises NotFound for what is no number."""
    found = number_from(ref, the_settings().ticket_prefix)
    if found is None:
        raise not_found()
    return found
