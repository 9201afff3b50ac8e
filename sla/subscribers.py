"""Keeps clocks true inside the transaction of every save: match, promise, fold, store."""

from collections.abc import Iterable, Sequence

from servicedesk.calendars.queries import calendar_in_force
from servicedesk.kernel.events import Json
from servicedesk.kernel.refs import Cause, StreamRef
from servicedesk.kernel.save import Save, publish
from servicedesk.tickets.core.standing_log import TAKEN_BACK
from servicedesk.tickets.events import STREAM
from sla.agreements import Promise, promise_for
from sla.core.clock import fold
from sla.core.opening import cycles_at_opening, runs_from_the_start
from sla.entries import Entry, entry_of
from sla.events import AgreementAssigned
from sla.history import (
    READ_TYPES,
    History,
    TicketState,
    assignment_of,
    is_matched_change,
    state_at_opening,
    statuses,
    stored_histories,
)
from sla.retracting import is_late, retract_wrong
from sla.rollups import SETTLED
from sla.storing import Folded, leave

_GOES_ON = frozenset({"start", "wait", "wake", "resolve", "close"})


def keep_clocks(save: Save) -> None:
    """Bring clocks and places up to date with the tickets' events of this save."""
    fresh: dict[int, list[Entry]] = {}
    for event in save.published:
        if event.stream.kind == STREAM and event.type in READ_TYPES:
            fresh.setdefault(event.stream.id, []).append(entry_of(event))
    if not fresh:
        return
    known = [ticket_id for ticket_id in fresh if not save.is_new(StreamRef(STREAM, ticket_id))]
    histories = stored_histories(known)
    folded = []
    for ticket_id, entries in fresh.items():
        history = histories.setdefault(ticket_id, History(ticket_id))
        history.entries.extend(entries)
        if _is_plain_opening(save, entries):
            folded.append(_opened(save, history))
            continue
        state = _promise(history, {entry.seq for entry in entries})
        folded.append(_folded(save, history, state, entries))
    leave(folded, now=save.now)


def _is_plain_opening(save: Save, entries: Sequence[Entry]) -> bool:
    """Say whether these are all that a ticket's log tells: opened this moment, with its customer's words."""
    if [entry.type for entry in entries] != ["ticket_opened", "message_added"]:
        return False
    opening, said = entries
    is_of_now = opening.at == said.at == save.now and opening.at_known and not opening.imported
    is_owned = opening.body["assignee_id"] is not None
    status = statuses()[opening.body["status"]]
    return is_of_now and not is_owned and said.body["by"] == "customer" and runs_from_the_start(status)


def _opened(save: Save, history: History) -> Folded:
    """Promise and begin the clocks of a plain opening without reading it as a log: most saves are one."""
    opening = history.entries[0]
    state = state_at_opening(opening)
    state.assigned = _say_promise(history, opening, promise_for(state.facts.as_facts(), opening.at))
    stream = StreamRef(STREAM, history.ticket_id)
    cycles = cycles_at_opening(assignment_of(state.assigned))
    seq = save.heads[stream].seq
    return Folded(history.ticket_id, cycles, state, seq, is_new=True, may_change_past=False)


def _folded(save: Save, history: History, state: TicketState, fresh: Iterable[Entry]) -> Folded:
    stream = StreamRef(STREAM, history.ticket_id)
    cycles = fold(history.core_events(), statuses=statuses(), now=save.now)
    if not save.is_new(stream) and any(map(is_late, fresh)):
        retract_wrong(history.ticket_id, cycles, now=save.now)
    return Folded(
        history.ticket_id,
        cycles,
        state,
        save.heads[stream].seq,
        is_new=save.is_new(stream),
        is_rewritten=not save.is_new(stream) and any(_rewrites(entry, save) for entry in fresh),
        may_change_past=_is_settled(history, save) and any(map(_may_change_past, fresh)),
    )


def _rewrites(entry: Entry, save: Save) -> bool:
    """Say whether an entry changes what the log told before it."""
    return entry.at < save.now or entry.type == TAKEN_BACK


def _is_settled(history: History, save: Save) -> bool:
    """Say whether the ticket is old enough for a cycle of it to be in a day that is rolled up."""
    return min(entry.at for entry in history.entries) < save.now - SETTLED


def _may_change_past(entry: Entry) -> bool:
    """Say whether an event can change what was judged before it, or whose it is; usually none does."""
    if entry.type == "status_changed":
        return entry.body["move"] not in _GOES_ON
    return entry.type != "message_added" or is_late(entry)


def _promise(history: History, fresh: set[int]) -> TicketState:
    """Match the ticket anew at each fresh change of what rules look at, and say so where it matters.

    Returns where the ticket stands after everything.
    """
    added = []
    state = None
    for entry, state in history.states():
        if entry.seq not in fresh or not is_matched_change(entry):
            continue
        promise = promise_for(state.facts.as_facts(), entry.at)
        if entry.type == "ticket_opened" or differs(promise, state):
            state.assigned = _say_promise(history, entry, promise)
            added.append(state.assigned)
    history.entries.extend(added)
    if state is None:
        raise LookupError(f"ticket {history.ticket_id} was never opened")
    return state


def _say_promise(history: History, entry: Entry, promise: Promise | None) -> Entry:
    return entry_of(publish(assignment(history, entry, promise)))


def differs(promise: Promise | None, state: TicketState) -> bool:
    """Say whether a ticket is promised something else than before."""
    before = state.assigned.body if state.assigned else {}
    if promise is None:
        return before.get("version_id") is not None
    return (before.get("version_id"), before.get("rule")) != (promise.version.id, promise.match.rule.name)


def assignment(history: History, entry: Entry, promise: Promise | None) -> AgreementAssigned:
    """Return the event that a ticket is promised this (None: nothing) from an entry on."""
    if promise is None:
        return AgreementAssigned(
            stream_id=history.ticket_id,
            at=entry.at,
            at_known=entry.at_known,
            version_id=None,
            agreement=None,
            rule=None,
            position=None,
            matched=(),
            targets={},
            retarget="from_start",
            reopen="continue",
            reopen_within_days=14,
        )
    version, match = promise.version, promise.match
    return AgreementAssigned(
        stream_id=history.ticket_id,
        at=entry.at,
        at_known=entry.at_known,
        cause=Cause("agreement", str(version.agreement_id), version.number),
        version_id=version.id,
        agreement=version.key,
        rule=match.rule.name,
        position=match.position,
        matched=_matched(promise),
        targets=_targets(history, entry, promise),
        retarget=version.document.retarget,
        reopen=version.document.reopen,
        reopen_within_days=version.document.reopen_within_days,
    )


def _matched(promise: Promise) -> tuple[dict[str, Json], ...]:
    return tuple(
        {
            "field": reason.field,
            "operator": str(reason.operator),
            "wanted": reason.wanted,  # type: ignore[dict-item]  # JSON as it was published
            "value": reason.value,  # type: ignore[dict-item]
        }
        for reason in promise.match.reasons
    )


def _targets(history: History, entry: Entry, promise: Promise) -> dict[str, tuple[int, int]]:
    """Return what is promised, as far as the ticket's history can show how it was kept."""
    targets = promise.match.rule.targets
    calendar = calendar_in_force(targets.calendar, entry.at)
    shown = next((each.body["clocks"] for each in history.entries if each.type == "ticket_opened"), None)
    return {
        kind: (seconds, calendar.id)
        for kind, seconds in targets.seconds.items()
        if shown is None or kind in shown
    }
