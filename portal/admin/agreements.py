"""Doors: agreements: the list in the order in which they are tried, a new one, one with its versions."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from portal.admin.agreement_pages import SECTION, AgreementEditor, NewAgreementEditor
from portal.admin.agreement_scope import DeactivateEditor
from portal.admin.agreement_words import rule_sentence
from portal.admin.editing import answer, confirm, show
from portal.admin.foreseen import changes_answer
from portal.admin.shell import admin_page, blueprint
from portal.words import seeded_name
from servicedesk.identity.current import actor
from servicedesk.identity.permissions import Permission, permits
from servicedesk.kernel import clock
from servicedesk.kernel.command import rehearsing
from servicedesk.kernel.errors import DeskError
from servicedesk.kernel.forms import load_form
from servicedesk.kernel.i18n import gettext as _
from sla.agreements import in_force, latest, versions
from sla.repromising import newest_version


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
        for version in latest(now)
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


@blueprint.post("/agreements/<key>/changes.csv")
@permits(Permission.AGREEMENT_PUBLISH)
def agreement_changes(key: str) -> ResponseReturnValue:
    """Give the clocks that the next version would change, as a list to take away; nothing is published."""
    editor = AgreementEditor(key)
    form = load_form(editor.schema, editor.sent())
    if not form.is_valid:
        return answer(editor)
    try:
        with rehearsing(actor()):
            editor.keep(form)
            tried = in_force(max(clock.now(), newest_version(key).effective_from))
    except DeskError:
        return answer(editor)  # which says what is wrong
    return changes_answer(key, tried)


@blueprint.get("/agreements/<key>/deactivate")
@permits(Permission.AGREEMENT_PUBLISH)
def deactivate_agreement(key: str) -> ResponseReturnValue:
    """Show what becomes of the clocks of an agreement that is taken out of use."""
    return confirm(DeactivateEditor(key))


@blueprint.post("/agreements/<key>/deactivate")
@permits(Permission.AGREEMENT_PUBLISH)
def deactivated_agreement(key: str) -> ResponseReturnValue:
    """Take an agreement out of use."""
    return answer(DeactivateEditor(key))


@blueprint.get("/agreements/<key>/deactivate.csv")
@permits(Permission.AGREEMENT_PUBLISH)
def deactivation_changes(key: str) -> ResponseReturnValue:
    """Give the clocks that taking it out of use would end or change."""
    return changes_answer(key, [version for version in in_force(clock.now()) if version.key != key])
