"""What people choose for every page: the language."""

from http import HTTPStatus

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from portal.framing import home_of
from servicedesk.identity.commands import set_preferences
from servicedesk.identity.current import actor
from servicedesk.identity.permissions import public
from servicedesk.identity.schemas import LanguageForm
from servicedesk.kernel import i18n
from servicedesk.kernel.errors import Invalid
from servicedesk.kernel.forms import load_form
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.links import own_path

blueprint = Blueprint("preferences", __name__)


@blueprint.post("/language")
@public
def language() -> ResponseReturnValue:
    """Speak another language from now on: in this browser, and for a person everywhere."""
    form = load_form(LanguageForm, request.form)
    wanted = form.data.get("language")
    if wanted not in i18n.languages():
        raise Invalid("language.unknown", _("Choose a language from the list."), field="language")
    i18n.choose_language(wanted)
    if actor().id is not None:
        set_preferences(actor(), language=wanted)
    back = own_path(form.data["next"] or request.args.get("next"), home_of(actor()))
    return redirect(back, HTTPStatus.SEE_OTHER)
