"""The queue's doors: the list, its arrivals, the reading pane, and taking the next request."""

from datetime import datetime, timedelta
from http import HTTPStatus

from flask import Response, make_response, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue

from portal.answering import go_to, notify
from portal.asked import ticket_id_of, wants_fragment
from portal.desk.arrivals import arrivals_of
from portal.desk.cursors import cursor_from
from portal.desk.filters import filters_from
from portal.desk.keys import LIST, key_hints
from portal.desk.look import Look, look_from, look_text, looked
from portal.desk.peek_page import peek_page
from portal.desk.queue_page import Asked, build_queue
from portal.desk.shell import acted_at, blueprint, desk_page, way_back
from portal.desk.views import ALL, view_named
from portal.words import ticket_ref
from servicedesk.identity.current import actor
from servicedesk.identity.permissions import Permission, permits
from servicedesk.kernel import clock
from servicedesk.kernel.errors import NotFound
from servicedesk.kernel.i18n import gettext as _
from servicedesk.tickets import pulling
from servicedesk.tickets.queries import ticket_detail

LOOK = "looked"


@blueprint.get("")
@permits(Permission.QUEUE_SEE)
def home() -> ResponseReturnValue:
    """Go to the whole queue."""
    return redirect(url_for("desk.queue", view=ALL.key))


@blueprint.get("/queue/<view>")
@permits(Permission.QUEUE_SEE)
def queue(view: str) -> ResponseReturnValue:
    """Show one page of a view; a ticket's number in the search field leads to the ticket."""
    viewer, now = actor(), clock.now()
    asked = _asked(view)
    if (found := _ticket_named(asked.filters.q)) is not None:
        return redirect(url_for("desk.ticket", ref=ticket_ref(found), view=asked.view.key))
    built, rail = build_queue(viewer, asked, now=now, look=_look(now))
    page = desk_page(built.label, LIST, groups=[rail], counts={url_for("desk.home"): built.open_count})
    return render_template("desk/queue.html", queue=built, page=page, hints=key_hints(LIST))


def _look(now: datetime) -> Look:
    """Return the look that new requests are marked against, and remember this one."""
    kept = cookie.get(LOOK)
    look = looked(look_from(kept), now)
    if look_text(look) != kept:
        cookie[LOOK] = look_text(look)
    return look


def _asked(view: str) -> Asked:
    return Asked(
        view=view_named(actor(), view),
        filters=filters_from(request.args),
        place=cursor_from(request.args.get("after", "")),
        with_waiting=request.args.get("waiting") == "1",
        acted_at=acted_at(),
    )


def _ticket_named(text: str) -> int | None:
    """Return the ticket whose number was searched for, if there is one for this viewer."""
    try:
        return ticket_detail(actor(), ticket_id_of(text)).id if text else None
    except NotFound:
        return None


@blueprint.get("/queue/<view>/changes")
@permits(Permission.QUEUE_SEE)
def changes(view: str) -> ResponseReturnValue:
    """Say what arrived since the list was made: 304 while nothing did, else one line."""
    asked, now = _asked(view), clock.now()
    since = _moment(request.args.get("since", ""), now)
    arrivals = arrivals_of(actor(), asked, since=since, now=now, known=request.if_none_match)
    if arrivals is None:
        answer = Response(status=HTTPStatus.NOT_MODIFIED)
        answer.headers["ETag"] = request.headers["If-None-Match"]
        return answer
    answer = make_response(render_template("desk/_arrivals.html", arrivals=arrivals, url=asked.url()))
    answer.set_etag(arrivals.version)
    return answer


def _moment(text: str, now: datetime) -> datetime:
    """Return the moment in an address, at most a day ago and not ahead: older lists are simply stale."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return now
    return min(max(at, now - timedelta(days=1)), now) if at.tzinfo else now


@blueprint.get("/tickets/<ref>/peek")
@permits(Permission.QUEUE_SEE)
def peek(ref: str) -> ResponseReturnValue:
    """Show the reading pane of one ticket."""
    view = view_named(actor(), request.args.get("view", ALL.key))
    back = way_back(url_for("desk.queue", view=view.key))
    shown = peek_page(actor(), ticket_id_of(ref), view, now=clock.now(), back=back)
    if wants_fragment():
        return render_template("desk/_peek.html", peek=shown)
    return render_template("desk/peek.html", peek=shown, page=desk_page(shown.head.ref, LIST))


@blueprint.post("/next")
@permits(Permission.TICKET_ASSIGN)
def next() -> ResponseReturnValue:  # noqa: A001  (the name of the page)
    """Take the best request that nobody has, and open it, saying why it is this one."""
    pulled = pulling.pull_next(actor())
    if pulled is None:
        notify(str(_("Nothing waits for you: every open request has somebody.")), "held")
        return go_to(url_for("desk.queue", view=ALL.key))
    ref = ticket_ref(pulled.ticket_id)
    notify(_why_this_one(pulled.because, ref))
    return go_to(url_for("desk.ticket", ref=ref))


def _why_this_one(because: str, ref: str) -> str:
    sentences = {
        pulling.URGENT: _("%(ref)s is yours. It was next because P1 goes before everything else.", ref=ref),
        pulling.AT_RISK: _("%(ref)s is yours. It was next because its promise breaks soonest.", ref=ref),
        pulling.TOO_OLD: _(
            "%(ref)s is yours. It was next because it is overdue and open for a week or more.", ref=ref
        ),
        pulling.TURN_OF_OVERDUE: _(
            "%(ref)s is yours. It was next because every fifth one is taken from the overdue.", ref=ref
        ),
        pulling.NEEDS_TRIAGE: _(
            "%(ref)s is yours. Nothing was free in your teams; this one still needs a team.", ref=ref
        ),
        pulling.BEST: _("%(ref)s is yours. It was the first free one of the queue.", ref=ref),
    }
    return str(sentences[because])
