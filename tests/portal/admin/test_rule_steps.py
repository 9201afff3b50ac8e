"""Steps of a single rule in the form of its agreement: as the agreement, its own, or none (R12, R29, R58)."""

import re

import pytest

from servicedesk.tickets.catalogue import every_category
from servicedesk.tickets.cataloguing import switch_category
from sla.agreements import plans_by_rule, publish_agreement, versions, written_document

GOLD = "/admin/agreements/gold"
EARLY = {"at": {"percent": 60}, "to": ["manager"]}
STEP = {"r2_steps": "own", "r2_s1_amount": "60", "r2_s1_to": ["manager"]}


def newest():
    return max((version for version in versions() if version.key == "gold"), key=lambda each: each.number)


def written():
    return dict(written_document(newest().id))


@pytest.fixture
def publish(administrator, app):
    """`publish(**changes)` is Gold with other entries, published past the page."""
    return lambda **changes: publish_agreement(
        administrator, "gold", name="Gold", document=written() | changes
    )


def rules_with(steps, place=1):
    """Return Gold's rules with steps of its own for the one at a place."""
    rules = [dict(rule) for rule in written()["rules"]]
    rules[place]["steps"] = steps
    return rules


def test_a_rule_goes_by_the_steps_of_its_agreement_unless_said_otherwise(editing, app):
    page = editing.page(GOLD)
    editing.save(GOLD)

    assert page.select_one("[name=r2_steps] [selected]")["value"] == "agreement"
    assert all("steps" not in rule for rule in written()["rules"])


def test_a_rule_gets_steps_of_its_own_and_the_others_keep_theirs(editing, app):
    editing.save(GOLD, s1_amount="90", s1_to=["assignee"], **STEP)

    plans = plans_by_rule()
    codes = [plans[newest().id, rule.name]["resolution"].codes for rule in newest().document.rules]
    assert [rule.get("steps") for rule in written()["rules"]] == [None, [EARLY], None, None]
    assert [len(each) for each in codes] == [1, 1, 1, 1]
    assert codes[1] != codes[0] == codes[2] == codes[3]


def test_the_form_says_again_what_a_rule_has(editing, publish):
    steps = [
        {"at": {"before_minutes": 90}, "clocks": ["resolution"], "assign": "team_lead", "anytime": True},
        {"at": {"percent": 100}, "to": ["manager"], "repeat": {"every_minutes": 30, "times": 2}}
        | {"when": {"any": [{"field": "priority", "is": "P1"}, {"field": "language", "is": "he"}]}},
    ]
    publish(rules=rules_with(steps), steps=[EARLY])
    before = written()

    editing.save(GOLD)

    assert (newest().number, written()) == (3, before)


def test_a_rule_may_have_no_steps_at_all(editing, app):
    editing.save(GOLD, s1_amount="90", r2_steps="none")
    editing.save(GOLD)

    assert [rule.get("steps") for rule in written()["rules"]] == [None, [], None, None]
    assert newest().document.rules[1].targets.steps == ()


def test_an_agreement_without_any_steps_is_told_from_one_that_says_nothing_of_them(editing, publish):
    publish(steps=[])
    editing.save(GOLD)
    kept = written()["steps"]
    editing.save(GOLD, steps="agreement")

    assert (kept, "steps" in written()) == ([], False)


def test_a_rule_goes_back_to_the_steps_of_its_agreement(editing, publish, effect):
    publish(rules=rules_with([EARLY]))

    shown = effect(editing.look(GOLD, r2_steps="agreement"))
    editing.save(GOLD, r2_steps="agreement")

    assert "Rule 2: steps steps of its own as the agreement" in shown
    assert "steps" not in written()["rules"][1]


@pytest.mark.parametrize(
    ("typed", "field", "said"),
    [
        ({"r2_steps": "own"}, "r2_steps", "Fill in a step"),
        (STEP | {"r2_steps": "agreement"}, "r2_steps", "choose them, or empty them"),
        (STEP | {"r2_steps": "none"}, "r2_steps", "choose them, or empty them"),
        ({"steps": "none", "s1_amount": "75"}, "steps", "choose them, or empty them"),
        (STEP | {"r2_steps": "their own"}, "r2_steps", "Choose one of the list."),
        (STEP | {"r2_s1_amount": "5000"}, "r2_s1_amount", "that a step can have"),
        (STEP | {"r2_s1_at": "after", "r2_s1_amount": "soon"}, "r2_s1_amount", "hours and minutes"),
        (STEP | {"r2_s1_when": '{"field": "hat", "is": 1}'}, "r2_s1_when", "look at its condition"),
        (STEP | {"r2_place": "99", "r2_s1_amount": "0"}, "r2_s1_amount", "that a step can have"),
    ],
)
def test_what_cannot_be_is_shown_at_its_row_with_all_that_was_typed(editing, app, typed, field, said):
    page = editing.look(GOLD, 422, **typed)

    wrong = page.select_one(f"#e-{field}")
    closed = [each for each in wrong.find_parents("details") if not each.has_attr("open")]
    row = page.select_one("[name=r2_s1_amount]")
    assert said in wrong.get_text()
    assert closed == []
    assert row["value"] == typed.get("r2_s1_amount", "")


def test_steps_of_a_rule_are_said_below_its_sentence(editing, app):
    page = editing.look(GOLD, r3_steps="none", **STEP)
    said = [each.select("li") for each in page.select(".rules > li")]

    assert [[line.get_text() for line in lines] for lines in said] == [
        [],
        ["At 60% of every clock: tell Managers."],
        ["Nobody is warned; only being late is announced."],
        [],
    ]


def test_what_is_doubtful_about_a_rules_steps_is_said_with_its_name(editing, effect, app):
    never = {"r2_s2_at": "before", "r2_s2_amount": "500:00", "r2_s2_to": ["manager"]}
    editing.save(GOLD, **STEP)

    shown = effect(editing.look(GOLD, r2_s1_to=[], **never))

    assert "\u2068Gold P2\u2069: \u2068At 60%\u2069: tells nobody and changes nothing." in shown
    assert "before the due moment\u2069: no target is long enough for it to come." in shown


def test_steps_of_an_agreement_that_no_rule_goes_by_are_doubted(editing, effect, app):
    chosen = {f"r{rule}_steps": "none" for rule in range(1, 5)}

    shown = effect(editing.look(GOLD, s1_amount="90", s1_to=["manager"], **chosen))

    assert "those of the agreement never come" in shown
    assert "no target is long enough" not in shown


def test_below_a_row_that_is_filled_in_another_one_waits(editing, app):
    page = editing.look(GOLD, s1_amount="90", r5_name="All others", r5_resolution="9:00", **STEP)

    names = {field["name"] for field in page.select("form[data-once] [name$=_amount]")}
    assert {"r2_s2_amount", "s2_amount", "r6_s1_amount"} <= names
    assert page.select_one("[name=r6_name]")["value"] == ""
    assert {"r1_s2_amount", "r2_s3_amount", "s3_amount"} & names == set()


def test_several_steps_are_typed_one_after_the_other_and_published_together(editing, app):
    first = editing.typed(GOLD, STEP)
    editing.send(GOLD, first)
    second = first | {
        "r2_step_count": "2",
        "r2_s2_at": "after",
        "r2_s2_amount": "1:00",
        "r2_s2_to": ["manager"],
    }
    page = editing.send(GOLD, second)
    shown = page.select_one("[name=seen]")["value"]
    third = second | {
        "r2_step_count": "3",
        "step_count": "1",
        "do": "save",
        "seen": shown,
        "r2_s3_at": "percent",
    }

    assert editing.client.post(GOLD, data=third).status_code == 303
    assert [step["at"] for step in written()["rules"][1]["steps"]] == [{"percent": 60}, {"after_minutes": 60}]


def test_rules_that_the_page_has_no_room_for_stay_as_they_are(editing, publish):
    rule = written()["rules"][0]
    many = [rule | {"name": f"No. {number}", "steps": [EARLY]} for number in range(75)]
    publish(rules=many)

    page = editing.page(GOLD)
    editing.save(GOLD, r1_name="First")

    assert "15 more rules follow" in page.get_text()
    assert written()["rules"] == [many[0] | {"name": "First"}, *many[1:]]


def test_steps_that_the_page_has_no_room_for_stay_as_they_are(editing, publish):
    rule, steps = written()["rules"][0], [{"at": {"percent": share}} for share in range(1, 41)]
    many = [rule | {"name": f"No. {number}", "steps": steps} for number in range(8)]
    publish(rules=many, steps=steps)

    page = editing.page(GOLD)
    editing.save(GOLD)

    assert [bool(page.select(f"[name=r{number}_steps]")) for number in (1, 6, 7, 8)] == [True] * 2 + [
        False
    ] * 2
    assert (written()["rules"], written()["steps"]) == (many, steps)


def test_a_form_from_before_these_fields_loses_no_steps(editing, publish):
    publish(rules=rules_with([EARLY]))
    typed = editing.typed(GOLD, {})
    older = {name: value for name, value in typed.items() if not re.match(r"r\d+_s(\d|tep)", name)}

    shown = editing.send(GOLD, older | {"step_count": "1", "row_version": "2"})

    assert "At 60% of every clock: tell Managers." in shown.select_one(".rules").get_text()


def test_what_was_retired_is_still_chosen(editing, administrator, publish, make_group):
    team = make_group(name="Night shift")
    category = list(every_category().values())[-1]
    rules = rules_with([{"at": {"percent": 75}, "assign": {"group_id": team.id}}])
    rules[1]["when"] = {"field": "category", "is": category.key}
    publish(rules=rules)
    switch_category(administrator, category.id, is_active=False)
    before = written()

    editing.save(GOLD)

    assert written() == before


def test_a_rules_steps_are_tried_on_the_past_as_they_stand_in_the_form(editing, app):
    page = editing.send("/reports/time-machine/drafts/agreement?key=gold", editing.typed(GOLD, STEP))

    assert '"steps":[{' in page.select_one("[name=document]")["value"]
