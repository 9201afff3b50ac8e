"""The time machine: an agreement or hours tried on the past, and what would have become of promises."""

import json
from http import HTTPStatus
from urllib.parse import urlencode

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.admin.agreement_choices import sentence_for
from portal.admin.agreement_pages import AgreementEditor, NewAgreementEditor
from portal.admin.combined_calendars import editor_of
from portal.admin.trying import drafted_agreement, drafted_calendar
from portal.answering import go_to
from portal.reports.asking import KINDS, whole
from portal.reports.panels import render
from portal.reports.tables import csv_answer
from portal.reports.time_machine_form import (
    Draft,
    changed_in,
    combined_of,
    document_of,
    draft_of,
    form_for,
    parts_in,
    period_in,
    rows_of,
    sent_draft,
    sent_form,
)
from portal.reports.time_machine_lists import LIST, list_row
from portal.reports.time_machine_page import built, line_of
from portal.reports.words import KIND_NAMES
from portal.words import seeded_name
from servicedesk.calendars.queries import calendars
from servicedesk.identity.current import actor
from servicedesk.identity.permissions import Permission, permits
from servicedesk.kernel.errors import Invalid, Refused
from servicedesk.kernel.forms import Form
from servicedesk.kernel.i18n import gettext as _
from sla.ordering import agreement_keys
from sla.replays import ask_replay, late_rows, replay_page, replays

blueprint = Blueprint("time_machine", __name__, url_prefix="/reports/time-machine")
PAGE = 50
ENDED = "ended"
TRY = Permission.AGREEMENT_TRY


@blueprint.get("")
@permits(TRY)
def page() -> ResponseReturnValue:
    """List what was tried, and offer what can be."""
    found = replays(actor(), before=whole(request.args.get("before")), limit=PAGE + 1)
    shown = found[:PAGE]
    agreements = [
        (seeded_name(name), url_for(".new", what="agreement", key=key)) for key, name in agreement_keys()
    ]
    hours = [(seeded_name(row.name), url_for(".new", what="calendar", key=row.key)) for row in calendars()]
    return render(
        "reports/time_machine.html",
        _("What if we had promised something else?"),
        offers=((_("Agreements"), agreements), (_("Calendars"), hours)),
        lines=[line_of(line) for line in shown],
        next_url=url_for(".page", before=shown[-1].id) if len(found) > PAGE else "",
    )


@blueprint.get("/new/<what>/<key>")
@permits(TRY)
def new(what: str, key: str) -> ResponseReturnValue:
    """Show what is in force now, to be changed and tried."""
    draft = draft_of(what, key)
    return _form_page(draft, form_for(draft))


@blueprint.post("/drafts/agreement")
@permits(Permission.AGREEMENT_PUBLISH)
def try_agreement() -> ResponseReturnValue:
    """Take over what stands in the form of the agreements' editor."""
    key = request.args.get("key", "")
    editor = AgreementEditor(key) if key else NewAgreementEditor()
    document, before = drafted_agreement(editor, request.form), request.form.get("before", "")
    is_moved = before != editor.stored().get("before", "")
    draft = Draft("agreement", key, request.form.get("name", ""), document, before if is_moved else "")
    return _form_page(draft, form_for(draft))


@blueprint.post("/drafts/calendar/<key>")
@permits(Permission.CONFIGURE)
def try_calendar(key: str) -> ResponseReturnValue:
    """Take over what stands in the form of the calendars' editor."""
    document = drafted_calendar(editor_of(key), key, request.form)
    also = tuple(value.rpartition(":")[0] for value in request.form.getlist("combined"))
    draft = Draft("calendar", key, request.form.get("name", ""), json.loads(document), combined=also)
    return _form_page(draft, form_for(draft))


@blueprint.post("")
@permits(TRY)
def ask() -> ResponseReturnValue:
    """Begin a replay."""
    draft = sent_draft()
    form = sent_form(draft)
    if not form.is_valid:
        return _form_page(draft, form), 422
    try:
        from_at, to_at = period_in(form)
        replay_id = ask_replay(
            actor(),
            name=form.data["name"],
            from_at=from_at,
            to_at=to_at,
            proposal=draft.proposal(document_of(draft, form), combined_of(draft, form)),
            key=form.key,
        )
    except Invalid as error:
        shown = error if error.field not in (None, "document") else Invalid(error.code, sentence_for(error))
        return _form_page(draft, form.refused(shown)), error.status
    except Refused as error:
        return _form_page(draft, form.refused(Invalid(error.code, error.message))), error.status
    return go_to(url_for(".result", replay_id=replay_id))


def _form_page(draft: Draft, form: Form) -> str:
    first, groups = rows_of(draft, form)
    carried = {"what": draft.what, "key": draft.key, "of": draft.name, "before": draft.before}
    carried["document"] = str(form.values.get("document", ""))
    return render(
        "reports/time_machine_form.html",
        _("Try %(name)s on the past", name=seeded_name(draft.name)),
        form=form,
        first=first,
        groups=groups,
        parts=parts_in(draft),
        changed=changed_in(draft),
        carried=carried,
    )


@blueprint.get("/<int:replay_id>")
@permits(TRY)
def result(replay_id: int) -> ResponseReturnValue:
    """Show what a replay came to, or how far it is."""
    found = replay_page(actor(), replay_id)
    kind = request.args.get("clock", "")
    return render(
        "reports/time_machine_result.html",
        found.line.name,
        result=built(found, kind if kind in KINDS else KINDS[0]),
        clocks=[(each, str(KIND_NAMES[each])) for each in KINDS],
    )


@blueprint.get("/<int:replay_id>/progress")
@permits(TRY)
def progress(replay_id: int) -> ResponseReturnValue:
    """Say in a line how far a replay is; whoever was told that it has ended need not ask again (204)."""
    found = replay_page(actor(), replay_id)
    result = built(found, KINDS[0])
    if not result.is_running and request.if_none_match.contains(ENDED):
        return Response(status=HTTPStatus.NO_CONTENT)
    answer = make_response(render_template("reports/_time_machine_progress.html", result=result))
    if not result.is_running:
        answer.set_etag(ENDED)
    return answer


@blueprint.get("/<int:replay_id>/list")
@permits(TRY)
def late(replay_id: int) -> ResponseReturnValue:
    """List the promises that would have been late and were not, or the other way round."""
    found, side = replay_page(actor(), replay_id), request.args.get("side", "")
    side = side if side in LIST else "after"
    rows = late_rows(
        actor(), replay_id, side=side, after=whole(request.args.get("after")) or 0, limit=PAGE + 1
    )
    shown = rows[:PAGE]
    more = {"side": side, "after": shown[-1].position} if len(rows) > PAGE else None
    address = url_for(".late", replay_id=replay_id)
    return render(
        "reports/time_machine_list.html",
        str(LIST[side]),
        scope=found.line.name,
        back=url_for(".result", replay_id=replay_id),
        rows=[list_row(row) for row in shown],
        next_url=f"{address}?{urlencode(more)}" if more else "",
    )


@blueprint.get("/<int:replay_id>.csv")
@permits(TRY)
def as_csv(replay_id: int) -> ResponseReturnValue:
    """Give both lists."""
    names = (
        *("side", "ticket_id", "kind", "priority", "started_at", "judged_at", "state_before", "state_after"),
        *("target_before", "target_after", "elapsed_before", "elapsed_after"),
    )
    rows = late_rows(actor(), replay_id, limit=None)
    return csv_answer(f"replay-{replay_id}", names, [[getattr(row, name) for name in names] for row in rows])


@blueprint.post("/<int:replay_id>/again")
@permits(TRY)
def again(replay_id: int) -> ResponseReturnValue:
    """Replay the same as of the same moment: the result is the same."""
    found = replay_page(actor(), replay_id)
    new_id = ask_replay(
        actor(),
        name=found.line.name,
        from_at=found.line.from_at,
        to_at=found.line.to_at,
        proposal=found.proposal,
        as_of=found.as_of,
    )
    return go_to(url_for(".result", replay_id=new_id))


@blueprint.get("/<int:replay_id>/publish")
@permits(TRY)
def publish(replay_id: int) -> ResponseReturnValue:
    """Go on to the form that publishes, with what was tried filled in."""
    proposal = replay_page(actor(), replay_id).proposal
    if "calendar" in proposal:
        address = url_for("admin.calendar", key=proposal["calendar"]["key"], replay=replay_id)
    elif key := proposal["agreement"]["key"]:
        address = url_for("admin.agreement", key=key, replay=replay_id)
    else:
        address = url_for("admin.new_agreement", replay=replay_id)
    return redirect(address, 303)
