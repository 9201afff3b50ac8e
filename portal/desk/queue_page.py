"""One page of the queue, put together: bands with their rows, counts for the rail, filters, the way on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import request, url_for
from markupsafe import Markup

from portal.desk import promises
from portal.desk.cursors import Place, cursor_text
from portal.desk.filters import Choice, Filters, choices, narrowed
from portal.desk.look import Look
from portal.desk.queue_rows import Looking, row_texts
from portal.desk.views import ALL, View, condition_of, end_of_day, not_waiting, views_for
from portal.kept import once, rights_of
from portal.page import Link, LinkGroup
from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission
from servicedesk.kernel.condition_parsing import parse
from servicedesk.kernel.conditions import AllOf, Condition
from servicedesk.kernel.display import number
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.i18n import lazy_gettext as _l
from servicedesk.kernel.state import revision
from servicedesk.tickets.fields import condition_fields
from servicedesk.tickets.queue import (
    IN_TIME,
    NOW,
    OVERDUE,
    WAITING,
    QueueRow,
    queue_page,
)
from servicedesk.tickets.queue_counts import queue_counts_lately

# In the order of the rank's first key.
BANDS = (
    (NOW, "now", _l("Now")),
    (IN_TIME, "in_time", _l("Can still make it")),
    (OVERDUE, "overdue", _l("Overdue")),
    (WAITING, "waiting", _l("Waiting")),
)


@dataclass(frozen=True, slots=True)
class BandLines:
    """A heading with its count and the rows of this page, written; `fold_url` shows or hides what waits."""

    label: str
    count: str
    rows: Markup
    is_folded: bool = False
    fold_url: str = ""


@dataclass(frozen=True, slots=True)
class Queue:
    """The page as its template reads it."""

    view: str
    label: str
    note: str
    open_count: str
    bands: Sequence[BandLines]
    choices: Sequence[Choice]
    filters: Filters
    is_filtered: bool
    pager: str
    first_url: str
    next_url: str
    changes_url: str
    may_pull: bool
    may_file: bool

    @property
    def top(self) -> tuple[object, ...]:
        """What stands above the list rests on."""
        return (self.view, self.label, self.note, self.choices, self.filters, self.may_pull, self.may_file)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for: a view, narrowed, from a place on, with or without what waits.

    acted_at: when this browser last sent a form, so that no count hides what it did.
    """

    view: View
    filters: Filters
    place: Place | None
    with_waiting: bool
    acted_at: datetime | None = None

    def url(self, endpoint: str = "desk.queue", **more: str | None) -> str:
        """Return an address of this view with its filters."""
        waiting = "1" if self.with_waiting and self.view.folds_waiting else None
        values = {"view": self.view.key, **self.filters.given(), "waiting": waiting} | more
        given: dict[str, Any] = {name: value for name, value in values.items() if value}
        return url_for(endpoint, **given)


def build_queue(viewer: Actor, asked: Asked, *, now: datetime, look: Look) -> tuple[Queue, LinkGroup]:
    """Return the page and the rail's views with their counts; two statements, however many rows."""
    as_of = asked.place.as_of if asked.place else now
    chosen = narrowed(condition_of(viewer, asked.view, now=as_of), asked.filters)
    shows_waiting = asked.with_waiting or not asked.view.folds_waiting
    page = queue_page(
        viewer,
        chosen if shows_waiting else AllOf((chosen, not_waiting())),
        now=as_of,
        extra=promises.FUSE_FIELDS,
        after=asked.place.rank if asked.place else None,
    )
    counts = _counts(viewer, asked, chosen, now=now)
    before = asked.place.shown if asked.place else 0
    total = sum(counts[key] for band, key, _label in BANDS if shows_waiting or band != WAITING)
    on_to = Place(as_of, page.next_cursor, before + len(page.rows)) if page.next_cursor else None
    queue = Queue(
        view=asked.view.key,
        label=str(asked.view.label),
        note=_note(counts),
        open_count=number(counts[f"view {ALL.key}"]),
        bands=_bands(viewer, asked, page.rows, counts, now=now, look=look),
        choices=choices(asked.filters),
        filters=asked.filters,
        is_filtered=bool(asked.filters.given()),
        pager=_pager(before, len(page.rows), total) if on_to or before else "",
        first_url=asked.url() if before else "",
        next_url=asked.url(after=cursor_text(on_to)) if on_to else "",
        changes_url=asked.url("desk.changes", since=as_of.isoformat()),
        may_pull=viewer.has(Permission.TICKET_ASSIGN),
        may_file=viewer.has(Permission.TICKET_FILE_FOR_OTHERS),
    )
    return queue, _rail(viewer, asked.view, counts)


def _counts(viewer: Actor, asked: Asked, chosen: Condition, *, now: datetime) -> dict[str, int]:
    """Return the counts of the bands of this list and of every view in the rail, with one statement."""
    today = end_of_day(now, viewer.zone)
    key = ("counted", asked.view.key, asked.filters, rights_of(viewer), viewer.zone, today, revision())
    counted = once(key, lambda: _counted(viewer, chosen, now))
    return queue_counts_lately(viewer, counted, now=now, acted_at=asked.acted_at)


def _counted(viewer: Actor, chosen: Condition, now: datetime) -> dict[str, Condition]:
    bands: dict[str, Condition] = {
        key: AllOf((chosen, parse({"field": "sla.band", "is": key}, condition_fields())))
        for _band, key, _label in BANDS
    }
    views = {f"view {view.key}": condition_of(viewer, view, now=now) for view in (ALL, *views_for(viewer))}
    return bands | views


def _note(counts: Mapping[str, int]) -> str:
    shown = number(sum(counts[key] for _band, key, _label in BANDS))
    return str(_("%(count)s open · soonest promise first", count=shown))


def _pager(before: int, shown: int, total: int) -> str:
    first, last = number(before + 1), number(before + shown)
    return str(_("%(first)s–%(last)s of %(total)s", first=first, last=last, total=number(total)))


def _bands(
    viewer: Actor,
    asked: Asked,
    rows: Sequence[QueueRow],
    counts: Mapping[str, int],
    *,
    now: datetime,
    look: Look,
) -> list[BandLines]:
    looking = Looking(asked.view.key, viewer, look.before, now)
    found = []
    for band, key, label in BANDS:
        of_band = [row for row in rows if row.rank[0] == band]
        folds = band == WAITING and asked.view.folds_waiting
        if of_band or (folds and counts[key] and not asked.place):
            found.append(
                BandLines(
                    label=str(label),
                    count=number(counts[key]),
                    rows=row_texts(of_band, looking),
                    is_folded=folds and not asked.with_waiting,
                    fold_url=asked.url(waiting="" if asked.with_waiting else "1") if folds else "",
                )
            )
    return found


def _url_of(view: View, root: str) -> str:
    return once(("view", view.key, root), lambda: url_for("desk.queue", view=view.key))


def _rail(viewer: Actor, current: View, counts: Mapping[str, int]) -> LinkGroup:
    root = request.script_root
    links = [
        Link(
            label=str(view.label),
            url=_url_of(view, root),
            count=number(counts[f"view {view.key}"]),
            state=view.state if counts[f"view {view.key}"] else "",
            is_current=view.key == current.key,
        )
        for view in views_for(viewer)
        if counts[f"view {view.key}"] or view.key == current.key or not view.only_if_any
    ]
    return LinkGroup(tuple(links), str(_("Views")))
