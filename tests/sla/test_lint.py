"""What is doubtful about rules is found, and only that (R31)."""

import pytest

from servicedesk.kernel.condition_parsing import parse
from servicedesk.kernel.conditions import Field, FieldType
from sla.core.agreement import RuleTargets
from sla.core.lint import Doubt, doubts
from sla.core.matching import Rule

FIELDS = {name: Field(name, FieldType.CHOICE) for name in ("priority", "tier", "channel")}
P1, P2 = {"field": "priority", "is": "P1"}, {"field": "priority", "is": "P2"}
URGENT = {"field": "priority", "in": ["P1", "P2"]}
GOLD = {"field": "tier", "is": "gold"}


def rule(name, when, **seconds):
    condition = parse(when, FIELDS) if when is not None else None
    return Rule(name, condition, RuleTargets("always", seconds or {"resolution": 3600}))


def found(*rules, before=(), is_last=False):
    return list(doubts(rules, before, is_last=is_last))


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        (None, P1),
        (P1, P1),
        (URGENT, P1),
        (P1, {"all": [P1, GOLD]}),
        (URGENT, {"all": [GOLD, P2]}),
        ({"not": P1}, {"not": P1}),
    ],
)
def test_a_rule_behind_one_that_takes_all_of_it_is_never_reached(earlier, later):
    taken = Doubt("never_reached", "later", ("earlier",))

    assert found(rule("later", later), before=[rule("earlier", earlier)]) == [taken]


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        (P1, P2),
        (P1, URGENT),
        ({"all": [P1, GOLD]}, P1),
        (P1, None),
        ({"not": P2}, P1),
        ({"any": [P1, GOLD]}, {"any": [GOLD, P2]}),
    ],
)
def test_a_rule_that_something_is_left_for_is_not_doubted(earlier, later):
    assert found(rule("earlier", earlier), rule("later", later)) == []


def test_requests_that_no_rule_fits_are_said_of_the_last_agreement_only():
    assert found(rule("one", P1), is_last=True) == [Doubt("no_default")]
    assert found(rule("one", P1)) == []
    assert found(rule("all", None), is_last=True) == []


def test_an_answer_after_the_solution_is_doubted():
    assert found(rule("odd", P1, first_response=7200, resolution=3600)) == [
        Doubt("answer_after_solution", "odd")
    ]


LEVELS = Field("priority", FieldType.CHOICE, ("P1", "P2", "P3"))


def leveled(name, *levels, **more):
    when = {"field": "priority", "in": list(levels)}
    fields = {**FIELDS, "priority": LEVELS}
    return Rule(name, parse(when, fields), RuleTargets("always", more or {"resolution": 3600}))


def test_rules_for_every_value_of_a_field_leave_nothing_for_the_next():
    levels = [leveled("first", "P1"), leveled("others", "P2", "P3")]

    assert found(*levels, rule("rest", None)) == [Doubt("never_reached", "rest", ("first", "others"))]


def test_rules_for_some_values_of_a_field_leave_the_others():
    assert found(leveled("first", "P1"), leveled("second", "P2"), rule("rest", None)) == []


def test_values_of_a_field_that_may_be_empty_never_take_everything():
    tiers = Field("tier", FieldType.CHOICE, ("gold",))
    gold = Rule("gold", parse(GOLD, {"tier": tiers}), RuleTargets("always", {"resolution": 60}))

    assert found(gold, rule("rest", None)) == []


def test_a_rule_that_asks_for_two_values_at_once_never_holds():
    assert found(rule("both", {"all": [P1, P2]})) == [Doubt("never_holds", "both")]


def test_news_after_the_solution_is_doubtful():
    odd = rule("odd", P1, update=7200, resolution=3600)

    assert found(odd) == [Doubt("word_after_solution", "odd")]
