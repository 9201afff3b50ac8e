"""Door: the list of one's requests, and of colleagues' where that is granted."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import request, url_for
from flask.typing import ResponseReturnValue

from portal.customer.rows import RequestRow, request_rows
from portal.customer.shell import blueprint, drawn
from servicedesk.identity.current import actor
from servicedesk.identity.permissions import Permission, permits
from servicedesk.kernel import clock
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.i18n import lazy_gettext as _l
from servicedesk.kernel.this_desk import the_settings
from servicedesk.tickets.core.numbers import number_from
from servicedesk.tickets.requests import RequestPage, Wanted, request_page, sees_colleagues

MOST_TYPED = 120
OWN, COLLEAGUES = "own", "colleagues"
STATES = (
    ("", _l("all")),
    ("open", _l("open")),
    ("yours", _l("waiting for you")),
    ("solved", _l("solved")),
    ("closed", _l("closed")),
)


@dataclass(frozen=True, slots=True)
class Tab:
    """One of the two lists."""

    label: str
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of a list; `of` is which one, `tabs` is empty where there is only one.

    all_url: leads back to the whole list from one that was searched or narrowed.
    """

    title: str
    of: str
    tabs: Sequence[Tab]
    rows: Sequence[RequestRow]
    text: str
    state: str
    states: Sequence[tuple[str, str]]
    pages: str
    previous_url: str
    next_url: str
    all_url: str


@blueprint.get("/requests")
@permits(Permission.TICKET_SEE)
def requests() -> ResponseReturnValue:
    """Show requests, what is open first; searched by words or number, narrowed by how they stand."""
    viewer, now, wanted = actor(), clock.now(), _wanted()
    others = request.args.get("of") == COLLEAGUES and sees_colleagues(viewer)
    found = request_page(viewer, wanted, of_colleagues=others)
    rows = request_rows(viewer, found.rows, now=now)
    shown = _listing(found, rows, wanted, others=others)
    return drawn("requests.html", shown.title, listing=shown)


def _wanted() -> Wanted:
    text = " ".join(request.args.get("q", "").replace("\0", "").split())[:MOST_TYPED]
    page, state = request.args.get("page", "1"), request.args.get("state", "")
    return Wanted(
        text=text,
        state=state if state in dict(STATES) else "",
        number=number_from(text, the_settings().ticket_prefix),
        page=int(page) if page.isascii() and page.isdigit() and len(page) < 5 else 1,
    )


def _listing(found: RequestPage, rows: Sequence[RequestRow], wanted: Wanted, *, others: bool) -> Listing:
    of = COLLEAGUES if others else OWN
    return Listing(
        title=str(_("Requests of colleagues") if others else _("My requests")),
        of=of,
        tabs=_tabs(of),
        rows=rows,
        text=wanted.text,
        state=wanted.state,
        states=[(value, str(label)) for value, label in STATES],
        pages=_pages(found),
        previous_url=_url(of, wanted, found.page - 1) if found.page > 1 else "",
        next_url=_url(of, wanted, found.page + 1) if found.has_more else "",
        all_url=_url(of, Wanted(), 1) if wanted.text or wanted.state else "",
    )


def _tabs(of: str) -> Sequence[Tab]:
    if not sees_colleagues(actor()):
        return ()
    return (
        Tab(str(_("My requests")), url_for("customer.requests"), of == OWN),
        Tab(str(_("Requests of colleagues")), url_for("customer.requests", of=COLLEAGUES), of == COLLEAGUES),
    )


def _pages(found: RequestPage) -> str:
    if found.page == 1 and not found.has_more:
        return ""
    return str(_("%(first)d–%(last)d", first=found.first, last=found.first + len(found.rows) - 1))


def _url(of: str, wanted: Wanted, page: int) -> str:
    return url_for(
        "customer.requests",
        of=of if of != OWN else None,
        q=wanted.text or None,
        state=wanted.state or None,
        page=page if page > 1 else None,
    )
