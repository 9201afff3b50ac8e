"""Doors: calendars: the list, a new one, one calendar with its versions."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from portal.admin.calendar_pages import SECTION, CalendarEditor, NewCalendarEditor
from portal.admin.editing import answer, show
from portal.admin.shell import admin_page, blueprint
from portal.words import seeded_name
from servicedesk.calendars import queries
from servicedesk.identity.permissions import Permission, permits
from servicedesk.kernel import clock
from servicedesk.kernel.i18n import gettext as _


@blueprint.get("/calendars")
@permits(Permission.CONFIGURE)
def calendars() -> ResponseReturnValue:
    """List the calendars with their version in force, and one that is to come."""
    now, lines = clock.now(), []
    for row in queries.calendars():
        in_force = queries.calendar_in_force(row.key, now)
        planned = [each for each in queries.versions_of(row.key) if each.effective_from > now]
        zone, is_open = queries.hours_of(in_force.id).zone, queries.hours_of(in_force.id).is_open(now)
        name = seeded_name(row.name)
        lines.append((name, url_for("admin.calendar", key=row.key), in_force, planned[:1], zone, is_open))
    return render_template("admin/calendars.html", page=admin_page(str(_("Calendars")), SECTION), lines=lines)


@blueprint.get("/calendars/new")
@permits(Permission.CONFIGURE)
def new_calendar() -> ResponseReturnValue:
    """Show the form of a new calendar."""
    return show(NewCalendarEditor())


@blueprint.post("/calendars/new")
@permits(Permission.CONFIGURE)
def add_calendar() -> ResponseReturnValue:
    """Draw the days of a new calendar, or publish it."""
    return answer(NewCalendarEditor())


@blueprint.get("/calendars/<key>")
@permits(Permission.CONFIGURE)
def calendar(key: str) -> ResponseReturnValue:
    """Show a calendar."""
    return show(CalendarEditor(key))


@blueprint.post("/calendars/<key>")
@permits(Permission.CONFIGURE)
def publish(key: str) -> ResponseReturnValue:
    """Draw the days of the next version and say what it means for clocks, or publish it."""
    return answer(CalendarEditor(key))
