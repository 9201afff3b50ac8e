"""The addresses through which a request is read and answered: of a signed-in reader, or of a private link."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from flask import url_for

from portal.page import Link
from portal.words import ticket_ref
from servicedesk.kernel.i18n import gettext as _
from servicedesk.tickets.queries import TicketRow


@dataclass(frozen=True, slots=True)
class Door:
    """Where the poll, the answer and the files of a request are.

    file_url: the address of a file by its number, empty where it is not shown. draft: the name under which
    a browser keeps an unsent answer. link_url, rate_url: where the reader finds the request's private link
    and says how it was; empty where that is not theirs.
    """

    live_url: str
    say_url: str
    file_url: Callable[[int], str]
    draft: str
    back: Link | None = None
    link_url: str = ""
    rate_url: str = ""
    takes_files: bool = True


def own_door(ticket: TicketRow, *, reader_id: int | None) -> Door:
    """Return the addresses for somebody who is signed in."""
    ref, is_own = ticket_ref(ticket.id), ticket.requester_id == reader_id
    return Door(
        live_url=url_for("customer.live", ref=ref),
        say_url=url_for("customer.say", ref=ref),
        file_url=partial(file_address, ref),
        draft=f"{reader_id}:{ref}",
        back=_list_of(is_own=is_own),
        link_url=url_for("private.of_request", ref=ref) if is_own else "",
        rate_url=url_for("rating.answer_here", ref=ref) if is_own else "",
    )


def link_door(ticket: TicketRow, secret: str) -> Door:
    """Return the addresses for whoever holds the private link; files want a sign-in."""
    return Door(
        live_url=url_for("private.live", secret=secret),
        say_url=url_for("private.say", secret=secret),
        file_url=lambda _seq: "",
        draft=f"link:{ticket_ref(ticket.id)}",
        takes_files=False,
    )


def file_address(ref: str, seq: int) -> str:
    return url_for("customer.file", ref=ref, seq=seq)


def _list_of(*, is_own: bool) -> Link:
    """Return the way to the list that the request stands in."""
    if is_own:
        return Link(str(_("My requests")), url_for("customer.requests"))
    return Link(str(_("Requests of colleagues")), url_for("customer.requests", of="colleagues"))
