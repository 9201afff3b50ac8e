"""The one box, the form of a catalogue item, and what a sent form becomes."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for

from portal.customer.hours import hours_in_words
from portal.customer.promise import Wish, offer_for
from portal.customer.proposal import (
    Choice,
    Proposed,
    choice_of,
    choices,
    item_route,
    promise_in_words,
    proposed_for,
)
from portal.customer.schemas import ANSWER, answers_in
from portal.customer.subjects import subject_of
from portal.drafts import KeptDraft, kept_draft
from portal.files import NOTHING, Attaching, Enclosed, attaching, problems_of
from servicedesk.identity.actor import Actor
from servicedesk.kernel.forms import Form, Problem, new_key
from servicedesk.kernel.i18n import gettext as _
from servicedesk.tickets.catalogue import ItemRow
from servicedesk.tickets.drafts import has_begun_a_request
from servicedesk.tickets.opening import Request
from servicedesk.tickets.recording import SUBJECT_LIMIT


@dataclass(frozen=True, slots=True)
class Box:
    """The one box as `macros/ask.html` draws it, what stands below it, and what is wrong with it."""

    action: str
    proposal_url: str
    look: str
    key: str
    text: str
    label: str
    placeholder: str
    help: str
    send: str
    choices: Sequence[Choice]
    files: Attaching
    proposed: Proposed | None = None
    problems: Sequence[Problem] = ()
    kept: KeptDraft | None = None


@dataclass(frozen=True, slots=True)
class ItemPage:
    """The form of a catalogue item, with where it goes and what is promised."""

    action: str
    item: Choice
    goes: str
    promise: str
    hours: str
    rows: Sequence[Mapping[str, Any]]
    problems: Sequence[Problem]
    key: str
    back: str
    files: Attaching


def box(
    viewer: Actor,
    *,
    at: datetime,
    form: Form | None = None,
    without: Collection[int] = (),
    enclosed: Enclosed = NOTHING,
) -> Box:
    """Return the one box: empty, or as it was sent with what has to be looked at."""
    text = str(form.values.get("text", "")) if form else ""
    return Box(
        action=url_for("customer.new_request"),
        proposal_url=url_for("customer.proposal"),
        look=str(_("Look for answers first")),
        key=form.key if form else new_key(),
        text=text,
        label=str(_("What do you need?")),
        placeholder=str(_("Write it as you would say it.")),
        help=str(_("Nothing is sent until you press the button.")),
        send=str(_("Send the request")),
        choices=choices(),
        files=attaching(enclosed.ids),
        proposed=proposed_for(viewer, text, at=at, without=without) if text else None,
        kept=kept_draft(stored=has_begun_a_request(viewer)),
        problems=[*map(_of_the_box, form.problems if form else ()), *problems_of(enclosed)],
    )


def _of_the_box(problem: Problem) -> Problem:
    """A problem of a field that the box does not show belongs to the form as a whole."""
    return problem if problem.name == "text" else Problem("", "", problem.message)


def item_page(viewer: Actor, item: ItemRow, form: Form, *, at: datetime, enclosed: Enclosed) -> ItemPage:
    """Return the form of `item`; its questions stand first, the customer's own words last."""
    offer = offer_for(viewer, Wish(item=item), at=at)
    asked = [name for name in form.schema.fields if name.startswith(ANSWER)]
    label = _("Tell us more") if asked else _("What do you need?")
    return ItemPage(
        action=url_for("customer.new_request"),
        item=choice_of(item),
        goes=item_route(item),
        promise=promise_in_words(offer) if offer else "",
        hours=hours_in_words(offer) if offer else "",
        rows=[*(form.row(name) for name in asked), form.row("text", label=str(label))],
        problems=[*form.problems, *problems_of(enclosed)],
        key=form.key or new_key(),
        back=url_for("customer.home"),
        files=attaching(enclosed.ids),
    )


def request_in(form: Form, item: ItemRow | None, uploads: Sequence[str] = ()) -> Request:
    """Return what a valid form asks for; its first line becomes the subject where none was given."""
    text = form.data["text"]
    return Request(
        subject=form.data["subject"] or subject_of(text, most=SUBJECT_LIMIT),
        text=text,
        item_id=item.id if item else None,
        answers=answers_in(form.data),
        uploads=tuple(uploads),
    )
