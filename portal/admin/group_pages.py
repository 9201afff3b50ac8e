"""Editing a team: its names, lead and members, and for which requests somebody else becomes accountable."""

from collections.abc import Sequence
from typing import Any

from flask import url_for

from portal.admin.editing import EditForm, Editor
from portal.admin.effects import Effect, Line, names_in_words, touched_line
from portal.admin.naming import given_names, name_fields, stored_names, with_names
from portal.admin.person_forms import chosen
from portal.admin.person_pages import numbers_in, whole
from portal.page import Link
from portal.words import group_name, isolated
from servicedesk.identity.current import actor
from servicedesk.identity.directory import GroupRow, groups
from servicedesk.identity.teams import Team, agents_for, begin_group, change_group
from servicedesk.kernel.errors import Invalid, NotFound
from servicedesk.kernel.forms import Form, Text
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.i18n import lazy_gettext as _l
from servicedesk.kernel.i18n import ngettext
from servicedesk.tickets.touched import of_group, of_member

SECTION = "admin.groups"
MOST_LEAVERS = 10


class GroupForm(EditForm):
    """A team; its names in the languages of the desk are added."""

    lead = Text(
        required=True,
        metadata={
            "label": _l("Lead"),
            "type": "select",
            "help": _l("Accountable for every request of the team that nobody has taken."),
        },
    )
    members = chosen(_l("Members"), _l("People who may open the agents' pages."))


class NewGroupEditor(Editor):
    """A new team."""

    section = SECTION

    def __init__(self) -> None:
        self.schema = with_names(GroupForm)
        self.agents = agents_for(actor())

    @property
    def title(self) -> str:
        return str(_("New team"))

    @property
    def back(self) -> Link:
        return Link(str(_("Teams")), url_for("admin.groups"))

    def options(self, name: str) -> Sequence[tuple[str, str]]:
        people = [(str(person_id), known_as) for person_id, known_as in self.agents]
        return {"lead": [("", "–"), *people], "members": people}.get(name, ())

    def rows(self, form: Form) -> list[dict[str, Any]]:
        chosen_ones = [form.row(name, options=self.options(name)) for name in ("lead", "members")]
        return [*(form.row(name) for name in name_fields()), *chosen_ones]

    def stored(self) -> dict[str, Any]:
        return {}

    def keep(self, form: Form) -> str:
        begin_group(actor(), team_from(form), key=form.key)
        return url_for("admin.groups")

    def effect(self, form: Form, before: Any) -> Effect:
        return Effect(lines=[Line(str(_("Requests come here once a category or an item names the team.")))])


class GroupEditor(NewGroupEditor):
    """A team that is there."""

    def __init__(self, group_id: int) -> None:
        found = groups().get(group_id)
        if found is None:
            raise NotFound("group.not_found", _("There is no such team."))
        self.group: GroupRow = found
        self.row_version = found.row_version
        self.schema = with_names(GroupForm)
        self.agents = agents_for(actor(), [found.lead_id, *(person_id for person_id, _name in found.members)])

    @property
    def title(self) -> str:
        return group_name(self.group)

    def stored(self) -> dict[str, Any]:
        group = self.group
        members = [str(person_id) for person_id, _name in group.members]
        return {**stored_names(group.names, group.name), "lead": str(group.lead_id), "members": members}

    def keep(self, form: Form) -> str:
        change_group(actor(), self.group.id, team_from(form), expected_version=form.row_version)
        return url_for("admin.group", group_id=self.group.id)

    def effect(self, form: Form, before: Any) -> Effect:
        after = groups()[self.group.id]
        lines = [*self._accountable(after), *self._leaving(after)]
        return Effect(lines=lines)

    def _accountable(self, after: GroupRow) -> list[Line]:
        if after.lead_id == self.group.lead_id:
            return []
        names = dict(self.agents)
        free = of_group(actor(), self.group.id, only_unassigned=True)
        lead = isolated(names.get(after.lead_id, ""))
        sentence = ngettext(
            "%(lead)s becomes accountable for %(num)d open request that nobody has taken.",
            "%(lead)s becomes accountable for %(num)d open requests that nobody has taken.",
            free.count,
            lead=lead,
        )
        return [touched_line(sentence, free)]

    def _leaving(self, after: GroupRow) -> list[Line]:
        left = [
            (person_id, name) for person_id, name in self.group.members if not after.has_member(person_id)
        ]
        lines = []
        for person_id, name in left[:MOST_LEAVERS]:
            theirs = of_member(actor(), self.group.id, person_id)
            if theirs.count:
                sentence = ngettext(
                    "%(num)d open request stays assigned to %(name)s, who leaves the team.",
                    "%(num)d open requests stay assigned to %(name)s, who leaves the team.",
                    theirs.count,
                    name=isolated(name),
                )
                lines.append(touched_line(sentence, theirs, "late"))
        if len(left) > MOST_LEAVERS:
            lines.append(Line(str(_("%(names)s leave.", names=names_in_words([name for _id, name in left])))))
        return lines


def team_from(form: Form) -> Team:
    """Return what a valid form says; raises Invalid where no lead was chosen."""
    lead_id = whole(form.data["lead"])
    if lead_id is None:
        raise Invalid("group.needs_lead", _("Every team has a lead: choose one."), field="lead")
    name, names = given_names(form.data)
    return Team(
        name=name, names=names, lead_id=lead_id, member_ids=frozenset(numbers_in(form.data["members"]))
    )
