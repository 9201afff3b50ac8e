"""Replays as tests ask for them."""

from datetime import datetime, timedelta

from sqlalchemy import true

from servicedesk.kernel.db import session
from sla.past_policy import past_policy
from sla.proposals import applied
from sla.replaying import Replay, Span, replay


def promising(**targets: int) -> dict:
    """Return an agreement's document with one rule for everything, by the hours of the desk."""
    rule = {"name": "all", "when": None, "calendar": "desk", "targets": targets}
    return {"rules": [rule], "retarget": "from_start", "reopen": "continue", "reopen_within_days": 14}


def replayed(
    to_at: datetime, *, days: int = 400, as_of: datetime | None = None, visible=None, **proposal
) -> Replay:
    """Return the replay of the days before a moment; `agreement` and `calendar` as proposals have them."""
    session().rollback()
    as_of = as_of or to_at
    current = past_policy(as_of)
    asked = proposal or {"agreement": {"key": "standard", "document": promising(resolution=3600)}}
    proposed = applied(current, asked, desk_calendar="desk")
    span = Span(to_at - timedelta(days=days), to_at, as_of, "UTC")
    return replay(span, current, proposed, true() if visible is None else visible)
