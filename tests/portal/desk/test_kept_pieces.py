"""Pieces of the ticket's page are kept as written, but never shown old or to somebody else (goal 3)."""

import re

import pytest

from servicedesk.identity.commands import set_preferences
from servicedesk.identity.directory import groups
from servicedesk.identity.grouping import add_to_group
from servicedesk.tickets.assignment import assign
from servicedesk.tickets.conversation import add_note, reply
from servicedesk.tickets.erasing import erase_text
from servicedesk.tickets.progress import wait_for


@pytest.fixture
def ticket(make_ticket, clock):
    return make_ticket(priority=2, subject="VPN drops", text="Every ten minutes.")


@pytest.fixture
def text(desk, ticket):
    """Read the ticket's page, in Dana's browser or another."""
    return lambda browser=desk: browser.get(f"/desk/tickets/SD-{ticket.id}").get_data(as_text=True)


def tokens(html):
    return re.findall(r'name="csrf_token" value="([^"]+)"', html)


def form_key(html):
    return re.search(r'name="idempotency_key" value="([^"]+)"', html)[1]


def test_a_page_that_is_looked_at_again_differs_in_the_key_of_its_form_alone(text):
    first, second = text(), text()

    assert form_key(first) != form_key(second)
    assert first.replace(form_key(first), form_key(second)) == second


def test_everybody_gets_their_own_forgery_token(text, sign_in_as, network):
    mine, theirs = text(), text(sign_in_as("agent", group=network))

    assert len(tokens(mine)) == len(tokens(theirs)) > 3
    assert set(tokens(mine)).isdisjoint(tokens(theirs))


def test_what_is_said_shows_at_once(text, ticket, dana):
    text()
    reply(dana, ticket.id, text="Which client?")

    assert "Which client?" in text()


def test_what_is_erased_is_gone_at_once(text, ticket, administrator):
    assert "Every ten minutes." in text()
    erase_text(administrator, ticket.id, seqs=[1, 2])

    shown = text()

    assert "Every ten minutes." not in shown
    assert "VPN drops" not in shown
    assert "(This text was erased.)" in shown


def test_notes_stay_with_those_who_read_them(text, ticket, dana, sign_in_as):
    add_note(dana, ticket.id, text="Same as last week.")
    assert "Same as last week." in text()

    own = sign_in_as("customer").get(f"/requests/SD-{ticket.id}")

    assert "Same as last week." not in own.get_data(as_text=True)


def test_a_manager_who_comes_after_an_agent_gets_no_buttons(page, text, sign_in_as, ticket):
    text()

    assert page(sign_in_as("manager").get(f"/desk/tickets/SD-{ticket.id}")).select("main form") == []


def test_who_wrote_a_message_sees_it_as_their_own_and_nobody_else_does(text, ticket, dana, sign_in_as):
    reply(dana, ticket.id, text="Which client?")

    assert "data-own" in text()
    assert "data-own" not in text(sign_in_as("agent"))


def test_the_page_changes_its_language_with_its_reader(text, dana):
    text()
    set_preferences(dana, language="he")

    assert 'lang="he"' in text()
    assert "Every ten minutes." in text()
    assert "Internal note" not in text()


def test_today_becomes_yesterday(text, clock):
    assert "today 10:00" in text()
    clock.move(days=1)

    shown = text()

    assert "yesterday 10:00" in shown
    assert "today 10:00" not in shown


def test_times_follow_the_zone_of_their_reader(text, dana):
    text()
    set_preferences(dana, zone="Asia/Almaty")

    assert "today 15:00" in text()


def test_clocks_go_on_while_nothing_happens(page, desk, ticket, clock):
    url = f"/desk/tickets/SD-{ticket.id}"
    lefts = []
    for _ in range(3):
        lefts.append(int(page(desk.get(url)).select_one("due-countdown")["left"]))
        clock.move(seconds=20)

    assert lefts == [3600, 3580, 3560]


def test_a_clock_says_its_time_in_words_as_it_goes_on(page, desk, ticket, clock):
    url = f"/desk/tickets/SD-{ticket.id}"
    words = []
    for _ in range(3):
        words.append(page(desk.get(url)).select_one("due-countdown").text)
        clock.move(minutes=25)

    assert words == ["1 h left", "35 m left", "10 m left"]


def test_what_an_answer_was_judged_by_shows_beside_it(text, ticket, dana, clock):
    text()
    clock.move(minutes=20)
    reply(dana, ticket.id, text="We see it too.")

    assert "first response met with 40 m to spare" in text()


def test_the_rail_follows_what_happens_to_other_requests(text, make_ticket, dana, ticket):
    other = make_ticket(priority=3, subject="A chair is missing")
    assert "A chair is missing" in text()
    wait_for(dana, other.id, status="waiting_customer")

    assert "A chair is missing" not in text()


def test_the_rail_shows_nothing_of_what_left_the_sight_of_its_reader(
    sign_in_as, make_person, make_ticket, network, clock
):
    browser = sign_in_as(make_person("group_agent", group=network))
    mine, other = make_ticket(), make_ticket(subject="Secret plans")
    url = f"/desk/tickets/SD-{mine.id}"
    assert "Secret plans" in browser.get(url).get_data(as_text=True)
    elsewhere = next(group for group in groups().values() if group.key == "workplace")
    assign(make_person("lead"), other.id, group_id=elsewhere.id, assignee_id=None)

    assert "Secret plans" not in browser.get(url).get_data(as_text=True)


def test_rights_that_are_given_show_at_once(page, sign_in_as, make_person, ticket, network, administrator):
    who = make_person("agent")
    browser = sign_in_as(who)
    browser.get(f"/desk/tickets/SD-{ticket.id}")
    add_to_group(administrator, network.id, person_ids=[who.id])

    rail = page(browser.get("/desk/queue/all")).select_one("nav").text

    assert "Network" in rail


def test_what_was_typed_and_refused_is_not_kept_for_the_next_page(desk, page, text, ticket, dana):
    typed = {"kind": "reply", "text": "A sentence of mine", "row_version": str(ticket.row_version)}
    reply(dana, ticket.id, text="Meanwhile.")
    refused = desk.post(f"/desk/tickets/SD-{ticket.id}/messages", data=typed)
    assert "A sentence of mine" in page(refused, 409).select_one("textarea").text

    assert "A sentence of mine" not in text()
