"""Doors: the catalogue: categories and items, new ones, each with its form, retiring and bringing back."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from portal.admin.category_pages import SECTION, CategoryEditor, CategorySwitch, NewCategoryEditor
from portal.admin.editing import answer, confirm, show
from portal.admin.item_pages import ItemEditor, ItemSwitch, NewItemEditor
from portal.admin.shell import admin_page, blueprint
from portal.words import team_name
from servicedesk.identity.permissions import Permission, permits
from servicedesk.kernel import i18n
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.i18n import ngettext
from servicedesk.tickets.catalogue import category_path, every_category, every_item


@blueprint.get("/catalogue")
@permits(Permission.CONFIGURE)
def catalogue() -> ResponseReturnValue:
    """List items and categories, retired ones marked."""
    language = i18n.current_language()
    offered = [
        (
            item,
            item.text_in(language).name,
            url_for("admin.item", item_id=item.id),
            category_path(item.category_id, language),
            ngettext("%(num)d question", "%(num)d questions", len(item.questions)),
        )
        for item in every_item().values()
    ]
    tree = [
        (row, category_path(row.id, language), url_for("admin.category", category_id=row.id))
        for row in every_category().values()
    ]
    tree.sort(key=lambda line: line[1])
    return render_template(
        "admin/catalogue.html",
        page=admin_page(str(_("Catalogue")), SECTION),
        items=offered,
        categories=[(*line, team_name(line[0].default_group_id)) for line in tree],
    )


@blueprint.get("/catalogue/categories/new")
@permits(Permission.CONFIGURE)
def new_category() -> ResponseReturnValue:
    """Show the form of a new category."""
    return show(NewCategoryEditor())


@blueprint.post("/catalogue/categories/new")
@permits(Permission.CONFIGURE)
def add_category() -> ResponseReturnValue:
    """Show what a new category does, or make it."""
    return answer(NewCategoryEditor())


@blueprint.get("/catalogue/categories/<int:category_id>")
@permits(Permission.CONFIGURE)
def category(category_id: int) -> ResponseReturnValue:
    """Show a category."""
    return show(CategoryEditor(category_id))


@blueprint.post("/catalogue/categories/<int:category_id>")
@permits(Permission.CONFIGURE)
def save_category(category_id: int) -> ResponseReturnValue:
    """Show what names a category, or save it."""
    return answer(CategoryEditor(category_id))


@blueprint.get("/catalogue/categories/<int:category_id>/retire")
@permits(Permission.CONFIGURE)
def switch_category(category_id: int) -> ResponseReturnValue:
    """Show what names a category that is to be retired or brought back."""
    return confirm(CategorySwitch(category_id))


@blueprint.post("/catalogue/categories/<int:category_id>/retire")
@permits(Permission.CONFIGURE)
def switched_category(category_id: int) -> ResponseReturnValue:
    """Retire a category, or bring it back."""
    return answer(CategorySwitch(category_id))


@blueprint.get("/catalogue/items/new")
@permits(Permission.CONFIGURE)
def new_item() -> ResponseReturnValue:
    """Show the form of a new item."""
    return show(NewItemEditor())


@blueprint.post("/catalogue/items/new")
@permits(Permission.CONFIGURE)
def add_item() -> ResponseReturnValue:
    """Show how a new item will look, or make it."""
    return answer(NewItemEditor())


@blueprint.get("/catalogue/items/<int:item_id>")
@permits(Permission.CONFIGURE)
def item(item_id: int) -> ResponseReturnValue:
    """Show an item with its form."""
    return show(ItemEditor(item_id))


@blueprint.post("/catalogue/items/<int:item_id>")
@permits(Permission.CONFIGURE)
def save_item(item_id: int) -> ResponseReturnValue:
    """Show how an item will look and what names it, or save it."""
    return answer(ItemEditor(item_id))


@blueprint.get("/catalogue/items/<int:item_id>/retire")
@permits(Permission.CONFIGURE)
def switch_item(item_id: int) -> ResponseReturnValue:
    """Show what names an item that is to be retired or brought back."""
    return confirm(ItemSwitch(item_id))


@blueprint.post("/catalogue/items/<int:item_id>/retire")
@permits(Permission.CONFIGURE)
def switched_item(item_id: int) -> ResponseReturnValue:
    """Retire an item, or bring it back."""
    return answer(ItemSwitch(item_id))
