"""Rows of the queue as written text: kept, because fifty people look at the same ones again and again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from flask import current_app, request, url_for
from markupsafe import Markup

from portal import words
from portal.desk import promises
from portal.kept import joined
from servicedesk.identity.actor import Actor
from servicedesk.kernel import i18n
from servicedesk.kernel.i18n import gettext as _
from servicedesk.tickets.access import is_offered_to
from servicedesk.tickets.catalogue import status_name
from servicedesk.tickets.queue import QueueRow, QueueTicket

KEPT = 4096


@dataclass(frozen=True, slots=True)
class QueueLine:
    """A request as the macro `queue_row` reads it."""

    ref: str
    url: str
    peek_url: str
    subject: str
    snippet: str
    chips: list[tuple[str, str]]
    requester: str
    organisation: str
    priority: str
    priority_state: str
    team: str
    assignee: str
    assignee_initials: str
    status: str
    is_new: bool


class Shown(NamedTuple):
    """What a row shows besides its ticket and promise, in the reader's words."""

    view: str
    language: str
    team: str
    status: str
    is_mine: bool
    is_offered: bool
    is_new: bool


@dataclass(frozen=True, slots=True)
class Looking:
    """Who reads the rows, in which view and when; what was said after `seen_before` is new."""

    view: str
    viewer: Actor
    seen_before: datetime
    now: datetime


class _Row:
    """A row as written: what stands before and after its fuse, and the fuse as last drawn."""

    __slots__ = ("fuse", "halves")

    def __init__(self) -> None:
        self.halves: tuple[Markup, Markup] | None = None
        self.fuse: promises.DrawnFuse | None = None


def row_texts(rows: Sequence[QueueRow], looking: Looking) -> Markup:
    """Return rows of the table, written in the reader's language."""
    language, now = i18n.current_language(), int(looking.now.timestamp())
    teams = {key: words.team_name(key) for key in {row.ticket.group_id for row in rows}}
    statuses = {key: status_name(key, language) for key in {row.ticket.status for row in rows}}
    root = request.script_root
    texts: list[str] = []
    for ticket, _rank, promised in rows:
        said_at = ticket.last_message_at or ticket.opened_at
        shown = Shown(
            looking.view,
            language,
            teams[ticket.group_id],
            statuses[ticket.status],
            ticket.assignee_id == looking.viewer.id,
            is_offered_to(looking.viewer, ticket),
            ticket.last_by == "customer" and said_at > looking.seen_before,
        )
        row = _row(ticket, promised, shown, root)
        if row.halves is None:
            row.halves = _halves(ticket, shown)
        fuse = row.fuse
        if fuse is None or not fuse.at <= now < fuse.until:
            fuse = row.fuse = promises.draw_fuse(promised, shown.status, now=looking.now)
        texts += (row.halves[0], *fuse.texts(now), row.halves[1])
    return joined(texts)


# Everything that shows is among the arguments, so that a kept row is never an old one.
@lru_cache(maxsize=KEPT)
def _row(_ticket: QueueTicket, _promised: tuple[Any, ...], _shown: Shown, _script_root: str) -> _Row:
    return _Row()


def _halves(ticket: QueueTicket, shown: Shown) -> tuple[Markup, Markup]:
    """Return what stands before and after a row's fuse."""
    ref = words.ticket_ref(ticket.id)
    line = QueueLine(
        ref=ref,
        url=url_for("desk.ticket", ref=ref, view=shown.view),
        peek_url=url_for("desk.peek", ref=ref, view=shown.view),
        subject=ticket.subject,
        snippet=ticket.preview,
        chips=_chips(ticket, is_offered=shown.is_offered),
        requester=ticket.requester_name,
        organisation=_organisation(ticket),
        priority=words.priority_name(ticket.priority),
        priority_state=words.PRIORITY_STATES[ticket.priority],
        team=shown.team,
        assignee=_("you") if shown.is_mine else ticket.assignee_name or "",
        assignee_initials=words.initials(ticket.assignee_name),
        status=shown.status,
        is_new=shown.is_new,
    )
    macros = current_app.jinja_env.get_template("macros/queue.html").module
    return macros.row_head(line), macros.row_tail(line)  # type: ignore[attr-defined]


def _chips(ticket: QueueTicket, *, is_offered: bool) -> list[tuple[str, str]]:
    chips = [(str(_("offered to you")), "due")] if is_offered else []
    if ticket.offered_group_id is not None and not is_offered:
        chips.append((str(_("on offer")), ""))
    return [*chips, (str(_("needs triage")), "due")] if ticket.needs_triage else chips


def _organisation(ticket: QueueTicket) -> str:
    tier = ticket.organisation_tier
    special = words.tier_name(tier) if tier and tier != "standard" else ""
    return " · ".join(part for part in (ticket.organisation_name, special) if part)
