"""Doors of one's own quiet hours: when nothing is mailed to somebody, on the clock of where they live."""

import re
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError, fields

from portal.admin.person_forms import zones
from portal.answering import notices, notify
from portal.framing import frame
from servicedesk.identity.commands import set_preferences
from servicedesk.identity.core.quiet import QuietHours
from servicedesk.identity.current import actor
from servicedesk.identity.permissions import signed_in
from servicedesk.identity.quiet_hours import QuietRow, quiet_hours_of, set_quiet_hours
from servicedesk.kernel.command import saving
from servicedesk.kernel.errors import Invalid
from servicedesk.kernel.forms import Form, FormSchema, Text, load_form
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.i18n import lazy_gettext as _l

blueprint = Blueprint("quiet", __name__)
PLACE = "/account/quiet-hours"
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


class DayMinute(fields.Field[int | None]):
    """A time of day, as the minute of the day that it is; None for an empty field."""

    default_error_messages = {"invalid": _l("Write a time such as 22:00.")}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int | None:
        text = str(value).strip()
        match = _TIME.fullmatch(text)
        if text and match is None:
            raise ValidationError(str(self.error_messages["invalid"]))
        return int(match[1]) * 60 + int(match[2]) if match else None


class QuietForm(FormSchema):
    """From when, until when, and by which clock."""

    begin = DayMinute(load_default=None, metadata={"label": _l("Begin"), "type": "time"})
    until = DayMinute(
        load_default=None,
        metadata={"label": _l("Until"), "type": "time", "help": _l("Both empty: no quiet hours.")},
    )
    zone = Text(required=True, metadata={"label": _l("Time zone"), "type": "select"})


@blueprint.get(PLACE)
@signed_in
def own() -> ResponseReturnValue:
    """Show one's quiet hours."""
    row = quiet_hours_of(actor().id or 0)
    return _page(Form(QuietForm(), values=_values(row)))


@blueprint.post(PLACE)
@signed_in
def keep() -> ResponseReturnValue:
    """Keep one's quiet hours, and where one lives."""
    form = load_form(QuietForm, request.form)
    if not form.is_valid:
        return _page(form), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        quiet = _quiet(form.data["begin"], form.data["until"])
        with saving(actor()):
            set_preferences(actor(), zone=form.data["zone"])
            set_quiet_hours(actor(), quiet)
    except Invalid as error:
        return _page(form.refused(error)), error.status
    notify(str(_("Saved.")))
    return redirect(url_for(".own"), HTTPStatus.SEE_OTHER)


def _quiet(begin: int | None, until: int | None) -> QuietHours | None:
    if begin is None and until is None:
        return None
    if begin is None or until is None:
        sentence = _("Quiet hours have a beginning and an end.")
        raise Invalid("quiet.half", sentence, field="begin" if begin is None else "until")
    return QuietHours(begin, until)


def _values(row: QuietRow) -> dict[str, str]:
    if row.quiet is None:
        return {"zone": row.zone}
    begin, until = (
        f"{minute // 60:02}:{minute % 60:02}" for minute in (row.quiet.from_minute, row.quiet.until_minute)
    )
    return {"begin": begin, "until": until, "zone": row.zone}


def _page(form: Form) -> str:
    page = replace(frame(str(_("Quiet hours"))), notices=notices())
    options = [*zones()]
    zone = str(form.values.get("zone", ""))
    if zone not in dict(options):
        options.insert(0, (zone, zone))
    return render_template("account/quiet_hours.html", page=page, form=form, zones=options)
