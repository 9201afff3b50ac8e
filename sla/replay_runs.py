"""Running a replay that was asked for: in the background, with signs of progress, safe to run twice."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update

from servicedesk.calendars.queries import DESK_CALENDAR
from servicedesk.identity.queries import actor_of
from servicedesk.kernel import clock
from servicedesk.kernel.db import canonical_json, session, transaction
from servicedesk.kernel.errors import DeskError
from servicedesk.tickets.access import visible_to
from sla.core.replay_figures import Late
from sla.models import ReplayRow, ReplayRun
from sla.past_policy import past_policy
from sla.proposals import applied
from sla.replaying import Replay, Span, replay
from sla.replays import RIGHT, RUNS, expected_tickets, put_rows, require_right


def run_replay(replay_id: int) -> None:
    """Replay what was asked for and keep the result; one that is done, or gone, is left alone."""
    run = session().scalars(select(ReplayRun).where(ReplayRun.id == replay_id)).one_or_none()
    if run is None or run.state == "done":
        return
    outcome: dict[str, Any] = {"state": "failed", "error": ""}
    result: Replay | None = None
    try:
        result = _result(run)
        outcome = {"state": "done", "error": "", "document": canonical_json(with_digest(result))}
    except DeskError as refused:
        outcome["error"] = refused.code
    finally:
        session().rollback()
        _keep(replay_id, result, outcome)


def _result(run: ReplayRun) -> Replay:
    asker = actor_of(run.asked_by_id)
    require_right(asker)
    visible = visible_to(asker, RIGHT)
    expected = expected_tickets(run.from_at, run.to_at, visible)
    current = past_policy(run.as_of)
    proposed = applied(current, json.loads(run.proposal), desk_calendar=DESK_CALENDAR)
    span = Span(run.from_at, run.to_at, run.as_of, run.zone)
    replay_id = run.id

    def show(looked_at: int) -> None:
        session().rollback()
        _set(replay_id, state="running", looked_at=looked_at, expected=expected)

    show(0)
    return replay(span, current, proposed, visible, progress=show)


def with_digest(result: Replay) -> dict[str, Any]:
    """Return the result's document with how many cycles are in its list, and what tells two lists apart."""
    rows = [_plain(row) for row in result.rows]
    digest = hashlib.sha256(canonical_json(rows).encode()).hexdigest()
    return result.document | {"rows": {"count": len(rows), "sha256": digest}}


def _plain(row: Late) -> list[object]:
    return [getattr(row, name) for name in Late.__slots__]


def _set(replay_id: int, **values: object) -> None:
    with transaction():
        session().execute(update(RUNS).where(RUNS.c.id == replay_id).values(**values))


def _keep(replay_id: int, result: Replay | None, outcome: dict[str, Any]) -> None:
    with transaction():
        session().execute(delete(ReplayRow).where(ReplayRow.replay_id == replay_id))
        if result is not None:
            put_rows([_row(replay_id, place, row) for place, row in enumerate(result.rows, start=1)])
        values = {**outcome, "finished_at": clock.now()}
        session().execute(update(RUNS).where(RUNS.c.id == replay_id).values(**values))


def _row(replay_id: int, position: int, row: Late) -> dict[str, object]:
    return {
        "replay_id": replay_id,
        "position": position,
        "side": row.side,
        "ticket_id": row.ticket_id,
        "kind": row.kind,
        "started_at": _instant(row.started_at),
        "judged_at": _instant(row.judged_at),
        "state_before": row.before,
        "state_after": row.after,
        "target_before": row.target_before,
        "target_after": row.target_after,
        "elapsed_before": row.elapsed_before,
        "elapsed_after": row.elapsed_after,
    }


def _instant(at: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=at)
