"""Doors: calendars: the list, a new one by hand, of several or from a document, one with its versions."""

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.admin.calendar_documents import SECTION, NewFromDocument, VersionFromDocument, newest_of
from portal.admin.calendar_pages import NewCalendarEditor
from portal.admin.combined_calendars import NewCombined, editor_of
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


@blueprint.get("/calendars/combine")
@permits(Permission.CONFIGURE)
def new_combined_calendar() -> ResponseReturnValue:
    """Show the form of a calendar that is open while several others are."""
    return show(NewCombined())


@blueprint.post("/calendars/combine")
@permits(Permission.CONFIGURE)
def add_combined_calendar() -> ResponseReturnValue:
    """Draw the days that several calendars share, or publish them."""
    return answer(NewCombined())


@blueprint.get("/calendars/import")
@permits(Permission.CONFIGURE)
def calendar_document() -> ResponseReturnValue:
    """Show the form that takes a new calendar over from a document."""
    return show(NewFromDocument())


@blueprint.post("/calendars/import")
@permits(Permission.CONFIGURE)
def import_calendar() -> ResponseReturnValue:
    """Draw the days of a document, or publish it as a new calendar."""
    return answer(NewFromDocument())


@blueprint.get("/calendars/<key>/import")
@permits(Permission.CONFIGURE)
def version_document(key: str) -> ResponseReturnValue:
    """Show the document of a calendar's newest version."""
    return show(VersionFromDocument(key))


@blueprint.post("/calendars/<key>/import")
@permits(Permission.CONFIGURE)
def import_version(key: str) -> ResponseReturnValue:
    """Draw the days of a document, or publish it as the next version."""
    return answer(VersionFromDocument(key))


@blueprint.get("/calendars/<key>/calendar.json")
@permits(Permission.CONFIGURE)
def download_calendar(key: str) -> ResponseReturnValue:
    """Give out a version in the exchange form: the newest, or the one that `version` names."""
    wanted = request.args.get("version", newest_of(key).number, type=int)
    found = next((each for each in queries.versions_of(key) if each.number == wanted), None)
    if found is None:
        raise queries.no_such_calendar()
    document = Response(found.document, content_type="application/json")
    document.headers["Content-Disposition"] = f'attachment; filename="{key}-{found.number}.json"'
    return document


@blueprint.get("/calendars/<key>")
@permits(Permission.CONFIGURE)
def calendar(key: str) -> ResponseReturnValue:
    """Show a calendar."""
    return show(editor_of(key))


@blueprint.post("/calendars/<key>")
@permits(Permission.CONFIGURE)
def publish(key: str) -> ResponseReturnValue:
    """Draw the days of the next version and say what it means for clocks, or publish it."""
    return answer(editor_of(key))
