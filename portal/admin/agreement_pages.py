"""Editing an agreement: its rules in sentences, what is doubtful, and which clocks would be late."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

from flask import request, url_for

from portal.admin.agreement_forms import (
    BLANK,
    MOST_RULES,
    SINGLE,
    TARGET_NAMES,
    agreement_form,
    rule_values,
    rules_in,
)
from portal.admin.agreement_words import doubt_lines, rule_sentence
from portal.admin.calendar_forms import moment_in
from portal.admin.category_pages import team_options
from portal.admin.clock_effects import supposed_lines
from portal.admin.editing import Editor
from portal.admin.effects import Effect, Line
from portal.admin.person_pages import whole
from portal.admin.tried import tried
from portal.page import Link
from portal.words import channel_name, kind_name, seeded_name, tier_name
from servicedesk.calendars.queries import calendars
from servicedesk.identity.current import actor
from servicedesk.identity.directory import organisations
from servicedesk.identity.tiers import Tier
from servicedesk.kernel import clock, i18n
from servicedesk.kernel.errors import Invalid, NotFound
from servicedesk.kernel.forms import Form
from servicedesk.kernel.i18n import desk_zone
from servicedesk.kernel.i18n import gettext as _
from servicedesk.tickets.catalogue import categories, category_path, items
from servicedesk.tickets.fields import PRIORITIES
from servicedesk.tickets.opening import CHANNELS
from sla.agreements import VersionRow, in_force, matched_fields, versions, written_document
from sla.core.agreement import AgreementDocument, read_agreement
from sla.ordering import agreement_keys, begin_agreement, change_agreement
from sla.supposing import if_promised

SECTION = "admin.agreements"
_TARGETS = tuple(TARGET_NAMES)
Options = Sequence[tuple[str, str]]


class NewAgreementEditor(Editor):
    """A new agreement."""

    section = SECTION
    template = "admin/agreement.html"
    key = ""

    def __init__(self, rules: int = 0) -> None:
        self.tried = tried("agreement")
        rules = max(rules, len(self.tried.get("rules", ())))
        sent = whole(request.form.get("count", ""))
        self.count = min(rules + BLANK if sent is None else sent, MOST_RULES)
        self.schema = agreement_form(self.count)

    @property
    def title(self) -> str:
        return str(_("New agreement"))

    @property
    def back(self) -> Link:
        return Link(str(_("Agreements")), url_for("admin.agreements"))

    def options(self, name: str) -> Options:
        if name == "before":
            others = [(key, seeded_name(known)) for key, known in agreement_keys() if key != self.key]
            return [("", str(_("none: the last"))), *others]
        if name.endswith("_priority"):
            return [(level, level) for level in PRIORITIES]
        about = self.schema().fields.get(name)
        options = about.metadata.get("options", ()) if about is not None else ()
        part = name.partition("_")[2]
        return (
            _rule_options(part)
            if part in (*SINGLE, "calendar")
            else [(v, str(words)) for v, words in options]
        )

    def rows(self, form: Form) -> list[dict[str, Any]]:
        names = ("name", "before", "effective_from", "retarget", "reopen", "reopen_within_days")
        return [self._row(form, name) for name in names]

    def _row(self, form: Form, name: str) -> dict[str, Any]:
        offered = self.options(name)
        return form.row(name, **({"options": offered} if offered else {}))

    def extras(self, form: Form) -> dict[str, Any]:
        asked = [self._asked(form, number) for number in range(1, self.count + 1)]
        return {"asked": asked, "count": self.count, "sentences": (), "versions": ()}

    def _asked(self, form: Form, number: int) -> tuple[Any, ...]:
        """Return the rows of a rule's fields in their groups."""

        def rows(*names: str) -> list[dict[str, Any]]:
            return [self._row(form, f"r{number}_{name}") for name in names]

        return (
            number,
            form.values.get(f"r{number}_name", ""),
            rows("name", "place"),
            rows("priority", *SINGLE),
            rows("calendar", *_TARGETS),
            *rows("when"),
        )

    def stored(self) -> dict[str, Any]:
        usual = {"retarget": "from_start", "reopen": "continue", "reopen_within_days": "14"}
        return {**self._blank(), **usual, "count": str(self.count)}

    def filled(self) -> dict[str, Any]:
        """Return what is stored, or what was tried on the past and is now to be published."""
        if not self.tried:
            return self.stored()
        document, values = read_agreement(self.tried, matched_fields()), self._blank()
        return {**self.stored(), **values, **_values(document, self.tried["rules"])}

    def _blank(self) -> dict[str, str]:
        """Return what the selects of a rule say before anybody touches them."""
        first = calendars()[0].key
        return {f"r{number}_calendar": first for number in range(1, self.count + 1)}

    def keep(self, form: Form) -> str:
        with _at_its_rule(form, self.count):
            begin_agreement(
                actor(),
                name=form.data["name"],
                document=_document(form, self.count),
                before=form.data["before"] or None,
                effective_from=_effective(form),
                key=form.key,
            )
        return url_for("admin.agreements")

    @property
    def done(self) -> str:
        return str(_("Published."))

    def effect(self, form: Form, before: Any) -> Effect:
        newest = max(versions(), key=lambda version: version.id)
        at = max(newest.effective_from, clock.now())
        tried = in_force(at)
        earlier = [rule for each in tried if each.position < newest.position for rule in each.document.rules]
        is_last = all(each.position <= newest.position for each in tried)
        promise = _(
            "It counts for requests filed or changed from then on; clocks that run keep their targets."
        )

        def later() -> list[Line]:
            return supposed_lines(if_promised(actor(), tried, now=clock.now(), at=at), str(promise))

        return Effect(
            lines=doubt_lines(newest.document.rules, earlier, is_last=is_last),
            picture=[rule_sentence(rule) for rule in newest.document.rules],
            later=later,
        )


class AgreementEditor(NewAgreementEditor):
    """An agreement that is there: what is saved is its next version."""

    def __init__(self, key: str) -> None:
        self.versions = [version for version in versions() if version.key == key]
        if not self.versions:
            raise NotFound("agreement.not_found", _("There is no such agreement."))
        self.newest: VersionRow = max(self.versions, key=lambda version: version.number)
        self.key = key
        super().__init__(len(self.newest.document.rules))
        self.row_version = self.newest.number

    @property
    def title(self) -> str:
        return seeded_name(self.newest.name)

    def stored(self) -> dict[str, Any]:
        written = cast("list[dict[str, Any]]", written_document(self.newest.id)["rules"])
        keys = [key for key, _name in agreement_keys()]
        following = keys[keys.index(self.key) + 1 :]
        return {
            **self._blank(),
            **_values(self.newest.document, written),
            "name": self.newest.name,
            "before": following[0] if following else "",
            "count": str(self.count),
        }

    def keep(self, form: Form) -> str:
        with _at_its_rule(form, self.count):
            change_agreement(
                actor(),
                self.key,
                name=form.data["name"],
                document=_document(form, self.count),
                before=form.data["before"] or None,
                effective_from=_effective(form),
                expected_version=form.row_version,
            )
        return url_for("admin.agreement", key=self.key)

    def extras(self, form: Form) -> dict[str, Any]:
        rules = self.newest.document.rules
        in_force_ids = {version.id for version in in_force(clock.now())}
        shown = sorted(self.versions, key=lambda version: -version.number)[:20]
        return {
            **super().extras(form),
            "sentences": [rule_sentence(rule) for rule in rules],
            "versions": [(row, row.id in in_force_ids) for row in shown],
        }


def _values(document: AgreementDocument, written: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the values of the form for a document; `written`: its rules as they were written."""
    values: dict[str, Any] = {}
    for number, rule in enumerate(document.rules, start=1):
        values |= rule_values(number, rule, written[number - 1].get("when"))
    return values | {
        "retarget": document.retarget,
        "reopen": document.reopen,
        "reopen_within_days": str(document.reopen_within_days),
    }


def _document(form: Form, count: int) -> dict[str, Any]:
    kept = ("retarget", "reopen", "reopen_within_days")
    rules = [rule for _number, rule in rules_in(form.data, count)]
    return {"rules": rules, **{name: form.data[name] for name in kept}}


def _effective(form: Form) -> Any:
    return moment_in(form.data["effective_from"], desk_zone(), "effective_from")


@contextmanager
def _at_its_rule(form: Form, count: int) -> Iterator[None]:
    """Let what is wrong with the document be shown at a field of the rule that it is in."""
    try:
        yield
    except Invalid as error:
        if error.field != "document":
            raise
        numbers = [number for number, _rule in rules_in(form.data, count)] or [1]
        path = str(error.details.get("path", ""))
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


def _rule_options(part: str) -> Options:
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
