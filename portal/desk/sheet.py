"""Forms about one ticket that open as a sheet over the page, or as a page of their own without script."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import Response, make_response, render_template, request, url_for

from portal.answering import go_to, notify
from portal.asked import ticket_id_of, wants_fragment
from portal.desk.conflicts import News, news_since
from portal.desk.keys import TICKET
from portal.desk.shell import desk_page, place_after, way_back
from portal.desk.timeline import names_in
from portal.desk.undo import notify_sent
from portal.words import ticket_ref
from servicedesk.identity.actor import Actor
from servicedesk.identity.current import actor
from servicedesk.kernel.errors import Conflict, Invalid, Refused
from servicedesk.kernel.forms import Form, FormSchema, Problem, load_form
from servicedesk.kernel.i18n import gettext as _
from servicedesk.tickets.queries import TicketRow, conversation, ticket_detail

Row = dict[str, Any]  # the arguments of the `field` macro


@dataclass(frozen=True, slots=True)
class Sheet:
    """A form ready to be drawn. `news` is what others did since the agent opened it."""

    title: str
    ref: str
    subject: str
    action: str
    back: str
    submit: str
    rows: Sequence[Row]
    problems: Sequence[Problem]
    row_version: int
    intro: str
    more: tuple[str, str]
    news: Sequence[News] = ()


def _nothing(_ticket: TicketRow) -> str:
    return ""


def _no_more(_viewer: Actor, _ticket: TicketRow) -> tuple[str, str]:
    return ("", "")


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that agents do to a ticket by a form.

    values: what stands in the fields at first, from the ticket. rows: changes to the fields that the schema
    cannot know, by name (choices, help). do: runs the command with what was typed and the version that
    was shown, and returns the sentence that says what happened. more: address and words of a further form.
    says: its text goes to the customer, as a reply does.
    """

    endpoint: str
    schema: type[FormSchema]
    title: Callable[[], str]
    submit: Callable[[TicketRow], str]
    values: Callable[[TicketRow], Mapping[str, object]]
    do: Callable[[Actor, int, Mapping[str, Any], int | None], str]
    rows: Callable[[TicketRow], Mapping[str, Row]] = lambda _ticket: {}
    intro: Callable[[TicketRow], str] = _nothing
    more: Callable[[Actor, TicketRow], tuple[str, str]] = _no_more
    says: bool = False


def answer(ref: str, deed: Deed) -> Response:
    """Show the form of `deed`, or do it: on to the ticket, or the form again with what is wrong."""
    viewer, ticket_id = actor(), ticket_id_of(ref)
    if request.method == "GET":
        ticket = ticket_detail(viewer, ticket_id)
        return _drawn(_sheet(viewer, ticket, deed, Form(deed.schema(), values=deed.values(ticket))))
    form = load_form(deed.schema, request.form)
    if not form.is_valid:
        return _again(viewer, ticket_id, deed, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        told = deed.do(viewer, ticket_id, form.data, form.row_version)
    except Invalid as error:
        return _again(viewer, ticket_id, deed, form.refused(error), error.status)
    except (Refused, Conflict) as error:
        stale = form.row_version if isinstance(error, Conflict) else None
        refused = form.refused(Invalid(error.code, error.message))
        return _again(viewer, ticket_id, deed, refused, error.status, stale=stale)
    if deed.says and form.data["text"].strip():
        notify_sent(ticket_id, told)
    else:
        notify(told)
    url = url_for("desk.ticket", ref=ticket_ref(ticket_id))
    return go_to(way_back(place_after(viewer, ticket_id, url)))


def _again(
    viewer: Actor, ticket_id: int, deed: Deed, form: Form, status: HTTPStatus, *, stale: int | None = None
) -> Response:
    """Return the form again: what was typed stays; after a stale save the present values stand beside it."""
    ticket = ticket_detail(viewer, ticket_id)
    if stale is None:
        return _drawn(_sheet(viewer, ticket, deed, form), status)
    spoken = conversation(viewer, ticket)
    news = news_since(stale, ticket, spoken, names_in(viewer, ticket, spoken))
    return _drawn(_sheet(viewer, ticket, deed, form, news=news, now=deed.values(ticket)), status)


def _sheet(
    viewer: Actor,
    ticket: TicketRow,
    deed: Deed,
    form: Form,
    *,
    news: Sequence[News] = (),
    now: Mapping[str, object] | None = None,
) -> Sheet:
    ref, changes, back = ticket_ref(ticket.id), deed.rows(ticket), way_back("")
    rows = [form.row(name, **changes.get(name, {})) for name in form.schema.fields]
    return Sheet(
        title=deed.title(),
        ref=ref,
        subject=ticket.subject,
        action=url_for(deed.endpoint, ref=ref, back=back or None),
        back=back or url_for("desk.ticket", ref=ref),
        submit=deed.submit(ticket),
        rows=[_beside(row, (now or {}).get(row["name"])) for row in rows],
        problems=form.problems,
        row_version=ticket.row_version,
        intro=deed.intro(ticket),
        more=deed.more(viewer, ticket),
        news=news,
    )


def _beside(row: Row, now: object) -> Row:
    """Return the field with the value in force beside it, where that is another one than what was typed."""
    if now in (None, "") or str(now) == str(row["value"]):
        return row
    names = {str(value): str(words) for value, words in row["options"]}
    return row | {"help": _("Now: %(value)s", value=names.get(str(now), str(now)))}


def _drawn(sheet: Sheet, status: HTTPStatus = HTTPStatus.OK) -> Response:
    if wants_fragment():
        return make_response(render_template("desk/_sheet.html", deed=sheet), status)
    page = desk_page(f"{sheet.title} · {sheet.ref}", TICKET)
    return make_response(render_template("desk/sheet.html", deed=sheet, page=page), status)
