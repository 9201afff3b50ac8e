"""Doors: agreements: the list in the order in which they are tried, a new one, one with its versions."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from portal.admin.agreement_pages import SECTION, AgreementEditor, NewAgreementEditor
from portal.admin.agreement_words import rule_sentence
from portal.admin.editing import answer, show
from portal.admin.shell import admin_page, blueprint
from portal.words import seeded_name
from servicedesk.identity.permissions import Permission, permits
from servicedesk.kernel import clock
from servicedesk.kernel.i18n import gettext as _
from sla.agreements import in_force, versions


@blueprint.get("/agreements")
@permits(Permission.AGREEMENT_PUBLISH)
def agreements() -> ResponseReturnValue:
    """List the agreements with their rules in sentences, and versions that are to come."""
    now = clock.now()
    lines = [
        (
            version,
            seeded_name(version.name),
            url_for("admin.agreement", key=version.key),
            [rule_sentence(rule) for rule in version.document.rules],
            [each for each in versions() if each.key == version.key and each.effective_from > now][:1],
        )
        for version in in_force(now)
    ]
    lines.sort(key=lambda line: line[0].position)
    return render_template(
        "admin/agreements.html", page=admin_page(str(_("Agreements")), SECTION), lines=lines
    )


@blueprint.get("/agreements/new")
@permits(Permission.AGREEMENT_PUBLISH)
def new_agreement() -> ResponseReturnValue:
    """Show the form of a new agreement."""
    return show(NewAgreementEditor())


@blueprint.post("/agreements/new")
@permits(Permission.AGREEMENT_PUBLISH)
def add_agreement() -> ResponseReturnValue:
    """Say what a new agreement would do, or publish it."""
    return answer(NewAgreementEditor())


@blueprint.get("/agreements/<key>")
@permits(Permission.AGREEMENT_PUBLISH)
def agreement(key: str) -> ResponseReturnValue:
    """Show an agreement."""
    return show(AgreementEditor(key))


@blueprint.post("/agreements/<key>")
@permits(Permission.AGREEMENT_PUBLISH)
def publish_version(key: str) -> ResponseReturnValue:
    """Say what the next version would do, or publish it."""
    return answer(AgreementEditor(key))
