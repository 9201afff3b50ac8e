"""What the room of promises wrote into a ticket's log, as sentences: agreements, warnings, misses."""

from collections.abc import Callable, Mapping, Sequence
from typing import cast

from portal.desk.happenings import Told
from portal.desk.promises import clock_name
from portal.words import isolated, listed, seeded_name
from servicedesk.kernel.db import instant_from
from servicedesk.kernel.display import percent, when, working_duration
from servicedesk.kernel.i18n import gettext as _
from sla.agreements import versions
from sla.core.events import KINDS
from sla.core.steps import MISSED


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
    share = percent(cast(int, told.body["step"]) / 100)
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
    "clock_held": _held,
    "clock_released": _released,
    "clock_overridden": _overridden,
}
