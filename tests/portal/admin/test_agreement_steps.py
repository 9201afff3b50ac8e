"""The steps of an agreement in its form: who is told when, in sentences and with doubts (E1, E2)."""

from sla.agreements import publish_agreement, versions, written_document

GOLD = "/admin/agreements/gold"


def newest():
    return max((version for version in versions() if version.key == "gold"), key=lambda each: each.number)


def test_an_agreement_without_steps_stays_without_them(editing, app):
    editing.save(GOLD)

    assert newest().document.steps is None


def test_a_step_that_is_filled_in_is_published(editing, app):
    editing.save(
        GOLD, s1_at="before", s1_amount="2:00", s1_to=["assignee", "team_lead"], s1_clocks=["resolution"],
        s1_assign="team_lead", s1_note="Look at it.", s1_every="0:30", s1_times="2", s1_anytime="true",
    )  # fmt: skip

    assert written_document(newest().id)["steps"] == [
        {
            "at": {"before_minutes": 120},
            "to": ["assignee", "team_lead"],
            "clocks": ["resolution"],
            "assign": "team_lead",
            "note": "Look at it.",
            "repeat": {"every_minutes": 30, "times": 2},
            "anytime": True,
        }
    ]


def test_the_form_says_again_which_steps_are_published(editing, app):
    condition = '{"field": "priority", "is": "P1"}'
    editing.save(GOLD, s1_amount="75", s1_to=["manager"], s1_when=condition)
    before = newest().document.steps

    editing.save(GOLD)

    assert (newest().number, newest().document.steps) == (3, before)


def test_steps_are_said_in_sentences(editing, app):
    page = editing.look(GOLD, s1_amount="75", s1_to=["assignee"])
    said = [line.get_text(" ", strip=True) for line in page.select(".rules li")]

    assert said[-1] == "At 75% of every clock: tell Assignee."


def test_what_is_doubtful_about_steps_is_said(editing, effect, app):
    page = editing.look(GOLD, s1_at="chance", s1_amount="60", s1_to=[])

    assert "tells nobody and changes nothing" in effect(page)
    assert "nothing forecasts here yet" in effect(page)


def test_a_step_that_cannot_be_is_shown_at_its_row(editing, app):
    page = editing.look(GOLD, 422, s1_amount="5000")

    assert page.select_one("#e-s1_amount") is not None


def test_a_time_that_is_none_is_shown_at_its_row(editing, app):
    page = editing.look(GOLD, 422, s1_at="after", s1_amount="soon")

    assert "hours and minutes" in page.select_one("#e-s1_amount").get_text()


def test_steps_of_one_rule_survive_the_form(editing, administrator, app):
    written = dict(written_document(newest().id))
    written["rules"][1]["steps"] = [{"at": {"percent": 60}}]
    publish_agreement(administrator, "gold", name="Gold", document=written)

    editing.save(GOLD)

    assert written_document(newest().id)["rules"][1]["steps"] == [{"at": {"percent": 60}}]


def test_a_step_that_nobody_touched_is_no_change(editing, effect):
    shown = editing.look(GOLD, r1_resolution="1:30")

    assert "When it comes" not in effect(shown)


def test_a_box_is_told_in_words_and_left_alone_is_no_change(editing, effect):
    step = {"s1_amount": "100", "s1_to": ["assignee"], "s1_anytime": "true"}

    ticked = effect(editing.look(GOLD, **step))
    editing.save(GOLD, **step)

    assert "Also outside opening hours no yes" in ticked
    assert "Also outside opening hours" not in effect(editing.look(GOLD))
