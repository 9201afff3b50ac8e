"""Editing an item of the catalogue with its form, retiring it and bringing it back."""

from collections.abc import Sequence
from typing import Any

from flask import request, url_for

from portal.admin.catalogue_effects import item_lines, picture_of
from portal.admin.category_pages import SECTION, category_options, team_options
from portal.admin.editing import EditForm, Editor
from portal.admin.effects import Effect, Line
from portal.admin.item_forms import BLANK, item_form, own_first, question_values, questions_in
from portal.admin.person_pages import whole
from portal.page import Link
from portal.words import isolated, kind_name
from servicedesk.identity.current import actor
from servicedesk.kernel import i18n
from servicedesk.kernel.errors import NotFound
from servicedesk.kernel.forms import Form
from servicedesk.kernel.i18n import gettext as _
from servicedesk.tickets.catalogue import ItemRow, ItemText, every_item
from servicedesk.tickets.cataloguing import ItemContent, change_item, create_item, switch_item
from servicedesk.tickets.core.form_check import MOST_QUESTIONS
from servicedesk.tickets.core.questions import Question

_PLACED = ("category_id", "kind", "default_group_id", "default_impact", "default_urgency", "position")


class NewItemEditor(Editor):
    """A new item."""

    section = SECTION
    template = "admin/item.html"

    def __init__(self, questions: Sequence[Question] = ()) -> None:
        self.questions = questions
        sent = whole(request.form.get("count", ""))
        self.count = min(len(questions) + BLANK if sent is None else sent, MOST_QUESTIONS)
        self.schema = item_form(self.count)

    @property
    def title(self) -> str:
        return str(_("New item"))

    @property
    def back(self) -> Link:
        return Link(str(_("Catalogue")), url_for("admin.catalogue"))

    def options(self, name: str) -> Sequence[tuple[str, str]]:
        if name == "category_id":
            return category_options()
        if name == "default_group_id":
            return team_options()
        if name == "kind":
            return [(kind, kind_name(kind)) for kind in ("service_request", "incident")]
        about = self.schema().fields.get(name)
        options = about.metadata.get("options", ()) if about is not None else ()
        return [(str(value), str(words)) for value, words in options]

    def rows(self, form: Form) -> list[dict[str, Any]]:
        """Return the rows before the questions; those of the questions are `extras`."""
        texts = [form.row(f"{part}_{code}") for code in own_first() for part in ("name", "about", "examples")]
        return [*texts, *(form.row(name, options=self.options(name)) for name in _PLACED)]

    def extras(self, form: Form) -> dict[str, Any]:
        asked = []
        for number in range(1, self.count + 1):
            labels = [f"q{number}_label_{code}" for code in own_first()]
            names = [*labels, *(f"q{number}_{part}" for part in ("kind", "required", "choices"))]
            asked.append((number, form.values.get(f"q{number}_key", ""), [form.row(name) for name in names]))
        return {"asked": asked, "count": self.count}

    def stored(self) -> dict[str, Any]:
        usual = {"kind": "service_request", "default_impact": "3", "default_urgency": "2"}
        return {**self._blank(), **usual, "position": str(len(every_item()) + 1), "count": str(self.count)}

    def _blank(self) -> dict[str, str]:
        """Return what the selects of a question say before anybody touches them."""
        numbers = range(1, self.count + 1)
        kinds = {f"q{number}_kind": "text" for number in numbers}
        return kinds | {f"q{number}_required": "no" for number in numbers}

    def keep(self, form: Form) -> str:
        create_item(actor(), self._content(form), key=form.key)
        return url_for("admin.catalogue")

    def effect(self, form: Form, before: Any) -> Effect:
        newest = max(every_item().values(), key=lambda item: item.id)
        lines = [
            Line(str(_("Customers find it under “What do you need?” from now on."))),
            *item_lines(newest),
        ]
        return Effect(lines=lines, picture=picture_of(newest))

    def _content(self, form: Form) -> ItemContent:
        data = form.data
        texts = {code: _text_in(data, code) for code in own_first()}
        return ItemContent(
            name=texts[own_first()[0]].name,
            texts=texts,
            category_id=whole(data["category_id"]) or 0,
            kind=data["kind"],
            default_group_id=whole(data["default_group_id"]),
            default_impact=whole(data["default_impact"]) or 0,
            default_urgency=whole(data["default_urgency"]) or 0,
            position=data["position"],
            questions=questions_in(data, self.count, self.questions),
        )


def _text_in(data: Any, code: str) -> ItemText:
    phrases = (line.strip() for line in data[f"examples_{code}"].split("\n"))
    return ItemText(data[f"name_{code}"], data[f"about_{code}"], tuple(filter(None, phrases)))


class ItemEditor(NewItemEditor):
    """An item that is there, retired or not."""

    def __init__(self, item_id: int) -> None:
        found = every_item().get(item_id)
        if found is None:
            raise NotFound("item.not_found", _("There is no such item."))
        super().__init__(found.every_question)
        self.item: ItemRow = found
        if "count" not in request.form:
            self.count = min(len(found.questions) + BLANK, MOST_QUESTIONS)
            self.schema = item_form(self.count)
        self.row_version = found.row_version

    @property
    def title(self) -> str:
        return self.item.text_in(i18n.current_language()).name

    def stored(self) -> dict[str, Any]:
        item, values = self.item, dict[str, Any](self._blank())
        for code in own_first():
            text = item.texts.get(code, ItemText(item.name if code == own_first()[0] else "", "", ()))
            values |= {f"name_{code}": text.name, f"about_{code}": text.description}
            values[f"examples_{code}"] = "\n".join(text.examples)
        for number, question in enumerate(item.questions, start=1):
            values |= question_values(number, question, own_first())
        values |= {name: str(getattr(item, name) or "") for name in _PLACED}
        return {**values, "position": str(item.position), "count": str(self.count)}

    def keep(self, form: Form) -> str:
        change_item(actor(), self.item.id, self._content(form), expected_version=form.row_version)
        return url_for("admin.item", item_id=self.item.id)

    def effect(self, form: Form, before: Any) -> Effect:
        after = every_item()[self.item.id]
        return Effect(lines=item_lines(after), picture=picture_of(after))

    @property
    def deeds(self) -> Sequence[Any]:
        label = _("Retire") if self.item.is_active else _("Bring back")
        about = (
            _("Nobody asks for it any more; requests filed with it stay as they are.")
            if self.item.is_active
            else _("Customers may ask for it again.")
        )
        return [(label, about, url_for("admin.switch_item", item_id=self.item.id))]


class ItemSwitch(ItemEditor):
    """An item that is retired, or brought back."""

    template = "admin/edit.html"

    def __init__(self, item_id: int) -> None:
        super().__init__(item_id)
        self.schema = EditForm

    @property
    def title(self) -> str:
        name = isolated(super().title)
        retired = _("Retire %(name)s", name=name)
        return str(retired if self.item.is_active else _("Bring back %(name)s", name=name))

    @property
    def verb(self) -> str:
        return str(_("Retire") if self.item.is_active else _("Bring back"))

    def rows(self, form: Form) -> list[dict[str, Any]]:
        return []

    def extras(self, form: Form) -> dict[str, Any]:
        return {}

    def keep(self, form: Form) -> str:
        wanted = not self.item.is_active
        switch_item(actor(), self.item.id, is_active=wanted, expected_version=form.row_version)
        return url_for("admin.catalogue")

    def effect(self, form: Form, before: Any) -> Effect:
        return Effect(lines=item_lines(every_item()[self.item.id]))

    @property
    def deeds(self) -> Sequence[Any]:
        return ()
