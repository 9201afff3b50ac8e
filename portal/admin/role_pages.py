"""Editing a role: its rights in words, how far they reach, and who gains or loses what by a change."""

from collections.abc import Sequence
from typing import Any

from flask import url_for
from marshmallow.validate import OneOf

from portal.admin.editing import EditForm, Editor
from portal.admin.effects import Effect, Line, names_in_words
from portal.admin.person_effects import rights_lines
from portal.admin.person_forms import chosen
from portal.admin.words import PERMISSIONS, SCOPES, role_name
from portal.page import Link
from servicedesk.identity.actor import Actor
from servicedesk.identity.current import actor
from servicedesk.identity.directory import grants_of, roles
from servicedesk.identity.holders import Holders, holders_of
from servicedesk.identity.permissions import Permission, Scope
from servicedesk.identity.roles import create_role, save_role
from servicedesk.kernel.errors import NotFound
from servicedesk.kernel.forms import Form, Limit, Text
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.i18n import lazy_gettext as _l

SECTION = "admin.roles"
# The groups of rights, each a field of the form.
FIELDS = ("asking", "working", "articles", "running")
_GROUPS = dict(zip(FIELDS, PERMISSIONS, strict=True))
# Each of these holders and what they could do before.
Before = list[tuple[Holders, Actor]]


class RoleForm(EditForm):
    """A role: its rights stand in groups, as people think of them."""

    name = Text(required=True, validate=Limit(120, least=1), metadata={"label": _l("Name")})
    scope = Text(
        required=True,
        validate=OneOf([scope.value for scope, _name in SCOPES]),
        metadata={
            "label": _l("How far it reaches"),
            "type": "select",
            "help": _l(
                "Over requests. What concerns people, roles and the desk itself needs the whole desk."
            ),
        },
    )
    asking = chosen(PERMISSIONS[0][0])
    working = chosen(PERMISSIONS[1][0])
    articles = chosen(PERMISSIONS[2][0])
    running = chosen(PERMISSIONS[3][0])


class NewRoleEditor(Editor):
    """A role of the desk's own."""

    schema = RoleForm
    section = SECTION

    @property
    def title(self) -> str:
        return str(_("New role"))

    @property
    def back(self) -> Link:
        return Link(str(_("Roles")), url_for("admin.roles"))

    def options(self, name: str) -> Sequence[tuple[str, str]]:
        if name == "scope":
            return [(scope.value, str(words)) for scope, words in SCOPES]
        if name not in _GROUPS:
            return ()
        return [(permission.value, str(words)) for permission, words in _GROUPS[name][1]]

    def rows(self, form: Form) -> list[dict[str, Any]]:
        rows = [form.row(name) for name in ("name", "scope")]
        rows[1]["options"] = self.options("scope")
        return [*rows, *(form.row(name, options=self.options(name)) for name in FIELDS)]

    def stored(self) -> dict[str, Any]:
        return {"scope": Scope.ALL.value}

    def keep(self, form: Form) -> str:
        name, scope = form.data["name"], Scope(form.data["scope"])
        create_role(actor(), name=name, scope=scope, permissions=rights_in(form), key=form.key)
        return url_for("admin.roles")

    def effect(self, form: Form, before: Any) -> Effect:
        return Effect(lines=[Line(str(_("Nobody holds this role yet: give it to people on their pages.")))])


class RoleEditor(NewRoleEditor):
    """A role that is there."""

    def __init__(self, key: str) -> None:
        found = roles().get(key)
        if found is None:
            raise NotFound("role.not_found", _("There is no such role."))
        self.role = found
        self.row_version = found.row_version

    @property
    def title(self) -> str:
        return role_name(self.role)

    def stored(self) -> dict[str, Any]:
        held = {
            name: [permission.value for permission, _words in group if permission in self.role.permissions]
            for name, (_label, group) in _GROUPS.items()
        }
        return {"name": self.role.name, "scope": self.role.scope.value, **held}

    def keep(self, form: Form) -> str:
        save_role(
            actor(),
            key=self.role.key,
            name=form.data["name"],
            scope=Scope(form.data["scope"]),
            permissions=rights_in(form),
            expected_version=form.row_version,
        )
        return url_for("admin.role", key=self.role.key)

    def before(self, form: Form) -> Before:
        return [(each, _as_actor(each)) for each in holders_of(actor(), self.role.id)]

    def effect(self, form: Form, before: Before) -> Effect:
        lines: list[Line] = []
        for each, could in before:
            said = rights_lines(could, _as_actor(each))
            if said:
                lines += [Line(f"{names_in_words(each.names, each.count)}:"), *said]
        if before and not lines:
            lines = [Line(str(_("Nobody's rights change.")))]
        return Effect(lines=lines or [Line(str(_("Nobody holds this role.")))])


def _as_actor(holders: Holders) -> Actor:
    """Return what people with these roles may do at this moment."""
    return Actor(kind="person", grants=grants_of(holders.role_ids))


def rights_in(form: Form) -> frozenset[Permission]:
    """Return the rights that the form ticks; what it does not offer is left out."""
    offered = {permission.value: permission for _label, group in PERMISSIONS for permission, _words in group}
    return frozenset(offered[value] for name in FIELDS for value in form.data[name] if value in offered)
