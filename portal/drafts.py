"""Unsent texts on pages, for `static/js/kept-draft.js`: kept while somebody writes, given back later."""

from dataclasses import dataclass
from http import HTTPStatus

from flask import Blueprint, Response, jsonify, make_response, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue

from portal.asked import ticket_id_of
from portal.files import WRITES
from servicedesk.identity.current import actor
from servicedesk.identity.permissions import permits
from servicedesk.kernel.errors import Conflict
from servicedesk.tickets.drafts import NO_TICKET, discard_draft, drafts_of, save_draft

blueprint = Blueprint("drafts", __name__)

# In the cookie: this reader has had a draft, so sending looks for one. Everybody else is spared the question.
SOME = "drafts"


@dataclass(frozen=True, slots=True)
class KeptDraft:
    """Where a text is kept while it is written: for a ticket, or for a new request where `ticket` is empty.

    stored: whether there is one to fetch.
    """

    url: str
    ticket: str
    stored: bool


def kept_draft(ref: str = "", *, stored: bool) -> KeptDraft:
    """Return where a text for the ticket `ref`, or for a new request, is kept."""
    return KeptDraft(url_for("drafts.save"), ref, stored)


def sent(kind: str, ticket_id: int = NO_TICKET) -> None:
    """Forget the draft of a text that was sent just now."""
    if cookie.get(SOME):
        discard_draft(actor(), kind=kind, ticket_id=ticket_id)


@blueprint.get("/drafts")
@permits(*WRITES)
def show() -> ResponseReturnValue:
    """Return the reader's own drafts for a ticket or a new request."""
    found = drafts_of(actor(), _ticket_id(request.args.get("ticket", "")))
    if found:
        cookie[SOME] = True
    rows = [{"kind": row.kind, "text": row.text, "version": row.version} for row in found]
    return _private(jsonify(rows))


@blueprint.post("/drafts")
@permits(*WRITES)
def save() -> ResponseReturnValue:
    """Keep a text, or say which other one is kept instead."""
    form = request.form
    version = form.get("version", "0")
    known = int(version) if version.isascii() and version.isdigit() and len(version) < 10 else 0
    kind, ticket_id = form.get("kind", ""), _ticket_id(form.get("ticket", ""))
    text = form.get("text", "").replace("\r\n", "\n").replace("\x00", "")
    cookie[SOME] = True
    try:
        now = save_draft(actor(), kind=kind, ticket_id=ticket_id, text=text, version=known)
    except Conflict as newer:
        there = {name: newer.details[name] for name in ("text", "version")}
        return _private(jsonify(there), HTTPStatus.CONFLICT)
    return _private(jsonify({"version": now}))


def _ticket_id(ref: str) -> int:
    return ticket_id_of(ref) if ref else NO_TICKET


def _private(answer: Response, status: HTTPStatus = HTTPStatus.OK) -> Response:
    kept = make_response(answer, status)
    kept.headers["Cache-Control"] = "no-store"
    return kept
