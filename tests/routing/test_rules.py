"""Explicit rules come before any model, have an owner, and are dated versions (R6, R7, R62)."""

import pytest

from routing.queries import proposal_of
from routing.rules import RuleContent, publish_rule, rules_in_force, switch_rule
from servicedesk.identity.directory import groups
from servicedesk.kernel.db import session
from servicedesk.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from servicedesk.kernel.events import stored_events
from servicedesk.kernel.refs import StreamRef
from servicedesk.tickets.catalogue import categories
from servicedesk.tickets.models import Ticket
from tests.routing.desk import run_jobs, train_desk

ABOUT_VPN = {"field": "text", "contains": "vpn"}


def group_id(key):
    return next(row.id for row in groups().values() if row.key == key)


def category_id(key):
    return next(row.id for row in categories().values() if row.key == key)


@pytest.fixture
def publish(administrator):
    """`publish("vpn", condition, group="network")` publishes a rule, by default of the administrator's."""

    def make(key="vpn", condition=ABOUT_VPN, *, group="network", category=None, urgency=None, **more):
        content = RuleContent(
            condition=condition,
            group_id=group_id(group) if group else None,
            category_id=category_id(category) if category else None,
            urgency=urgency,
        )
        more = {"name": f"Rule {key}", "owner_id": administrator.id} | more
        return publish_rule(administrator, key, content=content, **more)

    return make


def test_a_rule_that_holds_routes_at_once_and_is_the_cause(publish, make_ticket):
    publish(urgency=1)
    number = make_ticket(subject="Trouble", text="The VPN stops every hour").id
    run_jobs()

    ticket, log = session().get_one(Ticket, number), stored_events(StreamRef("ticket", number))
    changed = [event for event in log if event.type in {"routing_decided", "fields_changed", "assigned"}]
    assert (ticket.group_id, ticket.urgency, ticket.needs_triage) == (group_id("network"), 1, False)
    assert [(e.cause.kind, e.cause.id, e.cause.version) for e in changed] == [("rule", "vpn", 1)] * 3


def test_a_rule_goes_before_a_sure_model_and_says_why(publish, make_ticket, make_person):
    train_desk()
    publish(condition={"field": "text", "contains": "printer"}, group="server")
    number = make_ticket(subject="Printer", text="the printer on my floor eats its paper and blinks").id
    run_jobs()

    proposal = proposal_of(make_person("agent"), number)
    decided = next(e for e in stored_events(StreamRef("ticket", number)) if e.type == "routing_decided")
    assert (proposal.decided_by, proposal.source_id, proposal.routes[0].group) == (
        "rule",
        "Rule vpn",
        "Servers",
    )
    assert decided.body["matched"][0]["wanted"] == "printer"


def test_the_log_does_not_keep_what_a_customer_wrote_as_the_reason_of_a_rule(publish, make_ticket):
    publish()
    number = make_ticket(subject="Private", text="my vpn, my secret").id
    run_jobs()

    bodies = [str(event.body) for event in stored_events(StreamRef("ticket", number))]
    assert not any("secret" in body or "Private" in body for body in bodies)


def test_a_category_alone_sends_to_the_group_that_serves_it(publish, make_ticket):
    publish(group=None, category="network.vpn")
    number = make_ticket(subject="x", text="vpn").id
    run_jobs()

    ticket = session().get_one(Ticket, number)
    assert (ticket.category_id, ticket.group_id) == (category_id("network.vpn"), group_id("network"))


def test_rules_are_tried_in_their_order(publish, make_ticket):
    publish("second", {"field": "text", "contains": "vpn"}, group="server", position=2)
    publish("first", {"field": "channel", "is": "portal"}, group="workplace", position=1)
    number = make_ticket(subject="x", text="vpn").id
    run_jobs()

    assert session().get_one(Ticket, number).group_id == group_id("workplace")


def test_a_rule_switched_off_decides_nothing(publish, make_ticket, administrator):
    publish()
    switch_rule(administrator, "vpn", is_active=False)
    number = make_ticket(subject="x", text="vpn").id
    run_jobs()

    assert session().get_one(Ticket, number).needs_triage


def test_a_changed_rule_is_a_new_version_and_the_old_one_stays_in_the_log(publish):
    rule_id = publish()
    publish(group="server")

    log = stored_events(StreamRef("routing_rule", rule_id))
    assert [(e.body["number"], e.body["group_id"]) for e in log] == [
        (1, group_id("network")),
        (2, group_id("server")),
    ]
    assert [(rule.number, rule.group_id) for rule in rules_in_force()] == [(2, group_id("server"))]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"condition": {"field": "colour", "is": "red"}}, "condition"),
        ({"group": None}, "group_id"),
        ({"urgency": 4}, "urgency"),
        ({"owner_id": 0}, "owner_id"),
        ({"name": " "}, "name"),
        ({"key": "No Key"}, "key"),
    ],
)
def test_a_rule_that_cannot_work_is_refused(publish, wrong, field):
    with pytest.raises(Invalid) as refused:
        publish(**wrong)

    assert refused.value.field == field


def test_publishing_over_a_version_one_has_not_seen_is_a_conflict(publish):
    publish()
    publish(group="server")

    with pytest.raises(Conflict):
        publish(expected_version=1)


def test_only_those_who_configure_may_publish_or_switch(make_person, administrator):
    content = RuleContent(condition=ABOUT_VPN, group_id=group_id("network"))

    with pytest.raises(NotAllowed):
        publish_rule(make_person("lead"), "vpn", name="VPN", owner_id=administrator.id, content=content)
    with pytest.raises(NotAllowed):
        switch_rule(make_person("agent"), "vpn", is_active=False)


def test_a_rule_that_is_not_there_cannot_be_switched(administrator):
    with pytest.raises(NotFound):
        switch_rule(administrator, "nothing", is_active=False)
