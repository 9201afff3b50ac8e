"""Doors: people: the list, somebody new, one person, leaving, coming back, a link to come in."""

from typing import Any

from flask import make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.admin.editing import answer, confirm, show
from portal.admin.person_forms import choices
from portal.admin.person_pages import (
    SECTION,
    FarewellEditor,
    NewPersonEditor,
    PersonEditor,
    ReturnEditor,
    whole,
)
from portal.admin.shell import admin_page, blueprint
from portal.admin.words import role_names
from servicedesk.identity.current import actor
from servicedesk.identity.people import STATES, PeopleWanted, known_person, people_page
from servicedesk.identity.permissions import Permission, permits
from servicedesk.identity.profiles import invite_person
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.this_desk import the_settings

MOST_TYPED = 120


@blueprint.get("/people")
@permits(Permission.PEOPLE_MANAGE)
def people() -> ResponseReturnValue:
    """List the people, by name."""
    wanted = _wanted()
    found = people_page(actor(), wanted)
    named = {"state": wanted.state, "role": wanted.role, "q": wanted.text}
    kept: dict[str, Any] = {name: value for name, value in named.items() if value}
    states = [("active", _("active")), ("inactive", _("inactive")), ("all", _("all"))]
    return render_template(
        "admin/people.html",
        page=admin_page(str(_("People")), SECTION),
        lines=[(row, role_names(row.roles)) for row in found.rows],
        filters=[
            ("state", _("State"), states, wanted.state),
            ("role", _("Role"), [("", _("any")), *choices("roles")], wanted.role),
        ],
        wanted=wanted,
        is_filtered=bool(wanted.text or wanted.role or wanted.state != "active"),
        next_url=url_for("admin.people", **kept, after=found.next) if found.next else "",
    )


def _wanted() -> PeopleWanted:
    given = request.args
    state = given.get("state", "active")
    return PeopleWanted(
        state=state if state in (*STATES, "all") else "active",
        role=given.get("role", "")[:64],
        text=" ".join(given.get("q", "").replace("\0", "").split())[:MOST_TYPED],
        after=whole(given.get("after", "")),
    )


@blueprint.get("/people/new")
@permits(Permission.PEOPLE_MANAGE)
def new_person() -> ResponseReturnValue:
    """Show the form of somebody new."""
    return show(NewPersonEditor())


@blueprint.post("/people/new")
@permits(Permission.PEOPLE_MANAGE)
def add_person() -> ResponseReturnValue:
    """Show what adding somebody does, or add them."""
    return answer(NewPersonEditor())


@blueprint.get("/people/<int:person_id>")
@permits(Permission.PEOPLE_MANAGE)
def person(person_id: int) -> ResponseReturnValue:
    """Show a person."""
    return show(PersonEditor(person_id))


@blueprint.post("/people/<int:person_id>")
@permits(Permission.PEOPLE_MANAGE)
def save_person(person_id: int) -> ResponseReturnValue:
    """Show what a change does, or save it."""
    return answer(PersonEditor(person_id))


@blueprint.get("/people/<int:person_id>/deactivate")
@permits(Permission.PEOPLE_MANAGE)
def deactivate(person_id: int) -> ResponseReturnValue:
    """Show what ends when a person is let in no more."""
    return confirm(FarewellEditor(person_id))


@blueprint.post("/people/<int:person_id>/deactivate")
@permits(Permission.PEOPLE_MANAGE)
def say_farewell(person_id: int) -> ResponseReturnValue:
    """Let a person in no more."""
    return answer(FarewellEditor(person_id))


@blueprint.get("/people/<int:person_id>/reactivate")
@permits(Permission.PEOPLE_MANAGE)
def reactivate(person_id: int) -> ResponseReturnValue:
    """Show what a person may do who comes back."""
    return confirm(ReturnEditor(person_id))


@blueprint.post("/people/<int:person_id>/reactivate")
@permits(Permission.PEOPLE_MANAGE)
def welcome_back(person_id: int) -> ResponseReturnValue:
    """Let a person in again."""
    return answer(ReturnEditor(person_id))


@blueprint.get("/people/<int:person_id>/invite")
@permits(Permission.PEOPLE_MANAGE)
def invite(person_id: int) -> ResponseReturnValue:
    """Say what a link to choose a password is, before one is made."""
    return _invitation(person_id, "")


@blueprint.post("/people/<int:person_id>/invite")
@permits(Permission.PEOPLE_MANAGE)
def make_invitation(person_id: int) -> ResponseReturnValue:
    """Make a link and show it, this once."""
    secret = invite_person(actor(), person_id)
    return _invitation(person_id, f"{the_settings().base_url}/password/{secret}")


def _invitation(person_id: int, link: str) -> ResponseReturnValue:
    shown = known_person(actor(), person_id)
    page = admin_page(str(_("Link to choose a password")), SECTION)
    answered = make_response(render_template("admin/invitation.html", page=page, person=shown, link=link))
    answered.headers["Cache-Control"] = "no-store"
    return answered
