"""Rules of an agreement as sentences, and what is doubtful about them."""

from collections.abc import Sequence

from portal.admin.agreement_forms import TARGET_NAMES
from portal.admin.effects import Line
from portal.desk.matching import comparison
from portal.words import isolated, listed, seeded_name
from servicedesk.calendars.queries import calendars
from servicedesk.kernel.condition_parts import comparisons
from servicedesk.kernel.conditions import AllOf, Comparison, Condition
from servicedesk.kernel.display import working_duration
from servicedesk.kernel.i18n import gettext as _
from sla.core.agreement import RuleTargets
from sla.core.lint import Doubt, doubts
from sla.core.matching import Rule


def rule_sentence(rule: Rule[RuleTargets]) -> str:
    """Return a rule as people say it: for what it is, what it promises, and by which hours."""
    names = {row.key: seeded_name(row.name) for row in calendars()}
    promised = listed(
        [
            f"{TARGET_NAMES[kind]} {working_duration(seconds)}"
            for kind, seconds in rule.targets.seconds.items()
        ]
    )
    return str(
        _(
            "%(name)s: if %(condition)s, then %(targets)s, by %(calendar)s.",
            name=isolated(seeded_name(rule.name)),
            condition=condition_words(rule.condition),
            targets=promised,
            calendar=isolated(names.get(rule.targets.calendar, rule.targets.calendar)),
        )
    )


def condition_words(condition: Condition | None) -> str:
    """Return a condition in words; one with alternatives is named by what it looks at."""
    if condition is None:
        return str(_("nothing before it fits"))
    parts = condition.parts if isinstance(condition, AllOf) else (condition,)
    if all(isinstance(part, Comparison) for part in parts):
        return listed([_comparison(part) for part in comparisons(condition)])
    looked_at = dict.fromkeys(_comparison(part) for part in comparisons(condition))
    return str(_("a combination of these holds: %(parts)s", parts=listed(list(looked_at))))


def _comparison(part: Comparison) -> str:
    found = comparison(part.field.name, part.operator.value, part.written, None)
    return f"{found.what} {found.wanted}"


def doubt_lines(
    rules: Sequence[Rule[RuleTargets]], before: Sequence[Rule[RuleTargets]], *, is_last: bool
) -> list[Line]:
    """Return what is doubtful about the rules, or that nothing is."""
    found = [Line(_doubt(each), "risk") for each in doubts(rules, before, is_last=is_last)]
    return found or [Line(str(_("Every rule can be reached, and every request has one.")), "met")]


def _doubt(doubt: Doubt) -> str:
    rule, by = isolated(seeded_name(doubt.rule)), listed([isolated(seeded_name(name)) for name in doubt.by])
    taken = _("%(rule)s is never reached: %(by)s takes all of it before.", rule=rule, by=by)
    if len(doubt.by) > 1:
        taken = _("%(rule)s is never reached: %(by)s together take all of it before.", rule=rule, by=by)
    sentences = {
        "never_reached": taken,
        "never_holds": _("%(rule)s can never hold: what it asks for contradicts itself.", rule=rule),
        "no_default": _("A request that no rule fits has no promise: let the last rule be for everything."),
        "answer_after_solution": _("%(rule)s promises the first answer after the solution.", rule=rule),
        "word_after_solution": _("%(rule)s promises news or further answers after the solution.", rule=rule),
    }
    return str(sentences[doubt.code])
