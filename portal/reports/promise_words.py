"""What the figures of promises in depth mean, and the names of what delays them."""

from servicedesk.kernel.i18n import current_language
from servicedesk.kernel.i18n import lazy_gettext as _l
from servicedesk.tickets.catalogue import status_name

CAUSE_NAMES = {
    "wrong_group": _l("Wrong team first"),
    "supplier": _l("Supplier"),
    "no_owner": _l("Waiting for an owner"),
    "handover": _l("Passed on, not taken up"),
    "long_pause": _l("Not taken up after a long pause"),
    "work": _l("The work itself"),
}
_BY_HAND = _l("stopped by hand")

_DEFINITIONS = {
    "sla.kept": _l(
        "Promises that ended in time, of all that ended in time or became late in the period; each once, when"
        " it was kept or broken. A request counts as kept where none of its promises of the period was"
        " broken. All is told as the desk knew it at the moment named above: asked again for that moment, the"
        " answer is the same, whatever happened since. Team, priority and organisation are those of then."
    ),
    "sla.late_by": _l(
        "Working time beyond the target, of promises that became late in the period and have ended. Median"
        " and the others are nearest ranks: so many percent are not longer."
    ),
    "sla.times": _l(
        "Working time from start to end, pauses left out, of the promises of the period that have ended; what"
        " customers felt is the time on the wall from start to end. Nearest ranks, the mean beside them."
    ),
    "sla.by_hand": _l(
        "Of the promises of the period: how often another target came into force, how many due moments a"
        " person set, and how many became late and are judged by an easier target since. The last are not"
        " among the late ones."
    ),
    "sla.open": _l(
        "Promises that had not ended at the moment named above, as the desk knew it then: asked again for"
        " that moment, the answer is the same. Late: the target was used up. At risk: three quarters of it"
        " were used, and it was not late yet. Paused promises count as running; a pause takes them out of"
        " risk."
    ),
    "sla.interventions": _l(
        "How often a person stopped a clock, let it go on or set another due moment in the period, whatever"
        " became of the promise. Team, priority and organisation are those of today. Targets that moved"
        " because a request changed are counted above."
    ),
    "tickets.reopened": _l(
        "Of what was resolved in the period: how much was taken up again within 14 days. Resolutions of the"
        " last 14 days may still come back and are left out. Team, priority and organisation are those of"
        " today."
    ),
    "sla.credits": _l(
        "For each agreement with a table of credits, each customer and each clock: promises kept of all that"
        " ended, and the highest step of the table that the share lies below. The table is that of the"
        " version in force when the period ended."
    ),
    "sla.causes": _l(
        "The working time that counted for each broken promise is told apart by the first that fits: it lay"
        " with another team than the last one (sorting left out), waited for a supplier, had no owner, was"
        " passed on to somebody who had not done anything yet, had not been taken up after a pause of 8"
        " working hours, or was worked on. Its late time is divided in the same proportion, so the parts add"
        " up. Imported history tells of no such steps."
    ),
    "sla.pauses": _l(
        "Working hours in which the promises of the period were paused, as a share of the working hours of"
        " their whole lives, by what was waited for. People: who set it waiting or stopped the clock; the"
        " desk does it by itself too."
    ),
}


def definition(key: str) -> str:
    """Return in sentences what a figure counts, and what it leaves out."""
    return str(_DEFINITIONS[key])


def pause_name(reason: str) -> str:
    """Return what a pause waited for."""
    return str(_BY_HAND) if reason == "by_hand" else status_name(reason, current_language())
