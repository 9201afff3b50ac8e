"""What names a category or an item, and how customers will see a form: said before it is saved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.admin.effects import Line, names_in_words, touched_line
from portal.customer.schemas import ANSWER, request_form
from routing.rules import rules_in_force
from routing.versions import active_model, loaded
from servicedesk.identity.current import actor
from servicedesk.kernel import clock, i18n
from servicedesk.kernel.condition_parts import mentions
from servicedesk.kernel.forms import empty_form
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.i18n import languages, ngettext
from servicedesk.tickets.catalogue import CategoryRow, ItemRow
from servicedesk.tickets.touched import of_category, of_item
from sla.agreements import in_force


@dataclass(frozen=True, slots=True)
class FormPicture:
    """A form as customers will see it, in the reader's language."""

    name: str
    about: str
    rows: Sequence[Mapping[str, Any]]


def picture_of(item: ItemRow) -> FormPicture:
    """Return how the item and its form will look to a customer."""
    language = i18n.current_language()
    form, text = empty_form(request_form(item, language)), item.text_in(language)
    names = ["text", *(f"{ANSWER}{question.key}" for question in item.questions)]
    return FormPicture(text.name, text.description, [form.row(name) for name in names])


def item_lines(item: ItemRow) -> list[Line]:
    """Return who names an item: open requests, agreements, the model; and where a language is missing."""
    filed = of_item(actor(), item.id)
    lines = []
    if filed.count:
        sentence = ngettext(
            "%(num)d open request was filed with it, and keeps its answers.",
            "%(num)d open requests were filed with it, and keep their answers.",
            filed.count,
        )
        lines.append(touched_line(sentence, filed))
    lines += _named_by({"item": item.key}, model_key=item.key)
    missing = [i18n.own_name(code) for code in languages() if code not in item.texts]
    if missing:
        lines.append(
            Line(str(_("It has no text yet in: %(languages)s.", languages=names_in_words(missing))), "due")
        )
    return lines


def category_lines(category: CategoryRow) -> list[Line]:
    """Return who names a category: open requests, agreements, rules, the model."""
    filed = of_category(actor(), category.id)
    lines = []
    if filed.count:
        sentence = ngettext(
            "%(num)d open request stands under it, and stays there.",
            "%(num)d open requests stand under it, and stay there.",
            filed.count,
        )
        lines.append(touched_line(sentence, filed))
    named: dict[str, str | int] = {"category": category.key, "category_id": category.id}
    sent = [rule.name for rule in rules_in_force() if rule.category_id == category.id]
    if sent:
        lines.append(Line(str(_("Rules that send here: %(names)s.", names=names_in_words(sent))), "risk"))
    return lines + _named_by(named, model_key=category.key)


def _named_by(values: Mapping[str, str | int], *, model_key: str) -> list[Line]:
    promised = [
        f"{version.name} › {rule.name}"
        for version in in_force(clock.now())
        for rule in version.document.rules
        if rule.condition is not None and any(mentions(rule.condition, *pair) for pair in values.items())
    ]
    sorted_by = [
        rule.name
        for rule in rules_in_force()
        if any(mentions(rule.condition, *pair) for pair in values.items())
    ]
    lines = []
    if promised:
        lines.append(
            Line(str(_("Agreements that name it: %(names)s.", names=names_in_words(promised))), "risk")
        )
    if sorted_by:
        lines.append(
            Line(str(_("Rules that look at it: %(names)s.", names=names_in_words(sorted_by))), "risk")
        )
    if _is_learnt(model_key):
        lines.append(Line(str(_("The model that sorts requests has learnt to recognise it."))))
    return lines


def _is_learnt(key: str) -> bool:
    row = active_model()
    model = loaded(row) if row is not None else None
    return model is not None and key in model.card.labels
