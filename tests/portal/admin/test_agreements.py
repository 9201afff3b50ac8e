"""Agreements: rules in sentences, doubts and clocks are shown before a version counts (R31, R34, R117)."""

import pytest
from bs4 import BeautifulSoup

from servicedesk.kernel.clock import now
from servicedesk.kernel.events import stored_events
from servicedesk.kernel.refs import StreamRef
from servicedesk.kernel.verification import verify
from servicedesk.tickets.facts import matched_facts
from sla.agreements import in_force, promise_for, versions
from sla.core.credits import CreditStep
from sla.ordering import agreement_keys

GOLD, STANDARD, NEW = "/admin/agreements/gold", "/admin/agreements/standard", "/admin/agreements/new"
VIP = {
    "name": "Board",
    "r1_name": "Board P1",
    "r1_priority": ["P1"],
    "r1_channel": "phone",
    "r1_calendar": "always",
}
VIP |= {"r1_resolution": "1:00", "r1_first_response": "0:10", "before": "gold"}


def newest(key):
    return max((version for version in versions() if version.key == key), key=lambda version: version.number)


def picture(page):
    return [line.get_text(" ", strip=True) for line in page.select(".rules li")]


def test_the_form_says_again_what_is_published(editing, app):
    before = newest("gold").document

    editing.save(GOLD)

    assert newest("gold").number == 2
    assert newest("gold").document == before


def test_rules_are_shown_as_sentences(editing, app):
    shown = picture(editing.look(GOLD, r1_resolution="1:30"))

    assert shown[0] == (
        "\u2068Gold P1\u2069: if customer tier is Gold and priority is P1, then First response 7 m,"
        " Next response 30 m, Update 2 h and Resolution 1 h 30 m, by \u2068Around the clock\u2069."
    )


def test_a_version_counts_from_its_moment_and_is_an_event(editing, administrator, clock):
    editing.save(GOLD, r1_resolution="1:30", effective_from="2040-12-01T00:00")

    assert [version.number for version in in_force(now()) if version.key == "gold"] == [1]
    assert newest("gold").document.rules[0].targets.seconds["resolution"] == 5400
    event = stored_events(StreamRef("agreement", newest("gold").agreement_id))[-1]
    assert (event.type, event.actor.id) == ("agreement_published", administrator.id)


def test_a_manager_publishes_a_new_agreement_before_the_others(editor_as, clock):
    editor_as("manager").save(NEW, **VIP)

    assert [key for key, _name in agreement_keys()] == ["board", "gold", "standard"]
    assert newest("board").document.rules[0].targets.seconds == {"first_response": 600, "resolution": 3600}


def test_an_agreement_finds_a_place_where_no_number_is_free(editing, clock):
    editing.save(NEW, **VIP | {"before": "standard"})

    assert [key for key, _name in agreement_keys()] == ["gold", "board", "standard"]
    assert verify().differences == []


def test_the_order_of_rules_follows_their_places(editing, app):
    editing.save(GOLD, r1_place="99")

    assert [rule.name for rule in newest("gold").document.rules] == [
        "Gold P2",
        "Gold P3",
        "Gold P4",
        "Gold P1",
    ]


def test_a_rule_without_a_name_is_left_out(editing, app):
    editing.save(GOLD, r4_name="")

    assert [rule.name for rule in newest("gold").document.rules] == ["Gold P1", "Gold P2", "Gold P3"]


def test_a_rule_that_is_never_reached_is_said(editing, effect, app):
    shown = effect(editing.look(NEW, **VIP | {"before": ""}))

    assert "Board P1\u2069 is never reached" in shown


def test_an_answer_promised_after_the_solution_is_said(editing, effect, app):
    assert "promises the first answer after the solution" in effect(
        editing.look(GOLD, r1_first_response="9:00")
    )


def test_it_is_said_which_requests_would_be_late(editing, effect, clock, make_ticket):
    ticket_id = make_ticket(priority=3).id
    clock.move(hours=2)

    shown = effect(editing.look(STANDARD, r3_first_response="1:00"))

    assert "clocks that run keep their targets" in shown
    assert f"1 request would be late already. SD-{ticket_id}" in shown


def test_a_condition_that_the_form_cannot_say_stands_as_written(editing, make_ticket):
    written = '{"any": [{"field": "channel", "is": "mail"}, {"field": "language", "is": "he"}]}'
    editing.save(NEW, **VIP | {"r1_when": written, "r1_name": "Either"})

    page = editing.page("/admin/agreements/board")
    assert '"any"' in page.select_one("[name=r1_when]").get_text()
    facts = matched_facts(make_ticket(channel="mail")).as_facts()
    assert promise_for(facts, now()).match.rule.name == "Either"


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"r1_resolution": "four hours"}, "r1_resolution"),
        ({"r1_priority": [], "r1_organisation_tier": ""}, "r1_name"),
        ({"r2_name": "Gold P1"}, "r2_name"),
        ({"r1_first_response": "", "r1_next_response": "", "r1_update": "", "r1_resolution": ""}, "r1_name"),
        ({"effective_from": "2020-01-01T00:00"}, "effective_from"),
        ({"name": ""}, "name"),
    ],
)
def test_what_makes_no_sense_is_refused_where_it_is_wrong(editing, clock, typed, field):
    page = editing.look(GOLD, 422, **typed)

    assert page.select_one("[aria-invalid], fieldset:has(.field-error)")["name"] == field


def test_a_stale_form_publishes_nothing(editing, app):
    typed = editing.typed(GOLD, {"r1_resolution": "1:00"})
    editing.save(GOLD, r1_resolution="1:30")

    page = editing.send(GOLD, typed, 409)

    assert "1:30" in page.select_one("#both").parent.get_text()
    assert newest("gold").number == 2


def test_credits_are_written_with_the_names_that_the_reader_knows_clocks_by(editor_as, make_person):
    reader = editor_as(make_person("administrator", language="he"))
    wanted = [CreditStep("first_response", 95, 5), CreditStep("resolution", 90, 12.5)]

    reader.save(GOLD, credits="תגובה ראשונה 95 5\nRESOLUTION 90 12.5")
    shown = BeautifulSoup(reader.client.get(GOLD).text, "html.parser")

    assert list(newest("gold").document.credits) == wanted
    assert shown.select_one("[name=credits]").text.split("\n")[1] == "תגובה ראשונה 95 5"
    assert "first_response" not in shown.select_one("#h-credits").text
