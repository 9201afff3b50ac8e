"""Figures for monitoring that are read from the database: rooms register theirs, `/metrics` shows them.

Every process of a desk reads the same ones, so a monitor takes the largest of them and never the sum.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, literal, select

from servicedesk.kernel import clock, health
from servicedesk.kernel.db import session
from servicedesk.kernel.heartbeats import Heartbeat
from servicedesk.kernel.jobs import Job
from servicedesk.kernel.this_desk import the_settings
from servicedesk.operations.last_backup import last_backup_at

# Values of the labels -> figure. Labels come from the code (states, kinds, bands), never from people.
Values = Mapping[tuple[str, ...], float]
PENDING = ("queued", "running", "dead")


@dataclass(frozen=True, slots=True)
class Figure:
    """One gauge: `read` is called inside the app's context and may ask the database."""

    name: str
    purpose: str
    labels: tuple[str, ...]
    read: Callable[[], Values]


figures: dict[str, Figure] = {}


def show_figure(name: str, purpose: str, labels: tuple[str, ...], read: Callable[[], Values]) -> None:
    """Let /metrics show a figure under `name`, which begins with `desk_` and ends with its unit."""
    figures[name] = Figure(name, purpose, labels, read)


def register_own() -> None:
    """Register what can be said without knowing any room above."""
    show_figure("desk_jobs", "Background jobs that are not done.", ("state", "kind"), _jobs)
    show_figure("desk_dead_jobs", "Jobs that failed for good and wait for a person.", (), _dead)
    show_figure(
        "desk_delay_seconds", "For how long the oldest thing of this name has waited.", ("of",), _delays
    )
    show_figure("desk_heartbeat_age_seconds", "Since a process of the role showed life.", ("role",), _beats)
    show_figure("desk_last_backup_timestamp_seconds", "When the desk was last backed up.", (), _backup)


def _jobs() -> Values:
    query = select(Job.state, Job.kind, func.count()).where(Job.state.in_(PENDING))
    rows = session().execute(query.group_by(Job.state, Job.kind))
    return {(state, kind): float(number) for state, kind, number in rows}


def _dead() -> Values:
    number = session().scalar(select(func.count()).where(Job.state == literal("dead")))
    return {(): float(number or 0)}


def _delays() -> Values:
    waiting = {delay.name: delay.since() for delay in health.delays}
    return {(name,): _age(since) if since else 0.0 for name, since in waiting.items()}


def _beats() -> Values:
    rows = session().execute(select(Heartbeat.role, func.max(Heartbeat.at)).group_by(Heartbeat.role))
    return {(role,): _age(at) for role, at in rows}


def _backup() -> Values:
    at = last_backup_at(the_settings().data_dir)
    return {(): at.timestamp()} if at else {}


def _age(at: datetime) -> float:
    return max(0.0, (clock.now() - at).total_seconds())
