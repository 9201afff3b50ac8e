"""What every page and every answer of the desk shares: frame with keys, notices, and the way back."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from flask import Blueprint, Response, request, url_for
from flask import session as cookie

from portal.answering import notices
from portal.desk.keys import key_groups
from portal.desk.undo_offer import offered
from portal.framing import frame
from portal.page import LinkGroup, Page
from servicedesk.identity.actor import Actor
from servicedesk.kernel import clock
from servicedesk.kernel.links import own_path
from servicedesk.tickets.access import still_sees

blueprint = Blueprint("desk", __name__, url_prefix="/desk")


ACTED = "acted"


@blueprint.after_request
def _remember_deed(answer: Response) -> Response:
    """Let the browser carry when it last sent a form, to whichever process draws the next page."""
    if request.method == "POST":
        cookie[ACTED] = clock.now().timestamp()
    return answer


def acted_at() -> datetime | None:
    """Return when this browser last sent a form of the desk."""
    at = cookie.get(ACTED)
    return datetime.fromtimestamp(at, UTC) if isinstance(at, float) else None


def desk_page(
    title: str, mode: str, *, groups: Sequence[LinkGroup] = (), counts: Mapping[str, str] | None = None
) -> Page:
    """Return the frame of a page of the desk with its keys, its notices and `groups` in the rail.

    counts: numbers to show beside links of the navigation, by their address.
    """
    base = frame(title)
    places = tuple(_counted(group, counts) for group in base.navigation) if counts else base.navigation
    return replace(
        base,
        navigation=(*places, *groups),
        keys=key_groups(mode),
        notices=(*base.notices, *notices(), *offered()),
    )


def _counted(group: LinkGroup, counts: Mapping[str, str]) -> LinkGroup:
    links = (replace(link, count=counts.get(link.url, link.count)) for link in group.links)
    return replace(group, links=tuple(links))


def way_back(otherwise: str) -> str:
    """Return where the form says it came from, if that is a page of the desk."""
    asked = request.values.get("back", "")
    return own_path(asked, otherwise) if asked.startswith("/desk/") else otherwise


def place_after(viewer: Actor, ticket_id: int, url: str) -> str:
    """Return `url`, an address of the ticket; the queue's where the viewer no longer sees that ticket."""
    return url if still_sees(viewer, ticket_id) else url_for("desk.queue", view="all")


def shown_version() -> int | None:
    """Return the version of the ticket that the sent form was made from; None where it does not say."""
    text = request.form.get("row_version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
