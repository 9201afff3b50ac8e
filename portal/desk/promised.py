"""What the room of promises wrote into a ticket's log, as sentences: agreements, warnings, misses."""

from collections.abc import Callable, Mapping, Sequence
from typing import cast

from portal.desk.happenings import Told
from portal.desk.promises import clock_name
from portal.words import isolated, listed, seeded_name
from servicedesk.kernel.db import instant_from
from servicedesk.kernel.display import percent, when, working_duration
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.i18n import lazy_gettext as _l
from sla.agreements import versions
from sla.core.events import KINDS
from sla.core.moments import MISSED, moment_of


def _assigned(told: Told) -> str:
    if told.body.get("version_id") is None:
        return str(_("no agreement holds: nothing is promised"))
    return str(
        _(
            "agreement %(name)s, %(rule)s: %(targets)s",
            name=isolated(agreement_name(told.body)),
            rule=isolated(seeded_name(str(told.body["rule"]))),
            targets=targets_in_words(cast("Mapping[str, Sequence[int]]", told.body["targets"])),
        )
    )


def agreement_name(body: Mapping[str, object]) -> str:
    """Return the agreement by its version's name, in the reader's words; by its key where that is gone."""
    named = (version.name for version in versions() if version.id == body.get("version_id"))
    return seeded_name(next(named, str(body.get("agreement") or "")))


def targets_in_words(targets: Mapping[str, Sequence[int]]) -> str:
    """Return "first response in 1 h and resolution in 8 h", in working time."""
    known = [kind for kind in KINDS if kind in targets]
    return listed(
        [
            str(_("%(clock)s in %(time)s", clock=clock_name(kind), time=isolated(_length(targets[kind]))))
            for kind in known
        ]
    )


def _length(target: Sequence[int]) -> str:
    return working_duration(target[0])


def _at_risk(told: Told) -> str:
    moment = moment_of(cast(int, told.body["step"]))
    if moment.kind == "before":
        time = isolated(working_duration(moment.amount * 60))
        return str(_("%(time)s are left for %(clock)s", time=time, clock=_clock(told)))
    share = percent(moment.amount / 100)
    return str(_("%(share)s of the target for %(clock)s is used", share=share, clock=_clock(told)))


def _missed(told: Told) -> str:
    due = when(instant_from(str(told.body["due_at"])))
    return str(_("target for %(clock)s missed, it was due %(when)s", clock=_clock(told), when=isolated(due)))


def _retracted(told: Told) -> str:
    fired = when(instant_from(str(told.body["fired_at"])))
    words = (
        _("%(clock)s was not missed after all, what was told %(when)s is taken back")
        if told.body["step"] == MISSED
        else _("the warning for %(clock)s of %(when)s is taken back")
    )
    return str(words % {"clock": _clock(told), "when": isolated(fired)})


def _still_missed(told: Told) -> str:
    return str(_("%(clock)s is still not met (%(step)s)", clock=_clock(told), step=step_name(told.body)))


def _foreseen(told: Told) -> str:
    return str(_("%(clock)s is %(step)s", clock=_clock(told), step=step_name(told.body)))


def step_name(body: Mapping[str, object]) -> str:
    """Return when a step comes: "90% of the target", "2 h before", "1 h after"."""
    moment = moment_of(cast(int, body["step"]))
    time = working_duration(moment.amount * 60)
    if moment.kind == "percent":
        return str(_("%(share)s of the target", share=percent(moment.amount / 100)))
    words = {
        "before": _("%(time)s before it is due", time=time),
        "after": _("%(time)s after it was due", time=time),
        "chance": _("%(share)s likely to be missed", share=percent(moment.amount / 100)),
    }
    return str(words[moment.kind])


def _taken(told: Told) -> str:
    """Return what a step did: whom it told, what it changed."""
    people = [told.person(person_id) for person_id in cast("Sequence[int]", told.body["told"])]
    did = [str(DEEDS[each]) for each in cast("Sequence[str]", told.body["did"])]
    failed = [str(DEEDS[each]) for each in cast("Sequence[str]", told.body["could_not"])]
    parts = [
        *([str(_("told %(people)s", people=listed(people)))] if people else []),
        *([str(_("changed %(what)s", what=listed(did)))] if did else []),
        *([str(_("could not change %(what)s", what=listed(failed)))] if failed else []),
    ]
    return str(
        _("%(clock)s, %(step)s: %(what)s", clock=_clock(told), step=step_name(told.body), what=listed(parts))
    )


DEEDS = {
    "priority": _l("the priority"),
    "assignment": _l("who has it"),
    "note": _l("the notes"),
}


def _acknowledged(told: Told) -> str:
    return str(_("%(who)s knows of %(clock)s: nobody is told again", who=told.who, clock=_clock(told)))


def _held(told: Told) -> str:
    return str(_("%(who)s stopped %(clock)s", who=told.who, clock=_clock(told)))


def _released(told: Told) -> str:
    return str(_("%(who)s let %(clock)s go on", who=told.who, clock=_clock(told)))


def _overridden(told: Told) -> str:
    until = when(instant_from(str(told.body["until"])))
    return str(_("%(who)s set %(clock)s to %(when)s", who=told.who, clock=_clock(told), when=isolated(until)))


def _clock(told: Told) -> str:
    kind = told.body.get("kind")
    return clock_name(str(kind)) if kind else str(_("all clocks"))


SENTENCES: dict[str, Callable[[Told], str]] = {
    "agreement_assigned": _assigned,
    "target_at_risk": _at_risk,
    "target_missed": _missed,
    "target_retracted": _retracted,
    "target_still_missed": _still_missed,
    "target_foreseen": _foreseen,
    "step_taken": _taken,
    "clock_acknowledged": _acknowledged,
    "clock_held": _held,
    "clock_released": _released,
    "clock_overridden": _overridden,
}
