"""Agreements as dated versions: what can be published, which rule is a ticket's (R9, R11; P1, P3)."""

import pytest

from servicedesk.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from servicedesk.tickets.assignment import edit_fields
from sla.agreements import in_force, matched_fields, promise_for, publish_agreement, versions
from sla.core.agreement import InvalidAgreement, read_agreement
from sla.core.credits import CreditStep, credit_for
from tests.sla.stored import clocks

P1 = {"field": "priority", "is": "P1"}


def rule(name="P1", when=P1, calendar="always", **targets):
    return {"name": name, "when": when, "calendar": calendar, "targets": targets or {"resolution": 60}}


def document(*rules, **rest):
    return {"rules": list(rules or [rule()]), **rest}


def publish(actor, *rules, key="night", **rest):
    return publish_agreement(actor, key, name="Night", document=document(*rules), **rest)


@pytest.fixture
def manager(clock, make_person):
    return make_person("manager")


def test_a_new_desk_has_gold_before_standard(app, clock):
    assert [version.key for version in in_force(clock.at)] == ["gold", "standard"]


def test_the_first_rule_that_holds_wins_and_says_why(app, clock):
    found = promise_for({"priority": "P3", "organisation_tier": "gold"}, clock.at)

    assert (found.match.rule.name, found.match.position) == ("Gold P3", 3)
    assert [reason.field for reason in found.match.reasons] == ["organisation_tier", "priority"]


def test_a_new_version_is_for_requests_from_then_on(clock, manager, make_ticket):
    before = make_ticket(priority=1)
    publish_agreement(manager, "standard", name="Standard", document=document(rule(resolution=1800)))
    after = make_ticket(priority=1)

    assert clocks(before.id)["resolution"].target_seconds == 14_400
    assert clocks(after.id)["resolution"].target_seconds == 1800


def test_a_version_of_the_future_waits_for_its_day(clock, manager, make_ticket):
    publish_agreement(
        manager,
        "standard",
        name="Standard",
        document=document(rule(resolution=1800)),
        effective_from=clock.at.replace(day=20),
    )

    assert clocks(make_ticket(priority=1).id)["resolution"].target_seconds == 14_400
    clock.move(days=5)
    assert clocks(make_ticket(priority=1).id)["resolution"].target_seconds == 1800


def test_a_changed_ticket_is_matched_by_what_is_in_force_now(clock, manager, make_person, make_ticket):
    ticket = make_ticket(priority=2)
    publish_agreement(manager, "standard", name="Standard", document=document(rule(resolution=1800)))
    edit_fields(make_person("agent"), ticket.id, {"impact": 1, "urgency": 1})

    assert clocks(ticket.id)["resolution"].target_seconds == 1800


def test_versions_are_numbered_and_never_overwritten(clock, manager):
    publish(manager)
    publish(manager, rule(resolution=120))

    kept = [version for version in versions() if version.key == "night"]
    assert [(each.number, each.document.rules[0].targets.seconds["resolution"]) for each in kept] == [
        (1, 60),
        (2, 120),
    ]


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        ({"rules": []}, "agreement.no_rules"),
        ({"rules": [{**rule(), "days": 3}]}, "agreement.unknown_key"),
        (document(rule(when={"all": []})), "agreement.empty_condition"),
        (document(rule(when={"any": [{"all": []}]})), "agreement.empty_condition"),
        (document(rule(when=True)), "agreement.empty_condition"),
        (document(rule("All", when=None), rule()), "agreement.default_not_last"),
        (document(rule(), rule()), "agreement.rule_name"),
        (document(rule(name=" ")), "agreement.rule_name"),
        (document(rule(resolution=0)), "agreement.number"),
        (document(rule(resolution=True)), "agreement.number"),
        (document(rule(pickup=60)), "agreement.unknown_key"),
        (document(rule(when={"field": "colour", "is": "red"})), "condition.unknown_field"),
        (document(rule(when={"field": "sla.state", "is": "paused"})), "condition.unknown_field"),
        (document(reopen="never"), "agreement.choice"),
        (document(reopen_within_days=-1), "agreement.number"),
    ],
)
def test_what_nobody_can_have_meant_is_refused(manager, bad, code):
    with pytest.raises(Invalid) as refused:
        publish_agreement(manager, "night", name="Night", document=bad)

    assert (refused.value.code, refused.value.field) == (code, "document")


def test_a_default_rule_may_stand_last(manager, clock):
    publish(manager, rule(), rule("Else", when=None))

    assert [len(each.document.rules) for each in versions() if each.key == "night"] == [2]


def test_an_unknown_calendar_is_refused(manager):
    with pytest.raises(NotFound):
        publish(manager, rule(calendar="moon"))


def test_a_change_cannot_begin_in_the_past(clock, manager):
    publish(manager)

    with pytest.raises(Invalid, match="past"):
        publish(manager, effective_from=clock.at.replace(day=1))


def test_somebody_elses_change_is_not_overwritten(manager):
    publish(manager)
    publish(manager, expected_version=1)

    with pytest.raises(Conflict):
        publish(manager, expected_version=1)


@pytest.mark.parametrize("role", ["customer", "agent", "lead"])
def test_only_who_answers_for_promises_may_publish_them(make_person, role):
    with pytest.raises(NotAllowed):
        publish(make_person(role))


@pytest.mark.parametrize(
    "steps",
    [
        "none",
        [{"clock": "lunch", "below": 95, "percent": 5}],
        [{"clock": "resolution", "below": 0, "percent": 5}],
        [{"clock": "resolution", "below": 95, "percent": 101}],
        [{"clock": "resolution", "below": 95}],
        [{"clock": "resolution", "below": 95, "percent": True}],
    ],
)
def test_a_table_of_credits_that_makes_no_sense_is_refused(app, steps):
    with pytest.raises(InvalidAgreement) as refused:
        read_agreement(document(credits=steps), matched_fields())

    assert refused.value.path.startswith("credits")


def test_a_credit_is_the_highest_step_that_the_share_lies_below():
    steps = [CreditStep("resolution", 95, 5), CreditStep("resolution", 90, 10), CreditStep("update", 99, 50)]

    found = [credit_for(steps, "resolution", met=met, judged=100) for met in (100, 95, 94, 90, 89)]

    assert found == [0, 0, 5, 5, 10]
    assert credit_for(steps, "resolution", met=0, judged=0) == 0
