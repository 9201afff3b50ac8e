"""Keeps the clocks of subjects that are no tickets true inside every save, folded from the subjects' logs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from servicedesk.calendars.queries import hours_of
from servicedesk.kernel.chain import LoggedEvent
from servicedesk.kernel.events import stored_events
from servicedesk.kernel.refs import StreamRef
from servicedesk.kernel.save import Save
from sla.core.cycle import Cycle
from sla.core.events import TargetInForce
from sla.core.turns import Turn, fold_turns
from sla.events import SubjectClockTurned
from sla.storing import store_clocks


@dataclass(frozen=True, slots=True)
class FoldedSubject:
    """The cycles of a subject, as of event `last_event_seq` of its log."""

    subject_kind: str
    subject_id: int
    cycles: Sequence[Cycle]
    last_event_seq: int


def keep_subject_clocks(save: Save) -> None:
    """Bring the clocks of subjects that this save spoke of up to date."""
    for stream, events in list(save.by_stream.items()):
        turned = [event for event in events if event.type == SubjectClockTurned.type]
        if turned:
            earlier = [] if save.is_new(stream) else stored_turns(stream)
            refold(stream, [*earlier, *turned], last_seq=save.heads[stream].seq, now=save.now)


def stored_turns(stream: StreamRef) -> list[LoggedEvent]:
    """Return what the subject's stored log says of its clocks."""
    return stored_events(stream, types={SubjectClockTurned.type})


def refold(stream: StreamRef, log: Sequence[LoggedEvent], *, last_seq: int, now: datetime) -> None:
    """Store the clocks that the log of a subject tells of."""
    cycles = fold_turns([_turn(event) for event in log], now=now)
    store_clocks([FoldedSubject(stream.kind, stream.id, cycles, last_seq)])


def _turn(event: LoggedEvent) -> Turn:
    said: Any = event.body
    target = said["target"]
    return Turn(
        id=str(event.seq),
        at=event.at,
        order=event.seq,
        kind=said["kind"],
        what=said["what"],
        target=TargetInForce(target[0], hours_of(target[1]), target[1]) if target else None,
        type=said["clock_type"],
        reason=said["reason"],
    )
