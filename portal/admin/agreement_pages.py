"""Editing an agreement: its rules in sentences, what is doubtful, and which clocks would be late."""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from flask import request, url_for
from werkzeug.datastructures import MultiDict

from portal.admin.agreement_choices import at_its_rule, choices_of, with_kept
from portal.admin.agreement_documents import document_in, values_in
from portal.admin.agreement_forms import SINGLE, TARGET_NAMES, agreement_form
from portal.admin.agreement_words import doubt_lines, rule_sentence
from portal.admin.calendar_forms import moment_in
from portal.admin.clock_effects import supposed_lines
from portal.admin.editing import Editor
from portal.admin.effects import Effect, Line
from portal.admin.foreseen import foreseen_lines, unmatched_lines
from portal.admin.rule_steps import blank_values, counts_for, sent_counts
from portal.admin.step_forms import step_fields
from portal.admin.step_words import own_step_sentences, rule_step_doubt_lines, step_sentence
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
from servicedesk.tickets.fields import condition_fields
from sla.agreements import VersionRow, in_force, matched_fields, versions, written_document
from sla.core.agreement import read_agreement
from sla.ordering import agreement_keys, begin_agreement, change_agreement
from sla.repromising import change_for_open_clocks
from sla.supposing import if_promised

SECTION = "admin.agreements"
_TARGETS = tuple(TARGET_NAMES)
_FIRST = ("name", "before", "effective_from", "retarget", "reopen", "reopen_within_days", "credits")
_COUNT = re.compile(r"(?:step_|r\d+_step_)?count")
Options = Sequence[tuple[str, str]]


class NewAgreementEditor(Editor):
    """A new agreement."""

    section = SECTION
    template = "admin/agreement.html"
    key = ""
    # The document of the version that is changed, as it was published.
    written: Mapping[str, Any] = MappingProxyType({})

    def __init__(self) -> None:
        self.tried = tried("agreement")
        # What the form has no room for is kept from here.
        self.begun_from: Mapping[str, Any] = self.tried or self.written
        self.counts = sent_counts(request.form) or counts_for(self.begun_from)
        self.schema = agreement_form(self.counts)

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
        about = self.schema._declared_fields.get(name)
        given = about.metadata.get("options", ()) if about is not None else ()
        return choices_of(name) or [(value, str(words)) for value, words in given]

    def offers(self, name: str) -> bool:
        return not _COUNT.fullmatch(name)

    def sent(self) -> MultiDict[str, str]:
        """Return what was sent, with what the page says of rows that are added to it."""
        found = request.form.copy()
        for name, value in self._blank().items():
            found.setdefault(name, value)
        for name, value in self.counts.fields.items():
            found[name] = value
        return found

    def rows(self, form: Form) -> list[dict[str, Any]]:
        return [self._row(form, name) for name in _FIRST]

    def _row(self, form: Form, name: str) -> dict[str, Any]:
        offered = with_kept(self.options(name), name, form.values.get(name, ""))
        return form.row(name, **({"options": offered} if offered else {}))

    def extras(self, form: Form) -> dict[str, Any]:
        asked = [self._asked(form, number) for number in range(1, self.counts.rules + 1)]
        shown = {
            "sentences": (),
            "step_sentences": (),
            "own_sentences": (),
            "versions": (),
            "changes_url": "",
        }
        return {
            **shown,
            "asked": asked,
            "counts": self.counts.fields,
            "choice": self._row(form, "steps"),
            "step_rows": [self._step_row(form, number) for number in range(1, self.counts.steps + 1)],
            "own_steps": {rule: self._own_steps(form, rule, rows) for rule, rows in self.counts.with_steps()},
            "left_out": max(0, len(self.begun_from.get("rules", ())) - self.counts.rules),
        }

    def _step_row(self, form: Form, number: int, rule: int = 0) -> dict[str, Any]:
        rows = [self._row(form, name) for name in step_fields(number, rule)]
        return {"number": number, "rows": rows, "has_errors": any(row["errors"] for row in rows)}

    def _own_steps(self, form: Form, rule: int, rows: int) -> dict[str, Any]:
        """Return what the page says of the steps of a rule: the choice whose they are, and their rows."""
        choice = self._row(form, f"r{rule}_steps")
        steps = [self._step_row(form, number, rule) for number in range(1, rows + 1)]
        has_errors = bool(choice["errors"]) or any(step["has_errors"] for step in steps)
        return {"choice": choice, "rows": steps, "has_errors": has_errors}

    def _asked(self, form: Form, number: int) -> tuple[Any, ...]:
        """Return the rows of a rule's fields in their groups."""

        def rows(*names: str) -> list[dict[str, Any]]:
            return [self._row(form, f"r{number}_{name}") for name in names]

        head, condition = rows("name", "place"), rows("priority", *SINGLE)
        targets, written = rows("calendar", *_TARGETS), rows("when")
        has_errors = any(row["errors"] for row in (*head, *condition, *targets, *written))
        name = form.values.get(f"r{number}_name", "")
        return number, name, has_errors, head, condition, targets, *written

    def stored(self) -> dict[str, Any]:
        usual = {"retarget": "from_start", "reopen": "continue", "reopen_within_days": "14"}
        return {**self._blank(), **usual, **self.counts.fields, "steps": "agreement"}

    def document(self, form: Form) -> dict[str, Any]:
        """Return what the form says as a document of an agreement."""
        return document_in(form, self.counts, self.filled(), self.begun_from)

    def filled(self) -> dict[str, Any]:
        """Return what is stored, or what was tried on the past and is now to be published."""
        if not self.tried:
            return self.stored()
        document = read_agreement(self.tried, matched_fields(), condition_fields())
        return {**self.stored(), **self._blank(), **values_in(document, self.tried)}

    def _blank(self) -> dict[str, str]:
        """Return what the selects of a rule and of a step say before anybody touches them."""
        first = calendars()[0].key
        hours = {f"r{number}_calendar": first for number in range(1, self.counts.rules + 1)}
        return hours | blank_values(self.counts)

    def keep(self, form: Form) -> str:
        with at_its_rule(form, self.counts.rules):
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
                *rule_step_doubt_lines(newest.document),
            ],
            picture=[
                *((rule_sentence(rule), own_step_sentences(rule)) for rule in newest.document.rules),
                *((step_sentence(step), ()) for step in newest.document.steps or ()),
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
        self.written = written_document(self.newest.id)
        super().__init__()
        self.row_version = self.newest.number

    @property
    def title(self) -> str:
        return seeded_name(self.newest.name)

    def stored(self) -> dict[str, Any]:
        keys = [key for key, _name in agreement_keys()]
        following = keys[keys.index(self.key) + 1 :]
        return {
            **self._blank(),
            **values_in(self.newest.document, self.written),
            "name": self.newest.name,
            "before": following[0] if following else "",
            "scope": "new",
            **self.counts.fields,
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

    def keep(self, form: Form) -> str:
        change = change_for_open_clocks if form.data["scope"] == "open" else change_agreement
        with at_its_rule(form, self.counts.rules):
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
            "own_sentences": [own_step_sentences(rule) for rule in rules],
            "versions": [(row, row.id in in_force_ids) for row in shown],
            "changes_url": action if form.values.get("scope") == "open" else "",
        }


def _effective(form: Form) -> Any:
    return moment_in(form.data["effective_from"], desk_zone(), "effective_from")
