"""Editing an agreement: its rules in sentences, what is doubtful, and which clocks would be late."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import request, url_for

from portal.admin.agreement_choices import at_its_rule, rule_options
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
from portal.admin.clock_effects import supposed_lines
from portal.admin.credit_field import credits_in, credits_text
from portal.admin.editing import Editor
from portal.admin.effects import Effect, Line
from portal.admin.foreseen import foreseen_lines, unmatched_lines
from portal.admin.person_pages import whole
from portal.admin.step_forms import MOST_STEP_ROWS, step_fields, step_options, step_values, steps_in
from portal.admin.step_words import step_doubt_lines, step_sentence
from portal.admin.tried import tried
from portal.page import Link
from portal.words import seeded_name
from servicedesk.calendars.queries import calendars
from servicedesk.identity.current import actor
from servicedesk.kernel import clock
from servicedesk.kernel.errors import NotFound
from servicedesk.kernel.forms import Form
from servicedesk.kernel.i18n import desk_zone
from servicedesk.kernel.i18n import gettext as _
from servicedesk.tickets.fields import PRIORITIES, condition_fields
from sla.agreements import VersionRow, in_force, matched_fields, versions, written_document
from sla.core.agreement import AgreementDocument, read_agreement
from sla.ordering import agreement_keys, begin_agreement, change_agreement
from sla.repromising import change_for_open_clocks
from sla.supposing import if_promised

SECTION = "admin.agreements"
_TARGETS = tuple(TARGET_NAMES)
Options = Sequence[tuple[str, str]]


class NewAgreementEditor(Editor):
    """A new agreement."""

    section = SECTION
    template = "admin/agreement.html"
    key = ""

    def __init__(self, rules: int = 0, steps: int = 0) -> None:
        self.tried = tried("agreement")
        rules = max(rules, len(self.tried.get("rules", ())))
        steps = max(steps, len(self.tried.get("steps", ())))
        sent, sent_steps = (whole(request.form.get(name, "")) for name in ("count", "step_count"))
        self.count = min(rules + BLANK if sent is None else sent, MOST_RULES)
        self.step_count = min(steps + BLANK if sent_steps is None else sent_steps, MOST_STEP_ROWS)
        self.schema = agreement_form(self.count, self.step_count)

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
        if name.startswith("s") and name[1:2].isdigit():
            return step_options(part)
        return (
            rule_options(part) if part in (*SINGLE, "calendar") else [(v, str(words)) for v, words in options]
        )

    def rows(self, form: Form) -> list[dict[str, Any]]:
        names = ("name", "before", "effective_from", "retarget", "reopen", "reopen_within_days", "credits")
        return [self._row(form, name) for name in names]

    def _row(self, form: Form, name: str) -> dict[str, Any]:
        offered = self.options(name)
        return form.row(name, **({"options": offered} if offered else {}))

    def extras(self, form: Form) -> dict[str, Any]:
        asked = [self._asked(form, number) for number in range(1, self.count + 1)]
        rows = [
            (number, *(self._row(form, name) for name in step_fields(number)))
            for number in range(1, self.step_count + 1)
        ]
        counts = {"count": self.count, "step_count": self.step_count, "step_rows": rows}
        shown = {"sentences": (), "step_sentences": (), "versions": (), "changes_url": ""}
        return {"asked": asked, **counts, **shown}

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
        return {**self._blank(), **usual, **self._counts()}

    def _counts(self) -> dict[str, str]:
        return {"count": str(self.count), "step_count": str(self.step_count)}

    def document(self, form: Form) -> dict[str, Any]:
        """Return what the form says as a document of an agreement."""
        return _document(form, self.count, self.step_count)

    def filled(self) -> dict[str, Any]:
        """Return what is stored, or what was tried on the past and is now to be published."""
        if not self.tried:
            return self.stored()
        document, values = read_agreement(self.tried, matched_fields(), condition_fields()), self._blank()
        return {**self.stored(), **values, **_values(document, self.tried)}

    def _blank(self) -> dict[str, str]:
        """Return what the selects of a rule and of a step say before anybody touches them."""
        first, usual = calendars()[0].key, step_options("at")[0][0]
        return {f"r{number}_calendar": first for number in range(1, self.count + 1)} | {
            f"s{number}_at": usual for number in range(1, self.step_count + 1)
        }

    def keep(self, form: Form) -> str:
        with at_its_rule(form, self.count):
            begin_agreement(
                actor(),
                name=form.data["name"],
                document=self.document(form),
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
            unmatched = unmatched_lines(tried, at)
            if form.data["scope"] == "open":
                return [*unmatched, *foreseen_lines(newest.key, tried)]
            return [
                *unmatched,
                *supposed_lines(if_promised(actor(), tried, now=clock.now(), at=at), str(promise)),
            ]

        return Effect(
            lines=[
                *doubt_lines(newest.document.rules, earlier, is_last=is_last),
                *step_doubt_lines(newest.document.steps, newest.document.rules),
            ],
            picture=[
                *(rule_sentence(rule) for rule in newest.document.rules),
                *(step_sentence(step) for step in newest.document.steps or ()),
            ],
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
        self.written: Any = written_document(self.newest.id)
        super().__init__(len(self.newest.document.rules), len(self.newest.document.steps or ()))
        self.row_version = self.newest.number

    @property
    def title(self) -> str:
        return seeded_name(self.newest.name)

    def stored(self) -> dict[str, Any]:
        keys = [key for key, _name in agreement_keys()]
        following = keys[keys.index(self.key) + 1 :]
        return {
            **self._blank(),
            **_values(self.newest.document, self.written),
            "name": self.newest.name,
            "before": following[0] if following else "",
            "scope": "new",
            **self._counts(),
        }

    def rows(self, form: Form) -> list[dict[str, Any]]:
        return [*super().rows(form), self._row(form, "scope")]

    @property
    def deeds(self) -> Sequence[Any]:
        if not self.newest.is_active:
            return ()
        about = _("Its running clocks end uncounted, or go on by the next rule that holds.")
        url = url_for("admin.deactivate_agreement", key=self.key)
        return [(str(_("Take out of use")), str(about), url)]

    def document(self, form: Form) -> dict[str, Any]:
        """Return the document; steps that were written for one rule alone stay that rule's."""
        found = super().document(form)
        numbers = [number for number, _rule in rules_in(form.data, self.count)]
        for number, rule in zip(numbers, found["rules"], strict=True):
            before = self.written["rules"][number - 1] if number <= len(self.written["rules"]) else {}
            if "steps" in before:
                rule["steps"] = before["steps"]
        return found

    def keep(self, form: Form) -> str:
        change = change_for_open_clocks if form.data["scope"] == "open" else change_agreement
        with at_its_rule(form, self.count):
            change(
                actor(),
                self.key,
                name=form.data["name"],
                document=self.document(form),
                before=form.data["before"] or None,
                effective_from=_effective(form),
                expected_version=form.row_version,
            )
        return url_for("admin.agreement", key=self.key)

    def extras(self, form: Form) -> dict[str, Any]:
        rules = self.newest.document.rules
        action = url_for("admin.agreement_changes", key=self.key)
        in_force_ids = {version.id for version in in_force(clock.now())}
        shown = sorted(self.versions, key=lambda version: -version.number)[:20]
        return {
            **super().extras(form),
            "sentences": [rule_sentence(rule) for rule in rules],
            "step_sentences": [step_sentence(step) for step in self.newest.document.steps or ()],
            "versions": [(row, row.id in in_force_ids) for row in shown],
            "changes_url": action if form.values.get("scope") == "open" else "",
        }


def _values(document: AgreementDocument, written: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of the form for a document; `written`: the same as it was written."""
    values: dict[str, Any] = {}
    for number, rule in enumerate(document.rules, start=1):
        values |= rule_values(number, rule, written["rules"][number - 1].get("when"))
    for number, step in enumerate(document.steps or (), start=1):
        values |= step_values(number, step, written["steps"][number - 1].get("when"))
    return values | {
        "retarget": document.retarget,
        "reopen": document.reopen,
        "reopen_within_days": str(document.reopen_within_days),
        "credits": credits_text(document.credits),
    }


def _document(form: Form, count: int, step_count: int) -> dict[str, Any]:
    kept = ("retarget", "reopen", "reopen_within_days")
    rules = [rule for _number, rule in rules_in(form.data, count)]
    found = {"rules": rules, **{name: form.data[name] for name in kept}}
    said = {"steps": steps_in(form.data, step_count), "credits": credits_in(form.data["credits"])}
    return found | {name: value for name, value in said.items() if value}


def _effective(form: Form) -> Any:
    return moment_in(form.data["effective_from"], desk_zone(), "effective_from")
