"""That the first rule which held was chosen is found out from the log alone (R12, R98)."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from servicedesk.identity.actor import system_actor
from servicedesk.kernel.events import stored_events
from servicedesk.kernel.refs import Cause, StreamRef
from servicedesk.tickets.assignment import edit_fields, override_priority
from sla.agreements import publish_agreement, versions
from sla.core.audit_choices import audit_choices
from sla.published_offers import published_choices
from tests.verify.tampering import change, found, hands_in_the_database, rows

DESK = system_actor(Cause("test"))


@pytest.fixture
def log(clock, make_ticket, make_person, make_organisation):
    """The log of a gold customer's request that was P3, and P1 an hour later."""
    make_organisation("Altyn", tier="gold")
    ticket = make_ticket(make_person(organisation="Altyn"), priority=3)
    clock.move(hours=1)
    override_priority(make_person("lead"), ticket.id, priority=1, why="Everybody waits.")
    return stored_events(StreamRef("ticket", ticket.id))


def wrong(log):
    return [(each.seq, each.said, each.rebuilt) for each in audit_choices(log, published_choices())]


def told(log):
    return [event.body["rule"] for event in log if event.type == "agreement_assigned"]


def with_rule(log, at, **body):
    """Return the log with another promise in the event at this place of the promises."""
    seq = [event.seq for event in log if event.type == "agreement_assigned"][at]
    return [replace(event, body={**event.body, **body}) if event.seq == seq else event for event in log]


def test_the_rules_of_a_tier_and_of_a_priority_are_found_again(log):
    assert told(log) == ["Gold P3", "Gold P1"]
    assert wrong(log) == []


@pytest.mark.parametrize("place", [0, 1])
def test_a_rule_that_came_after_the_first_one_is_found(log, place):
    standard = next(version for version in versions() if version.key == "standard")

    found_wrong = wrong(with_rule(log, place, version_id=standard.id, rule=told(log)[place].split()[-1]))

    assert [said[1][1] for _seq, said, _due in found_wrong][:1] == [told(log)[place].split()[-1]]
    assert found_wrong[0][2][1][1] == told(log)[place]


def test_a_promise_that_was_left_out_is_found(log):
    left_out = [event for event in log if event.seq != log[-1].seq]
    assert log[-1].type == "agreement_assigned"

    assert [(said, due[1][1]) for _seq, said, due in wrong(left_out)] == [(None, "Gold P1")]


def test_a_promise_that_nothing_asked_for_is_found(log):
    again = replace(log[-1], seq=log[-1].seq + 1)

    assert [due for _seq, _said, due in wrong([*log, again])] == [None]


def test_versions_count_from_their_publication_and_their_beginning(clock, log, make_ticket, administrator):
    document = {
        "rules": [{"name": "For all", "when": None, "calendar": "desk", "targets": {"resolution": 60}}]
    }
    publish_agreement(administrator, "gold", name="Gold", document=document,
                      effective_from=clock.at + timedelta(days=1), expected_version=1)  # fmt: skip
    before = make_ticket(priority=3)
    clock.move(days=2)
    edit_fields(DESK, before.id, {"urgency": 1})
    after = stored_events(StreamRef("ticket", before.id))

    assert told(after) == ["P3", "For all"]
    assert wrong(after) == wrong(log) == []


def rule_in(row):
    return json.loads(row["body"])["rule"]


def test_another_rules_whole_promise_in_the_log_is_named(desk):
    """Whoever writes into the log that another rule held, with all that this rule promises."""
    said = [row for row in rows("event") if row["type"] == "agreement_assigned"]
    event = said[0]
    other = next(row for row in said if rule_in(row) not in (None, rule_in(event)))
    with hands_in_the_database():
        change("event", event, body=other["body"])

        named = [each.key for each in found() if each.column == "body (rule chosen)"]

    assert {name: event[name] for name in ("stream_kind", "stream_id", "seq")} in named
