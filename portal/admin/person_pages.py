"""Editing a person: the form, what a change does, and how somebody leaves and comes back."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from flask import url_for

from portal.admin.editing import EditForm, Editor, in_one_save
from portal.admin.effects import Effect, Line
from portal.admin.person_effects import ending_lines, moved_lines, open_lines, rights_lines
from portal.admin.person_forms import NewPersonForm, PersonForm, choices
from portal.page import Link
from portal.words import isolated
from servicedesk.identity.actor import Actor
from servicedesk.identity.commands import NewPerson, create_person, deactivate_person, set_roles
from servicedesk.identity.current import actor
from servicedesk.identity.grouping import set_groups
from servicedesk.identity.people import doors_of, known_person
from servicedesk.identity.permissions import Permission
from servicedesk.identity.profiles import Profile, change_person, check_places, reactivate_person
from servicedesk.identity.queries import actor_of, person_by_email
from servicedesk.kernel.forms import Form
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.this_desk import the_settings

SECTION = "admin.people"
# Fields that need a right of their own, beside that to look after people.
_NEEDED = {"roles": Permission.ROLES_MANAGE, "groups": Permission.CONFIGURE}


def may_fill(name: str) -> bool:
    """Say whether whoever asks may fill in this field."""
    return name not in _NEEDED or actor().has(_NEEDED[name])


def whole(text: str) -> int | None:
    """Return the id that a select sent, None for none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def numbers_in(texts: Sequence[str]) -> list[int]:
    """Return the ids that boxes sent."""
    return [found for text in texts if (found := whole(text)) is not None]


class _PersonEditor(Editor):
    section = SECTION

    def options(self, name: str) -> Sequence[tuple[str, str]]:
        return choices(name)

    def rows(self, form: Form) -> list[dict[str, Any]]:
        names = [name for name in form.schema.fields if name not in ("do", "seen") and self.offers(name)]
        names.sort(key=lambda name: ("name", "email").index(name) if name in ("name", "email") else 2)
        return [form.row(name, **self._offered(name)) for name in names]

    def offers(self, name: str) -> bool:
        return may_fill(name)

    def _offered(self, name: str) -> dict[str, Any]:
        found = self.options(name)
        return {"options": found} if found else {}


class PersonEditor(_PersonEditor):
    """Somebody who is known."""

    schema = PersonForm

    def __init__(self, person_id: int) -> None:
        self.person = known_person(actor(), person_id)
        self.row_version = self.person.row_version

    @property
    def title(self) -> str:
        return self.person.name

    @property
    def back(self) -> Link:
        return Link(str(_("People")), url_for("admin.people"))

    def stored(self) -> dict[str, Any]:
        person = self.person
        return {
            "name": person.name,
            "organisation_id": str(person.organisation_id or ""),
            "branch_id": str(person.branch_id or ""),
            "roles": list(person.roles),
            "groups": [str(group_id) for group_id in person.group_ids],
            "language": person.language,
            "zone": person.zone,
        }

    def keep(self, form: Form) -> str:
        person_id, data, who = self.person.id, form.data, actor()
        with in_one_save():
            change_person(who, person_id, profile_from(form), expected_version=form.row_version)
            if self.offers("roles"):
                set_roles(who, person_id, roles=data["roles"])
            if self.offers("groups"):
                set_groups(who, person_id, group_ids=numbers_in(data["groups"]))
        return url_for("admin.person", person_id=person_id)

    def offers(self, name: str) -> bool:
        """Roles and teams of somebody inactive stay what they were until they come back."""
        return may_fill(name) and (self.person.is_active or name not in _NEEDED)

    def before(self, form: Form) -> Actor | None:
        return actor_of(self.person.id) if self.person.is_active else None

    def effect(self, form: Form, before: Actor | None) -> Effect:
        lines: list[Line] = []
        if before is not None:
            lines += rights_lines(before, actor_of(self.person.id))
        if whole(form.data["organisation_id"]) != self.person.organisation_id:
            lines += moved_lines(self.person)
        return Effect(lines=lines)

    @property
    def deeds(self) -> Sequence[Any]:
        here = self.person.id
        if not self.person.is_active:
            about = _("Lets the person in again, with the roles and teams of before.")
            return [(_("Reactivate"), about, url_for("admin.reactivate", person_id=here))]
        return [
            (
                _("Link to choose a password"),
                _("Works once, within an hour; give it to the person yourself."),
                url_for("admin.invite", person_id=here),
            ),
            (
                _("Deactivate"),
                _("Lets the person in no more; what they did stays."),
                url_for("admin.deactivate", person_id=here),
            ),
        ]


class NewPersonEditor(_PersonEditor):
    """Somebody new."""

    schema = NewPersonForm

    @property
    def title(self) -> str:
        return str(_("New person"))

    @property
    def back(self) -> Link:
        return Link(str(_("People")), url_for("admin.people"))

    def stored(self) -> dict[str, Any]:
        settings = the_settings()
        return {"roles": ["customer"], "language": settings.language, "zone": settings.zone}

    def keep(self, form: Form) -> str:
        who, profile = actor(), profile_from(form)
        check_places(profile.organisation_id, profile.branch_id, profile.language, profile.zone)
        roles = form.data["roles"] if may_fill("roles") else ["customer"]
        new = NewPerson(**asdict(profile), email=form.data["email"], roles=tuple(roles))
        with in_one_save():
            person_id = create_person(who, new, key=form.key)
            if may_fill("groups"):
                set_groups(who, person_id, group_ids=numbers_in(form.data["groups"]))
        return url_for("admin.person", person_id=person_id)

    def effect(self, form: Form, before: Any) -> Effect:
        person = person_by_email(form.data["email"])
        could = rights_lines(Actor(kind="person"), actor_of(person.id)) if person else []
        about = _("They cannot sign in yet: make a link for them to choose a password once this is saved.")
        return Effect(lines=[*could, Line(str(about), "due")])


class FarewellEditor(Editor):
    """Somebody who is let in no more."""

    schema = EditForm
    section = SECTION

    def __init__(self, person_id: int) -> None:
        self.person = known_person(actor(), person_id)
        self.row_version = self.person.row_version
        self._doors = doors_of(actor(), person_id)

    @property
    def title(self) -> str:
        return str(_("Deactivate %(name)s", name=isolated(self.person.name)))

    @property
    def verb(self) -> str:
        return str(_("Deactivate"))

    @property
    def back(self) -> Link:
        return Link(self.person.name, url_for("admin.person", person_id=self.person.id))

    def stored(self) -> dict[str, Any]:
        return {}

    def keep(self, form: Form) -> str:
        deactivate_person(actor(), self.person.id, expected_version=form.row_version)
        return url_for("admin.person", person_id=self.person.id)

    def effect(self, form: Form, before: Any) -> Effect:
        return Effect(lines=[*ending_lines(self._doors), *open_lines(self.person.id)])


class ReturnEditor(FarewellEditor):
    """Somebody who comes back."""

    @property
    def title(self) -> str:
        return str(_("Reactivate %(name)s", name=isolated(self.person.name)))

    @property
    def verb(self) -> str:
        return str(_("Reactivate"))

    def keep(self, form: Form) -> str:
        reactivate_person(actor(), self.person.id, expected_version=form.row_version)
        return url_for("admin.person", person_id=self.person.id)

    def effect(self, form: Form, before: Any) -> Effect:
        known = self.person.may_sign_in
        way = _("They sign in with the password they had.") if known else _("They need a link to come in.")
        return Effect(lines=[*rights_lines(Actor(kind="person"), actor_of(self.person.id)), Line(str(way))])


def profile_from(form: Form) -> Profile:
    """Return what a valid form says of a person."""
    data = form.data
    return Profile(
        name=data["name"],
        organisation_id=whole(data["organisation_id"]),
        branch_id=whole(data["branch_id"]),
        language=data["language"],
        zone=data["zone"],
    )
