"""What an agreement's form offers to choose from, and where it shows what is wrong with a document."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from portal.admin.agreement_forms import rules_in
from portal.admin.category_pages import team_options
from portal.admin.step_forms import field_of, step_fault
from portal.words import channel_name, kind_name, seeded_name, tier_name
from servicedesk.calendars.queries import calendars
from servicedesk.identity.directory import organisations
from servicedesk.identity.tiers import Tier
from servicedesk.kernel import i18n
from servicedesk.kernel.errors import Invalid
from servicedesk.kernel.forms import Form
from servicedesk.kernel.i18n import gettext as _
from servicedesk.tickets.catalogue import categories, category_path, items
from servicedesk.tickets.opening import CHANNELS


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
        place = int(path[6 : path.index("]")]) if path.startswith("rules[") else 0
        number = numbers[min(place, len(numbers) - 1)]
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
