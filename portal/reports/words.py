"""The words of the report: names of clocks and teams, and what each figure means."""

from servicedesk.identity.directory import groups
from servicedesk.kernel.i18n import current_language
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.i18n import lazy_gettext as _l

KIND_NAMES = {
    "first_response": _l("First response"),
    "next_response": _l("Next response"),
    "update": _l("Update"),
    "resolution": _l("Resolution"),
    "assignment": _l("Pick-up by the team (within the desk)"),
    "vendor": _l("Supplier's part (its contract)"),
}
RISK_NAMES = {"late": _l("Late now"), "at_risk": _l("At risk"), "due_today": _l("Due before midnight")}


_DEFINITIONS = {
    "sla.attainment": _l(
        "Promises that ended in time, of all that ended in time or became late in this period."
        " Each counts once, in the week in which it was kept or broken; cancelled and running ones"
        " count nowhere. Working time by the calendar of the agreement."
    ),
    "sla.by_month": _l(
        "The same count by month and by the team that has the request today. Past days are counted once and"
        " kept; what changes afterwards is counted anew. Choose anew to count everything: the figures are"
        " equal."
    ),
    "risk.late": _l("Open requests with at least one promise already broken and not yet answered."),
    "risk.at_risk": _l("Open requests past three quarters of a promise's time, none broken yet."),
    "risk.due_today": _l("Open requests with a promise that ends before midnight, not yet at risk."),
    "tickets.backlog": _l(
        "Requests filed by then that were neither resolved nor withdrawn at that moment; one that came"
        " back later was not open in between. Age is the time since it was filed, in weeks of the wall"
        " clock. The team is the one that has the request today."
    ),
    "tickets.backlog_weeks": _l(
        "The same count at the end of each week; the present week ends at the chosen moment."
    ),
    "tickets.first_contact": _l(
        "Of all requests resolved for the first time in this period: those solved with exactly one public"
        " answer, without being sent on to another team, that did not come back within 14 days. Sorting"
        " out of triage is no sending on. Left out: withdrawn requests, those from an import (their"
        " answers are not known), and those resolved less than 14 days ago (they may still come back)."
        " The range holds the true share in 95 of 100 cases (Wilson)."
    ),
    "tickets.satisfaction": _l(
        "After a resolution its requester is asked how it went, from 1 (very bad) to 5 (very good). Counted"
        " are the questions asked in this period, each with its latest answer. Satisfied is 4 or 5. Below"
        " ten answers no share is told. The range holds the true share in 95 of 100 cases (Wilson; the"
        " mean: normal approximation)."
    ),
    "tickets.response": _l(
        "Of those who were asked in this period, how many have answered by now. Whoever was asked in the"
        " last days may still answer."
    ),
    "sla.load": _l(
        "Open requests by who has them. Usual hours: for each, the median working time, pauses left out, that"
        " requests of the same team and priority took from filing to resolution in the last 26 weeks. It is"
        " how long people waited for us, not how long somebody worked at it. Against this week: usual hours"
        " in units of the working time that the desk's calendar leaves in this week."
    ),
    "replay.attainment": _l(
        "Each side by its own judgement: kept, of all that by it ended in time or became late in this"
        " period. Team, priority and customer are those that the request had in the end; which rule held is"
        " found with those of each moment. Under other promises people might have worked otherwise: that, no"
        " replay knows."
    ),
    "replay.staffing": _l(
        "A model. An open hour of the week is short if, over the whole period, more requests came in it than"
        " ended, while at least as many as usual were at work (neither waiting nor done). Open hours are"
        " those of the tried calendar, else of the desk. It does not know who was there, nor how hard the"
        " work was."
    ),
    "sla.forecast": _l(
        "How likely an open clock is to miss its target, told by clocks that ended: their working time by"
        " clock, priority and team, and what was known a quarter of an hour after they began (category, item,"
        " team, channel, organisation, hour). No person is looked at. It was tried on clocks that began after"
        " all it had learned from, and asked when they began and after a quarter, half and three quarters of"
        " their target. Brier score: the mean squared distance between what was said and what came; less is"
        " better. It is shown only if it is better than both simple rules."
    ),
    "tickets.flow": _l(
        "Created: filed in the period. Closed: resolved or withdrawn in it, each time anew. Came back:"
        " taken up again after that. Created and come back, less closed, is by how much the backlog grew."
        " Requests whose dates are not known are left out."
    ),
}


def definition(key: str) -> str:
    """Return in sentences what a figure counts, and what it leaves out."""
    return str(_DEFINITIONS[key])


def band_name(band: int) -> str:
    """Return the name of an age of open requests."""
    names: tuple[str, ...] = (
        _("less than a week ago"),
        _("1 to 4 weeks ago"),
        _("4 to 13 weeks ago"),
        _("longer ago"),
    )
    return names[band]


def group_name(group_id: int) -> str:
    """Return a team's name in the reader's language."""
    group = groups().get(group_id)
    return group.names.get(current_language(), group.name) if group else ""


def priority_name(level: int) -> str:
    """Return a priority as people say it."""
    names: dict[int, str] = {
        1: _("P1 critical"),
        2: _("P2 high"),
        3: _("P3 normal"),
        4: _("P4 low"),
    }
    return names[level]
