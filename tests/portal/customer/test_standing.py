"""Where a request stands, what is done, what comes next: in every state and language (R13, R15, R31)."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale, get_locale

from portal.customer.sentences import sentence
from portal.customer.standing import Facts, Promise, standing, steps
from tests.portal.customer.states import BEFORE, LATER, NOW, SOON, every_facts, facts

UNSEEN = {0x2068: None, 0x2069: None}
Told = Callable[..., dict[str, str]]


@pytest.fixture
def told(app: Flask, clock: Any) -> Iterator[Told]:
    """`told(facts)` returns the three sentences, read on a Monday at ten in UTC."""
    clock.set(NOW)

    known: dict[str, str] = {}  # thousands of states share a hundred sentences

    def say(part: Any, **how: bool) -> str:
        key = f"{part}{how}{get_locale()}"
        if key not in known:
            known[key] = sentence(part, **how).translate(UNSEEN)
        return known[key]

    def tell(which: Facts, **how: bool) -> dict[str, str]:
        found = standing(which, NOW)
        return {name: say(getattr(found, name), **how) for name in ("where", "done", "next")}

    with app.test_request_context():
        yield tell


@pytest.mark.parametrize("to_requester", [True, False])
@pytest.mark.parametrize("language", ["en", "he"])
def test_a_request_in_any_state_has_its_three_sentences(told: Told, language: str, to_requester: bool):
    with force_locale(language):
        said = [text for which in every_facts() for text in told(which, to_requester=to_requester).values()]

    assert len(said) > 10_000
    assert [text for text in said if len(text) < 8 or text[-1] != "." or "%(" in text or "None" in text] == []


def test_a_colleague_who_reads_along_is_never_asked_for_anything(told: Told):
    said = {text for which in every_facts() for text in told(which, to_requester=False).values()}

    assert [text for text in said if " you" in text or "Write below" in text] == []


def test_the_way_never_goes_backwards_and_has_one_step_under_way_at_most():
    ways = {tuple(step.state for step in steps(which)) for which in every_facts()}

    assert ways == {
        ("now", "ahead", "ahead", "ahead"),
        ("done", "now", "ahead", "ahead"),
        ("done", "done", "now", "ahead"),
        ("done", "done", "done", "done"),
        ("done", "ahead", "ahead", "ahead"),
        ("done", "done", "ahead", "ahead"),
        ("done", "done", "done", "ahead"),
    }


def test_a_new_request_names_the_promise_of_answer_and_solution(told: Told):
    which = facts("new", Promise("first_response", "running", SOON), Promise("resolution", "running", LATER))

    assert told(which) == {
        "where": "Your request is with the team Servers.",
        "done": "We received it today 09:00 and passed it to the team Servers.",
        "next": "We answer by today 12:00 and solve it by tomorrow 10:00.",
    }


def test_a_request_that_waits_for_its_customer_says_what_is_left_after_the_answer(told: Told):
    which = facts("waiting_customer", Promise("resolution", "paused", None, 12_000), person="Giorgi")

    assert told(which)["where"] == "Giorgi is waiting for your answer."
    assert told(which)["next"] == "Write below, and we go on: 3 h 20 m of our time is left after your answer."


def test_after_a_miss_the_fact_and_the_next_promise_are_told(told: Told):
    late, solve = Promise("first_response", "overdue", BEFORE), Promise("resolution", "running", LATER)

    assert told(facts("new", late, solve))["next"] == (
        "We promised an answer by today 09:00 and did not keep that. We solve it by tomorrow 10:00."
    )


def test_a_solution_that_came_late_says_so(told: Told):
    which = facts("resolved", Promise("resolution", "missed", BEFORE), resolved_at=NOW, closes_at=LATER)

    assert told(which)["done"] == "It was solved today 10:00, later than we promised (today 09:00)."
    assert told(which)["next"].endswith("Without a word from you it closes by itself tomorrow 10:00.")


def test_an_older_solution_that_was_late_is_not_held_against_the_newest(told: Told):
    promises = (Promise("resolution", "met", NOW), Promise("resolution", "missed", BEFORE))

    assert told(facts("resolved", *promises, resolved_at=NOW))["done"] == "It was solved today 10:00."


def test_news_that_were_promised_are_told_when_we_spoke_last(told: Told):
    known = {"answered_at": BEFORE, "last_by": "agent", "last_message_at": BEFORE}
    which = facts(
        "in_progress", Promise("update", "running", SOON), Promise("first_response", "met"), **known
    )

    assert told(which)["done"] == "We wrote to you last today 09:00."
    assert told(which)["next"] == "You hear from us by today 12:00."


def test_a_planned_request_says_when_it_wakes(told: Told):
    which = facts("scheduled", Promise("resolution", "paused", None, 7200), wake_at=LATER)

    assert told(which)["where"] == "The work on it is planned for tomorrow 10:00."
    assert "2 h of our time is left" in told(which)["next"]


@pytest.mark.parametrize("until, words", [(LATER, "until tomorrow 10:00"), (None, "opens a new request")])
def test_a_closed_request_says_what_a_message_would_do(told: Told, until: datetime | None, words: str):
    which = facts("closed", resolved_at=BEFORE, closed_at=NOW, reopen_until=until)

    assert words in told(which)["next"]
