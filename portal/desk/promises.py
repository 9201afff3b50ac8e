"""Clocks in the agent's words: the fuse of a row, the clocks of a ticket with their ledger."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.desk.words import isolated
from servicedesk.kernel import i18n
from servicedesk.kernel.display import duration, working_duration
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.i18n import lazy_gettext as _l
from servicedesk.tickets.catalogue import status_name
from servicedesk.tickets.queries import TicketRow
from sla import fields as sla_fields
from sla.core.fuse import Fuse as Burnt

FUSE_FIELDS = (*sla_fields.FUSE_FIELDS, "sla.waits_since")
_CLOCKS = {
    "first_response": _l("first response"),
    "next_response": _l("next response"),
    "update": _l("update"),
    "resolution": _l("resolution"),
}


@dataclass(frozen=True, slots=True)
class Count:
    """What lets a time go on by itself on the page; see `macros/fuse.html`, countdown."""

    left_seconds: int
    open_seconds: int | None
    target_seconds: int
    risk_seconds: int


@dataclass(frozen=True, slots=True)
class Fuse:
    """A clock as `macros/fuse.html` draws it."""

    words: str
    state: str
    share: int
    clock_label: str
    detail: str
    count: Count | None


def clock_name(kind: str) -> str:
    """Return a clock by name."""
    return str(_CLOCKS.get(kind, kind))


def fuse(values: Mapping[str, Any], ticket: TicketRow, *, now: datetime) -> Fuse | None:
    """Return the fuse of a queue row that was asked for FUSE_FIELDS; None where nothing is promised."""
    burnt = sla_fields.fuse_of(values, now)
    if burnt is None:
        return None
    return Fuse(
        words=time_words(burnt),
        state=burnt.shape,
        share=burnt.share,
        clock_label=clock_name(burnt.kind),
        detail=_detail(burnt, ticket, values["sla.waits_since"], now),
        count=count_of(burnt),
    )


def time_words(burnt: Burnt) -> str:
    """Return "42 m left", "18 m late" or "paused", in working time."""
    if burnt.shape == "late":
        return str(_("%(time)s late", time=working_duration(burnt.left_seconds)))
    if burnt.shape == "held":
        return str(_("paused"))
    return str(_("%(time)s left", time=working_duration(burnt.left_seconds)))


def count_of(burnt: Burnt) -> Count | None:
    """Return what counts on by itself; None for a clock that rests."""
    if not burnt.is_running:
        return None
    return Count(burnt.left_seconds, burnt.open_seconds, burnt.target_seconds, burnt.risk_seconds)


def _detail(burnt: Burnt, ticket: TicketRow, waits_since: datetime | None, now: datetime) -> str:
    """Return for how long it has been waiting for what; empty for a clock that runs."""
    if burnt.shape != "held" or waits_since is None:
        return ""
    waits = status_name(ticket.status, i18n.current_language())
    waited = isolated(duration((now - waits_since).total_seconds()))
    return str(_("%(waits)s, %(time)s", waits=waits, time=waited))
