"""The proof of a clock to print or to keep: page and JSON for whoever wants to work it out again."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Response, jsonify, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.asked import ticket_id_of
from portal.desk.keys import TICKET
from portal.desk.promises import clock_name
from portal.desk.shell import blueprint, desk_page
from portal.words import Moment, moment, seeded_name, ticket_ref
from servicedesk.identity.current import actor
from servicedesk.identity.permissions import Permission, permits
from servicedesk.kernel import clock
from servicedesk.kernel.display import number, working_duration
from servicedesk.kernel.i18n import capitalised
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.stored_rows import Row
from sla.core.cycle import Cycle, Span
from sla.proof import Proof, clock_proof, open_spans

# So many opening times of a line are printed; the JSON has more.
SHOWN_SPANS = 14


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the ledger with the times at which the calendar was open in it."""

    from_at: Moment
    to_at: Moment | None
    what: str
    open: Sequence[tuple[Moment, Moment]]
    more: str
    time: str
    counts: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """A proof ready to be printed."""

    title: str
    ref: str
    state: str
    facts: Sequence[tuple[str, str]]
    agrees: bool
    lines: Sequence[Line]
    used: str
    steps: Sequence[tuple[Moment, str, str, str, str]]
    log: Sequence[tuple[int, str, Moment, str]]
    head: str
    json_url: str
    back: str


@blueprint.get("/tickets/<ref>/clocks/<kind>/<int:cycle>/proof")
@permits(Permission.QUEUE_SEE)
def proof(ref: str, kind: str, cycle: int) -> ResponseReturnValue:
    """Show how a clock came to its figure, so that it can be printed and checked by hand."""
    found = clock_proof(actor(), ticket_id_of(ref), kind, cycle, now=clock.now())
    shown = _shown(found, ref, clock.now())
    return render_template("desk/proof.html", proof=shown, page=desk_page(shown.title, TICKET))


@blueprint.get("/tickets/<ref>/clocks/<kind>/<int:cycle>/proof.json")
@permits(Permission.QUEUE_SEE)
def proof_as_json(ref: str, kind: str, cycle: int) -> Response:
    """Give the proof as JSON, which `servicedesk sla explain` takes as it is."""
    ticket_id = ticket_id_of(ref)
    found = clock_proof(actor(), ticket_id, kind, cycle, now=clock.now())
    answer = jsonify(found.document)
    name = f"{ticket_ref(ticket_id)}-{kind}-{cycle}.json"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _shown(found: Proof, ref: str, now: datetime) -> Shown:
    cycle, head = found.cycle, found.log[-1]
    return Shown(
        title=str(_("Proof: %(clock)s", clock=clock_name(cycle.kind))),
        ref=ref,
        state=capitalised(clock_name(cycle.kind)),
        facts=list(_facts(found)),
        agrees=found.agrees,
        lines=[_line(span, now) for span in cycle.spans],
        used=working_duration(cycle.elapsed_seconds),
        steps=[
            (
                moment(step.at),
                ", ".join(step.event_ids),
                working_duration(step.cycle.elapsed_seconds),
                working_duration(step.cycle.target_seconds),
                _state_name(step.cycle),
            )
            for step in found.steps
        ],
        log=[_logged(row) for row in found.log],
        head=str(head["hash"]),
        json_url=url_for(".proof_as_json", ref=ref, kind=cycle.kind, cycle=cycle.number),
        back=url_for("desk.ticket", ref=ref),
    )


def _facts(found: Proof) -> Iterator[tuple[str, str]]:
    cycle = found.cycle
    calendar = found.calendars.get(cycle.calendar_version_id or 0)
    yield _("State"), _state_name(cycle)
    yield _("Target"), working_duration(cycle.target_seconds)
    yield _("Used"), working_duration(cycle.elapsed_seconds)
    if cycle.due_at:
        yield _("Due"), moment(cycle.due_at).title
    if cycle.breached_at:
        yield _("Late since"), moment(cycle.breached_at).title
    if cycle.stopped_at:
        yield _("Stopped"), moment(cycle.stopped_at).title
    yield _("Rule"), seeded_name(cycle.rule or "")
    if calendar:
        name = seeded_name(calendar.name)
        yield _("Calendar"), str(_("%(name)s, version %(number)s", name=name, number=calendar.number))


def _state_name(cycle: Cycle) -> str:
    names = {
        "running": _("running"),
        "paused": _("paused"),
        "overdue": _("late"),
        "met": _("kept"),
        "missed": _("missed"),
    }
    return str(names.get(cycle.state, _("no longer counted")))


def _line(span: Span, now: datetime) -> Line:
    # How long it has been done is nobody's working time.
    opened = open_spans(span, now) if span.kind != "done" else []
    left_out = len(opened) - SHOWN_SPANS
    return Line(
        from_at=moment(span.from_at),
        to_at=moment(span.to_at) if span.to_at else None,
        what=f"{span.kind} {span.reason}".strip(),
        open=[(moment(begins), moment(ends)) for begins, ends in opened[:SHOWN_SPANS]],
        more=str(_("and %(count)s more", count=number(left_out))) if left_out > 0 else "",
        time=working_duration(span.open_seconds) if span.kind != "done" else "–",
        counts=span.counts and span.kind == "running",
    )


def _logged(row: Row) -> tuple[int, str, Moment, str]:
    return row["seq"], row["type"], moment(row["at"]), row["hash"]
