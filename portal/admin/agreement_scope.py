"""Taking an agreement out of use: what becomes of the clocks that run by it is shown first."""

from typing import Any

from flask import url_for

from portal.admin.agreement_pages import SECTION
from portal.admin.editing import EditForm, Editor
from portal.admin.effects import Effect, Line
from portal.admin.foreseen import foreseen_lines, unmatched_lines
from portal.page import Link
from portal.words import isolated, seeded_name
from servicedesk.identity.current import actor
from servicedesk.kernel import clock
from servicedesk.kernel.forms import Form
from servicedesk.kernel.i18n import gettext as _
from sla.agreements import in_force
from sla.repromising import deactivate_agreement, newest_version


class DeactivateEditor(Editor):
    """An agreement that is to be out of use from now on; publishing another version brings it back."""

    schema = EditForm
    section = SECTION
    template = "admin/agreement_end.html"

    def __init__(self, key: str) -> None:
        self.newest = newest_version(key)
        self.row_version = self.newest.number

    @property
    def title(self) -> str:
        return str(_("Take %(name)s out of use", name=isolated(seeded_name(self.newest.name))))

    @property
    def back(self) -> Link:
        return Link(str(_("Agreements")), url_for("admin.agreements"))

    @property
    def done(self) -> str:
        return str(_("Out of use. Its clocks have ended."))

    def stored(self) -> dict[str, Any]:
        return {}

    def rows(self, form: Form) -> list[dict[str, Any]]:
        return []

    def extras(self, form: Form) -> dict[str, Any]:
        return {"changes_url": url_for("admin.deactivation_changes", key=self.newest.key)}

    def keep(self, form: Form) -> str:
        deactivate_agreement(actor(), self.newest.key, expected_version=form.row_version)
        return url_for("admin.agreements")

    def effect(self, form: Form, before: Any) -> Effect:
        now = clock.now()
        tried = in_force(now)

        def later() -> list[Line]:
            return [*unmatched_lines(tried, now), *foreseen_lines(self.newest.key, tried)]

        return Effect(later=later)
