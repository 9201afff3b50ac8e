"""What a change to a person does, in sentences: rights, ways in, and the requests that concern them."""

from portal.admin.effects import Line, few, touched_line
from portal.admin.words import permission_name
from servicedesk.identity.actor import Actor
from servicedesk.identity.current import actor
from servicedesk.identity.people import Doors, KnownPerson
from servicedesk.identity.permissions import Permission
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.i18n import ngettext
from servicedesk.tickets.touched import asked_by, assigned_to


def rights_lines(before: Actor, after: Actor) -> list[Line]:
    """Return what somebody may do from now on, and what no more; a right that reaches elsewhere is both."""
    changed = [one for one in Permission if before.scopes(one) != after.scopes(one)]
    gained = [permission_name(one) for one in changed if not before.has(one)]
    lost = [permission_name(one) for one in changed if not after.has(one)]
    moved = [permission_name(one) for one in changed if before.has(one) and after.has(one)]
    said = (
        (gained, _("May now: %(rights)s."), "met"),
        (lost, _("May no longer: %(rights)s."), "late"),
        (moved, _("Reaches other requests than before: %(rights)s."), "risk"),
    )
    return [
        Line(sentence % {"rights": few(names, len(names))}, state) for names, sentence, state in said if names
    ]


def ending_lines(doors: Doors) -> list[Line]:
    """Return which ways in end."""
    said = (
        (doors.sign_ins, ngettext("%(num)d sign-in ends.", "%(num)d sign-ins end.", doors.sign_ins)),
        (
            doors.tokens,
            ngettext("%(num)d token of a program ends.", "%(num)d tokens of programs end.", doors.tokens),
        ),
        (
            doors.links,
            ngettext("%(num)d unused link ends.", "%(num)d unused links end.", doors.links),
        ),
    )
    lines = [Line(sentence, "late") for count, sentence in said if count]
    return lines or [Line(str(_("They are not signed in anywhere.")))]


def open_lines(person_id: int) -> list[Line]:
    """Return the open requests that somebody leaves behind."""
    worked_on, filed = assigned_to(actor(), person_id), asked_by(actor(), person_id)
    lines = []
    if worked_on.count:
        sentence = ngettext(
            "%(num)d open request stays assigned to them. Give it to somebody else.",
            "%(num)d open requests stay assigned to them. Give them to somebody else.",
            worked_on.count,
        )
        lines.append(touched_line(sentence, worked_on, "late"))
    if filed.count:
        sentence = ngettext(
            "%(num)d open request of theirs goes on; they no longer see the answer.",
            "%(num)d open requests of theirs go on; they no longer see the answers.",
            filed.count,
        )
        lines.append(touched_line(sentence, filed))
    return lines


def moved_lines(person: KnownPerson) -> list[Line]:
    """Return what stays with the organisation that somebody leaves."""
    filed = asked_by(actor(), person.id)
    if not filed.count:
        return []
    sentence = ngettext(
        "%(num)d open request stays with the organisation under which it was filed.",
        "%(num)d open requests stay with the organisation under which they were filed.",
        filed.count,
    )
    return [touched_line(sentence, filed)]
