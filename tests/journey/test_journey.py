"""One request travels from the portal to the report, in both languages and by keyboard alone (R1, R9, R98).

Also R4 to R7, R11 to R15, R101, R104, R117 and R121: each automatic step on the way shows why it was taken.
"""

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import expect

from tests.journey.people import Agent, Customer, Manager, Promises

pytestmark = pytest.mark.browser

CLOCKS = ("resolution", "first_response")
SENT_TO = ("%(team)s reads it first and passes it to the right people.", "Goes to %(team)s as %(what)s.")
PROMISED = "First answer by %(answer)s, solved by %(solve)s."
ROUTED = (
    "%(who)s sorted it under %(what)s (%(share)s)",
    "%(who)s proposes %(what)s (%(share)s)",
    "%(who)s was not sure enough: %(what)s (%(share)s) is proposed",
)
WORDS = {
    "en": ("The VPN drops every ten minutes and I cannot work", "We see it too.", "We changed the gateway."),
    "he": ("ה-VPN מתנתק כל עשר דקות ואי אפשר לעבוד", "גם אנחנו רואים את זה.", "החלפנו את ההגדרה בשער."),
}


@dataclass
class Cast:
    """Who takes part, all reading one language."""

    customer: Customer
    agent: Agent
    manager: Manager

    @property
    def trouble(self) -> list[str]:
        people = (self.customer, self.agent, self.manager)
        return [trouble for person in people for trouble in person.at.trouble]

    def figures(self) -> dict[str, Promises]:
        return {clock: self.manager.promises(clock) for clock in CLOCKS}


@pytest.fixture(params=["en", "he"])
def language(request) -> str:
    return request.param


@pytest.fixture
def cast(sit_down, language) -> Cast:
    kinds = {"customer": Customer, "agent": Agent, "manager": Manager}
    people = {role: kind(sit_down(role, language=language), language) for role, kind in kinds.items()}
    return Cast(**people)


def file(customer: Customer, text: str) -> str:
    """Write, see where it would go and what is promised, send, and read where it stands."""
    card = customer.write(text)
    expect(card).to_contain_text(customer.say.pattern(*SENT_TO))
    expect(card).to_contain_text(customer.say.pattern(PROMISED))
    ref = customer.send()
    customer.told(f"Thank you, this is %(ref)s. {PROMISED}")
    headings = ("Where it stands", "What is done", "What comes next")
    told = customer.where_it_stands()
    assert list(told) == [customer.say(heading) for heading in headings]
    assert all(told.values())
    return ref


def ask_why_of_each_step(agent: Agent) -> None:
    """See the cause of the agreement and of the route, one press away each."""
    promised = agent.ask_why(agent.wait_for_event("agreement %(name)s, %(rule)s: %(targets)s"))
    assert agent.say("Promises") in promised
    assert agent.say("Rule") in promised
    routed = agent.ask_why(agent.wait_for_event(*ROUTED))
    assert agent.say("Sure enough?") in routed
    assert agent.say("Words of the request") in routed
    assert re.search(r"\d ?%", routed)


def sees_without_reloading(customer: Customer, text: str, chip: str) -> None:
    expect(customer.page.locator("#conversation")).to_contain_text(text)
    expect(customer.page.locator("#status")).to_contain_text(customer.say.pattern(chip))
    assert customer.page.evaluate("window.neverLeft") is True


def test_a_request_travels_from_the_box_to_the_report(cast: Cast, language: str) -> None:
    asks, answers, solves = WORDS[language]
    before = cast.figures()

    ref = file(cast.customer, asks)
    cast.customer.page.evaluate("window.neverLeft = true")
    cast.agent.pull_until(ref)
    ask_why_of_each_step(cast.agent)
    cast.agent.reply(answers)
    sees_without_reloading(cast.customer, answers, "solved by %(when)s")
    cast.agent.resolve(solves)
    sees_without_reloading(cast.customer, solves, "solved")

    after = cast.figures()
    assert [gained(before[clock], after[clock]) for clock in CLOCKS] == [(1, 1, {ref})] * 2
    assert cast.trouble == []


def gained(before: Promises, after: Promises) -> tuple[int, int, set[str]]:
    """Return what numerator, denominator and list gained.

    A promise of the demo that breaks by itself meanwhile is in its list of late ones, and left out.
    """
    late = {ref for ref in set(after.listed) - set(before.listed) if after.listed[ref] != "met"}
    return (
        after.kept - before.kept,
        after.ended - before.ended - len(late),
        set(after.listed) - set(before.listed) - late,
    )
