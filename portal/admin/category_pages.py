"""Editing a category, retiring it and bringing it back."""

from collections.abc import Sequence
from typing import Any

from flask import url_for

from portal.admin.catalogue_effects import category_lines
from portal.admin.editing import EditForm, Editor
from portal.admin.effects import Effect, Line
from portal.admin.naming import given_names, name_fields, stored_names, with_names
from portal.admin.person_pages import whole
from portal.page import Link
from portal.words import group_name, isolated
from servicedesk.identity.current import actor
from servicedesk.identity.directory import groups
from servicedesk.kernel import i18n
from servicedesk.kernel.errors import NotFound
from servicedesk.kernel.forms import Form, Text
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.i18n import lazy_gettext as _l
from servicedesk.tickets.catalogue import CategoryRow, categories, category_path, every_category
from servicedesk.tickets.cataloguing import (
    CategoryContent,
    change_category,
    create_category,
    switch_category,
)

SECTION = "admin.catalogue"
Options = Sequence[tuple[str, str]]


class CategoryForm(EditForm):
    """A category; its names in the languages of the desk are added."""

    parent_id = Text(
        load_default="",
        metadata={"label": _l("Stands below"), "type": "select", "help": _l("The tree has two levels.")},
    )
    default_group_id = Text(
        load_default="",
        metadata={
            "label": _l("Team"),
            "type": "select",
            "help": _l("Who gets its requests; without one those who sort requests."),
        },
    )


def team_options() -> Options:
    """Return the active teams, none first."""
    shown = [group for group in groups().values() if group.is_active]
    return [("", "–"), *((str(group.id), group_name(group)) for group in shown)]


def category_options() -> Options:
    """Return the categories that something may be filed under, by their whole name."""
    language = i18n.current_language()
    return sorted(
        ((str(key), category_path(key, language)) for key in categories()), key=lambda pair: pair[1]
    )


class NewCategoryEditor(Editor):
    """A new category."""

    section = SECTION

    def __init__(self) -> None:
        self.schema = with_names(CategoryForm)

    @property
    def title(self) -> str:
        return str(_("New category"))

    @property
    def back(self) -> Link:
        return Link(str(_("Catalogue")), url_for("admin.catalogue"))

    def options(self, name: str) -> Options:
        if name == "default_group_id":
            return team_options()
        if name != "parent_id":
            return ()
        language = i18n.current_language()
        first_level = [row for row in categories().values() if row.parent_id is None]
        return [("", "–"), *((str(row.id), row.name_in(language)) for row in first_level)]

    def rows(self, form: Form) -> list[dict[str, Any]]:
        chosen = [form.row(name, options=self.options(name)) for name in ("parent_id", "default_group_id")]
        return [*(form.row(name) for name in name_fields()), *chosen]

    def stored(self) -> dict[str, Any]:
        return {}

    def keep(self, form: Form) -> str:
        create_category(actor(), content_from(form), key=form.key)
        return url_for("admin.catalogue")

    def effect(self, form: Form, before: Any) -> Effect:
        return Effect(lines=[Line(str(_("Agents and rules may file requests under it from now on.")))])


class CategoryEditor(NewCategoryEditor):
    """A category that is there, retired or not."""

    def __init__(self, category_id: int) -> None:
        super().__init__()
        self.category = category_with(category_id)
        self.row_version = self.category.row_version

    @property
    def title(self) -> str:
        return self.category.name_in(i18n.current_language())

    def stored(self) -> dict[str, Any]:
        row = self.category
        return {
            **stored_names(row.names, row.name),
            "parent_id": str(row.parent_id or ""),
            "default_group_id": str(row.default_group_id or ""),
        }

    def keep(self, form: Form) -> str:
        change_category(actor(), self.category.id, content_from(form), expected_version=form.row_version)
        return url_for("admin.category", category_id=self.category.id)

    def effect(self, form: Form, before: Any) -> Effect:
        return Effect(lines=category_lines(every_category()[self.category.id]))

    @property
    def deeds(self) -> Sequence[Any]:
        label = _("Retire") if self.category.is_active else _("Bring back")
        about = (
            _("Nothing new is filed under it; what stands there stays.")
            if self.category.is_active
            else _("Requests may be filed under it again.")
        )
        return [(label, about, url_for("admin.switch_category", category_id=self.category.id))]


class CategorySwitch(CategoryEditor):
    """A category that is retired, or brought back."""

    def __init__(self, category_id: int) -> None:
        super().__init__(category_id)
        self.schema = EditForm

    @property
    def title(self) -> str:
        name = isolated(self.category.name_in(i18n.current_language()))
        retired = _("Retire %(name)s", name=name)
        return str(retired if self.category.is_active else _("Bring back %(name)s", name=name))

    @property
    def verb(self) -> str:
        return str(_("Retire") if self.category.is_active else _("Bring back"))

    def rows(self, form: Form) -> list[dict[str, Any]]:
        return []

    def keep(self, form: Form) -> str:
        wanted = not self.category.is_active
        switch_category(actor(), self.category.id, is_active=wanted, expected_version=form.row_version)
        return url_for("admin.catalogue")

    @property
    def deeds(self) -> Sequence[Any]:
        return ()


def category_with(category_id: int) -> CategoryRow:
    """Return a category, retired or not; raises NotFound."""
    found = every_category().get(category_id)
    if found is None:
        raise NotFound("category.not_found", _("There is no such category."))
    return found


def content_from(form: Form) -> CategoryContent:
    """Return what a valid form says."""
    name, names = given_names(form.data)
    return CategoryContent(
        name=name,
        names=names,
        parent_id=whole(form.data["parent_id"]),
        default_group_id=whole(form.data["default_group_id"]),
    )
