"""What an agreement's form offers to choose from, and where it shows what is wrong with a document."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from portal.admin.agreement_forms import SINGLE, rules_in
from portal.admin.category_pages import team_options
from portal.admin.person_pages import whole
from portal.admin.step_forms import field_of, step_fault, step_options
from portal.words import channel_name, kind_name, seeded_name, team_name, tier_name
from servicedesk.calendars.queries import calendars
from servicedesk.identity.directory import organisations
from servicedesk.identity.tiers import Tier
from servicedesk.kernel import i18n
from servicedesk.kernel.errors import Invalid
from servicedesk.kernel.forms import Form
from servicedesk.kernel.i18n import gettext as _
from servicedesk.tickets.catalogue import categories, category_path, every_category, every_item, items
from servicedesk.tickets.fields import PRIORITIES
from servicedesk.tickets.opening import CHANNELS

_STEP_OR_RULE = re.compile(r"(?P<step>(?:r\d+_)?s\d+_)(?P<of_step>\w+)|r\d+_(?P<of_rule>\w+)")


@contextmanager
def at_its_rule(form: Form, count: int) -> Iterator[None]:
    """Let what is wrong with the document be shown at a field of the rule that it is in."""
    try:
        yield
    except Invalid as error:
        if error.field != "document":
            raise
        numbers = [number for number, _rule in rules_in(form.data, count)] or [1]
        path = str(error.details.get("path", ""))
        if path.startswith("steps["):
            raise Invalid(error.code, step_fault(error.code), field=field_of(path, form.data)) from None
        of_rule, _dot, rest = path.partition(".")
        place = int(of_rule[6:-1]) if of_rule.startswith("rules[") else 0
        number = numbers[min(place, len(numbers) - 1)]
        if rest.startswith("steps["):
            field = field_of(rest, form.data, number)
            raise Invalid(error.code, step_fault(error.code), field=field) from None
        raise Invalid(error.code, sentence_for(error), field=f"r{number}_name") from None


def sentence_for(error: Invalid) -> str:
    """Return what is wrong with a document of an agreement, as its writer understands it."""
    return str(_SENTENCES.get(error.code, error.message))


_SENTENCES = {
    "agreement.no_rules": i18n.lazy_gettext("Write a rule: an agreement needs one."),
    "agreement.no_targets": i18n.lazy_gettext("Write at least one target for this rule."),
    "agreement.default_not_last": i18n.lazy_gettext(
        "A rule for everything stands last: what follows is never reached."
    ),
    "agreement.rule_name": i18n.lazy_gettext("Each rule has a name of its own, of up to 80 characters."),
    "agreement.calendar": i18n.lazy_gettext("Choose the hours of this rule."),
    "agreement.number": i18n.lazy_gettext("A target is longer than nothing and shorter than five years."),
}


def choices_of(name: str) -> Sequence[tuple[str, str]]:
    """Return what a field of a rule or of a step offers; nothing for other fields."""
    match = _STEP_OR_RULE.fullmatch(name)
    if match is None:
        return ()
    if match["step"]:
        return step_options(match["of_step"])
    if match["of_rule"] == "priority":
        return [(level, level) for level in PRIORITIES]
    return rule_options(match["of_rule"]) if match["of_rule"] in (*SINGLE, "calendar") else ()


def with_kept(offered: Sequence[tuple[str, str]], name: str, value: object) -> Sequence[tuple[str, str]]:
    """Return the choices with the one that is kept though nobody may choose it anew: a retired team, say."""
    if not offered or not value or not isinstance(value, str) or value in dict(offered):
        return offered
    return [*offered, (value, _retired_name(name.rpartition("_")[2], value))]


def _retired_name(part: str, value: str) -> str:
    if part in ("id", "assign"):
        return team_name(whole(value)) or value
    language = i18n.current_language()
    if part == "category":
        found = next((row.id for row in every_category().values() if row.key == value), None)
        return category_path(found, language) if found is not None else value
    item = next((row for row in every_item().values() if row.key == value), None)
    return item.text_in(language).name if item is not None else value


def rule_options(part: str) -> Sequence[tuple[str, str]]:
    """Return what the choices of a rule's fields offer."""
    language, nothing = i18n.current_language(), ("", str(_("any")))
    match part:
        case "calendar":
            return [(row.key, seeded_name(row.name)) for row in calendars()]
        case "organisation_tier":
            return [nothing, *((tier.value, tier_name(tier.value)) for tier in Tier)]
        case "kind":
            return [nothing, *((kind, kind_name(kind)) for kind in ("service_request", "incident"))]
        case "channel":
            return [nothing, *((channel, channel_name(channel)) for channel in sorted(CHANNELS))]
        case "category":
            return [nothing, *((row.key, category_path(row.id, language)) for row in categories().values())]
        case "item":
            return [nothing, *((row.key, row.text_in(language).name) for row in items().values())]
        case "group_id":
            return [nothing, *team_options()[1:]]
    return [nothing, *((str(row.id), row.name) for row in organisations().values())]
