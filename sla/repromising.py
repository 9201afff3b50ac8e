"""Promising open tickets anew because an agreement changed, not they: one event for each ticket (P5, P6).

Only tickets of that agreement are looked at, and those that it takes from others: whoever published another
one for new tickets alone meant the running ones to keep theirs. What has ended is never judged again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from servicedesk.identity.access import require
from servicedesk.identity.actor import Actor, system_actor
from servicedesk.identity.permissions import Permission
from servicedesk.kernel import clock
from servicedesk.kernel.command import command, saving
from servicedesk.kernel.db import session
from servicedesk.kernel.errors import NotFound, Refused
from servicedesk.kernel.event_log import StreamHead
from servicedesk.kernel.events import Json
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.jobs import job, later
from servicedesk.kernel.refs import Cause, StreamRef
from servicedesk.kernel.save import know_head, publish
from servicedesk.tickets.events import STREAM
from sla.agreements import (
    Promise,
    VersionRow,
    first_promise,
    in_force,
    publish_agreement,
    versions,
    written_document,
)
from sla.entries import Entry
from sla.history import History, TicketState, stored_histories
from sla.models import Standing
from sla.ordering import change_agreement
from sla.subscribers import assignment, differs

# So many are promised anew with the change itself; the others follow in batches of as many.
AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Anew:
    """An open ticket that is promised something else: its log, where it stands, and what it would be."""

    history: History
    state: TicketState
    promise: Promise | None


@command
def deactivate_agreement(actor: Actor, key: str, *, expected_version: int | None = None) -> None:
    """Take an agreement out of the order from now on; its running clocks end uncounted, or get others.

    What it promised to tickets that another agreement holds for, is promised by that one from now on.
    """
    require(actor, Permission.AGREEMENT_PUBLISH)
    newest = newest_version(key)
    if not newest.is_active:
        raise Refused("agreement.inactive", _("This agreement is not in use."))
    document: Mapping[str, Json] = written_document(newest.id)
    publish_agreement(
        actor,
        key,
        name=newest.name,
        document=document,
        expected_version=expected_version,
        is_active=False,
    )
    _promise_first(key, clock.now())


@command
def change_for_open_clocks(
    actor: Actor,
    key: str,
    *,
    name: str,
    document: Mapping[str, Json],
    before: str | None,
    effective_from: datetime | None = None,
    expected_version: int | None = None,
) -> int:
    """Publish the next version of an agreement for new tickets and for open clocks too (P5)."""
    version_id = change_agreement(
        actor,
        key,
        name=name,
        document=document,
        before=before,
        effective_from=effective_from,
        expected_version=expected_version,
    )
    now = clock.now()
    if effective_from is None or effective_from <= now:
        _promise_first(key, now)
    else:
        later("sla.promise_again", run_at=effective_from, key=key, after=0)
    return version_id


def newest_version(key: str) -> VersionRow:
    """Return the last version of an agreement; raises NotFound."""
    found = [version for version in versions() if version.key == key]
    if not found:
        raise NotFound("agreement.not_found", _("There is no such agreement."))
    return max(found, key=lambda version: version.number)


@job("sla.promise_again", own_transactions=True, deadline_seconds=600)
def promise_again(key: str, after: int = 0) -> None:
    """Promise the open tickets after this one anew, batch by batch; doing it twice changes nothing."""
    last: int | None = after
    while last is not None:
        with saving(system_actor(Cause("agreement", key))):
            last = _promise_batch(key, last, clock.now())


def _promise_first(key: str, now: datetime) -> None:
    last = _promise_batch(key, 0, now)
    if last is not None:
        later("sla.promise_again", key=key, after=last)


def _promise_batch(key: str, after: int, now: datetime) -> int | None:
    """Promise the next open tickets anew; returns the last one looked at, None when there are no more."""
    ids = open_tickets_after(after, AT_ONCE)
    heads = select(StreamHead.id, StreamHead.last_seq, StreamHead.head_hash)
    of_tickets = (StreamHead.kind == STREAM) & StreamHead.id.in_(ids)
    for ticket_id, last_seq, head_hash in session().execute(
        heads.where(of_tickets).order_by(StreamHead.id).with_for_update()
    ):
        know_head(StreamRef(STREAM, ticket_id), last_seq, head_hash)
    for each in anew(key, in_force(now), ids, now):
        publish(assignment(each.history, _now(each.history.ticket_id, now), each.promise))
    return ids[-1] if len(ids) == AT_ONCE else None


def open_tickets_after(after: int, most: int) -> list[int]:
    """Return the next open tickets by their ids."""
    query = select(Standing.ticket_id).where(Standing.ticket_id > after)
    return list(session().scalars(query.order_by(Standing.ticket_id).limit(most)))


def anew(key: str, tried: Sequence[VersionRow], ticket_ids: Sequence[int], now: datetime) -> list[Anew]:
    """Return which of these open tickets are promised something else on account of the agreement `key`."""
    found = []
    for history in stored_histories(ticket_ids).values():
        state = history.last_state()
        promise = first_promise(tried, state.facts.as_facts(), now)
        is_of_it = state.assigned is not None and state.assigned.body["agreement"] == key
        is_for_it = promise is not None and promise.version.key == key
        if state.is_open and (is_of_it or is_for_it) and differs(promise, state):
            found.append(Anew(history, state, promise))
    return found


def _now(ticket_id: int, now: datetime) -> Entry:
    """Return the moment of a change that is no event of the ticket's own."""
    return Entry(ticket_id, 0, "", now, now, at_known=True, imported=False, command_id="", body={})
