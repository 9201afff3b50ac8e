"""Steps of an agreement as sentences, and what is doubtful about them."""

from collections.abc import Iterable, Sequence

from portal.admin.agreement_forms import TARGET_NAMES
from portal.admin.agreement_words import condition_words
from portal.admin.effects import Line
from portal.admin.step_forms import RECIPIENT_NAMES
from portal.words import isolated, listed, seeded_name, team_name
from servicedesk.kernel.display import percent, working_duration
from servicedesk.kernel.i18n import gettext as _
from sla.chances import is_forecast
from sla.core.agreement import AgreementDocument, RuleTargets
from sla.core.escalation import TO_LEAD, Step
from sla.core.matching import Rule
from sla.core.step_lint import StepDoubt, step_doubts


def step_sentence(step: Step) -> str:
    """Return a step as people say it: when it comes, for which clocks, and what it does."""
    clocks = listed([str(TARGET_NAMES[kind]) for kind in step.clocks]) if step.clocks else _("every clock")
    return str(
        _(
            "%(when)s of %(clocks)s: %(what)s.",
            when=_when(step),
            clocks=clocks,
            what=listed(list(_what(step))),
        )
    )


def _when(step: Step) -> str:
    share, time = percent(step.moment.amount / 100), working_duration(step.moment.amount * 60)
    words = {
        "percent": _("At %(share)s", share=share),
        "before": _("%(time)s before the due moment", time=time),
        "after": _("%(time)s after the due moment", time=time),
        "chance": _("Once %(share)s likely to be missed", share=share),
    }
    return str(words[step.moment.kind])


def _what(step: Step) -> Iterable[str]:
    if step.condition is not None:
        yield str(_("only if %(condition)s", condition=condition_words(step.condition)))
    if step.to:
        yield str(_("tell %(people)s", people=listed([str(RECIPIENT_NAMES[role]) for role in step.to])))
    if step.raise_priority:
        yield str(_("raise the priority (%(why)s)", why=isolated(step.raise_priority)))
    if step.assign == TO_LEAD:
        yield str(_("give it to the team lead"))
    elif isinstance(step.assign, int):
        yield str(_("give it to %(team)s", team=isolated(team_name(step.assign))))
    if step.note:
        yield str(_("note “%(text)s”", text=isolated(step.note)))
    if step.repeat:
        every = working_duration(step.repeat.every_minutes * 60)
        yield str(_("again after %(time)s, up to %(count)s times", time=every, count=step.repeat.times))
    if step.is_anytime:
        yield str(_("at any hour"))
    if not step.to and not step.has_deeds:
        yield str(_("only shown on the request"))


def own_step_sentences(rule: Rule[RuleTargets]) -> list[str]:
    """Return the steps that a rule has of its own as sentences; none where the agreement's count."""
    if not rule.targets.has_own_steps:
        return []
    nobody = str(_("Nobody is warned; only being late is announced."))
    return [step_sentence(step) for step in rule.targets.steps or ()] or [nobody]


def rule_step_doubt_lines(document: AgreementDocument) -> list[Line]:
    """Return what is doubtful about steps, the agreement's and those of single rules."""
    following = [rule for rule in document.rules if not rule.targets.has_own_steps]
    lines = [Line(_doubt(each, document.steps or ()), "risk") for each in _doubts(document.steps, following)]
    for rule in document.rules:
        if rule.targets.has_own_steps:
            name, steps = isolated(seeded_name(rule.name)), rule.targets.steps or ()
            lines += [
                Line(str(_("%(rule)s: %(doubt)s", rule=name, doubt=_doubt(each, steps))), "risk")
                for each in _doubts(steps, [rule])
            ]
    return lines


def _doubts(steps: Sequence[Step] | None, rules: Sequence[Rule[RuleTargets]]) -> Iterable[StepDoubt]:
    targets = [(kind, seconds) for rule in rules for kind, seconds in rule.targets.seconds.items()]
    return step_doubts(steps or (), targets, is_forecast=is_forecast())


def _doubt(doubt: StepDoubt, steps: Sequence[Step]) -> str:
    step = isolated(_when(steps[doubt.place - 1])) if doubt.place else ""
    sentences = {
        "does_nothing": _("%(step)s: tells nobody and changes nothing.", step=step),
        "twice": _("%(step)s: the same step stands here twice.", step=step),
        "never_comes": _("%(step)s: no target is long enough for it to come.", step=step),
        "no_forecast": _("%(step)s: nothing forecasts here yet, so it never comes.", step=step),
        "warns_the_customer": _("%(step)s: warns the customer before anything is late.", step=step),
        "for_no_rule": _("Every rule has steps of its own: those of the agreement never come."),
        "breach_told_to_nobody": _("People hear that a request is long late, but nobody hears of 100%."),
    }
    return str(sentences[doubt.code])
