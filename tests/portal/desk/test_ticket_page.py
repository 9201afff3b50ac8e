"""The ticket page: one timeline of what was said and what happened, clocks with their why (R5, R13, R35)."""

import pytest

from routing.jobs import route
from servicedesk.kernel.db import batch
from servicedesk.tickets.assignment import edit_fields, override_priority, take
from servicedesk.tickets.catalogue import item_by_key
from servicedesk.tickets.conversation import add_note, reply
from servicedesk.tickets.progress import resolve_ticket, wait_for
from sla.sweep import sweep

BUDGET = 8


def happened(tree):
    return [" ".join(step.get_text(" ").split()) for step in tree.select(".event-step")]


def order(tree):
    """Return the ids of messages and events from top to bottom."""
    return [each["id"] for each in tree.select(".thread .message, .thread .event-step")]


@pytest.fixture
def nino(make_person):
    return make_person(name="Nino Kapanadze", organisation="Kolkhi Trade")


@pytest.fixture
def ticket(make_ticket, nino, clock):
    return make_ticket(nino, priority=2, subject="VPN drops", text="Every ten minutes.")


@pytest.fixture
def shown(desk, page, ticket):
    """Read the ticket's page."""
    return lambda: page(desk.get(f"/desk/tickets/SD-{ticket.id}"))


def test_each_message_and_each_event_appears_once_and_in_order(shown, ticket, dana, nino):
    take(dana, ticket.id)
    reply(dana, ticket.id, text="Which client?")
    add_note(dana, ticket.id, text="Same as last week.")
    wait_for(dana, ticket.id, status="waiting_customer")
    reply(nino, ticket.id, text="The new one.")
    resolve_ticket(dana, ticket.id, answer="Fixed.")

    seqs = [int(each.rpartition("-")[2]) for each in order(shown())]

    assert seqs == list(range(1, 13))


def test_events_are_sentences(shown, ticket, dana, nino):
    take(dana, ticket.id)
    wait_for(dana, ticket.id, status="waiting_customer", text="Which client?")
    reply(nino, ticket.id, text="The new one.")
    resolve_ticket(dana, ticket.id, answer="Fixed.")

    told = " | ".join(happened(shown())).replace("\u2068", "").replace("\u2069", "")

    for sentence in (
        "Nino Kapanadze filed it in the web portal",
        "taken by Dana Nurlan, Network",
        "waiting for the customer: the resolution clock is paused",
        "the customer answered: the clocks go on",
        "resolved by Dana Nurlan",
    ):
        assert sentence in told


def test_messages_notes_and_answers_are_told_apart(shown, ticket, dana):
    reply(dana, ticket.id, text="Which client?")
    add_note(dana, ticket.id, text="Same as last week.")

    sides = [each["class"][1] for each in shown().select(".message")]

    assert sides == ["message-theirs", "message-ours", "message-note"]


def test_an_answer_says_which_promise_it_kept(shown, ticket, dana, clock):
    clock.move(minutes=20)
    reply(dana, ticket.id, text="We see it too.")

    assert "first response met with 40 m to spare" in shown().select_one(".message-ours header").text


def test_text_keeps_its_lines_and_gets_links_but_no_markup(desk, page, make_ticket):
    make_ticket(text="<script>alert(1)</script>\nsee https://example.org/?a=1&b=2\njavascript:alert(2)")

    text = page(desk.get("/desk/tickets/SD-1")).select_one(".message-text")

    assert text["dir"] == "auto"
    assert [link["href"] for link in text.select("a")] == ["https://example.org/?a=1&b=2"]
    assert text.select("script") == []
    assert "<script>alert(1)</script>\nsee" in text.text


def test_a_clock_opens_its_ledger_which_adds_up(desk, page, shown, ticket, dana, nino, clock):
    reply(dana, ticket.id, text="Which client?")
    wait_for(dana, ticket.id, status="waiting_customer")
    clock.move(hours=1)
    reply(nino, ticket.id, text="The new one.")
    clock.move(minutes=30)

    clocks = {each.select_one(".clock-head > span").text: each for each in shown().select(".clock")}
    ledger = page(desk.get(clocks["Resolution"].select_one("a")["href"])).select_one(".ledger")
    rows = [row.get_text(" ", strip=True) for row in ledger.select("tbody tr")]

    assert rows == ["today 10:00 paused: Waiting for customer –", "today 11:00 it counts 30 m"]
    assert "30 m" in ledger.select_one("tfoot").text


def test_a_clock_that_a_request_does_not_have_is_not_found(desk, ticket):
    assert desk.get(f"/desk/tickets/SD-{ticket.id}/clocks/next_response").status_code == 404


def test_of_clocks_that_ended_the_last_of_each_kind_is_shown(shown, ticket, dana, nino, clock):
    reply(dana, ticket.id, text="Which client?")
    for _ in range(3):
        clock.move(minutes=10)
        reply(nino, ticket.id, text="The new one.")
        clock.move(minutes=10)
        reply(dana, ticket.id, text="We look.")

    tree = shown()

    names = [each.text for each in tree.select(".clock-head > span:first-child")]
    assert sorted(names) == ["First response", "Next response", "Resolution", "Update"]
    assert tree.select_one(".thread").text.count("next response met") == 3


def test_an_automatic_step_leads_to_its_cause_and_the_values_that_matched(
    desk, page, make_person, make_ticket
):
    make_ticket(make_person(organisation="Altyn Logistics"), priority=1)
    tree = page(desk.get("/desk/tickets/SD-1"))

    link = next(step.a["href"] for step in tree.select(".event-step") if "agreement" in step.text)
    why = page(desk.get(link)).select_one("main").get_text(" ", strip=True)

    assert "the desk itself" in why
    assert "What matched" in why
    assert "priority is P1" in why


def test_a_missed_target_says_so_and_why(desk, page, shown, ticket, clock):
    clock.move(hours=2)
    sweep()

    step = next(step for step in shown().select(".event-step") if "missed" in step.text)

    assert "target for first response missed" in step.text
    assert "the agreement" in page(desk.get(step.a["href"])).select_one("main").text


def test_every_why_on_the_page_can_be_opened(desk, shown, ticket, dana, clock):
    route(stream_kind="ticket", stream_id=ticket.id, seq=1)
    clock.move(hours=2)
    sweep()

    links = [link["href"] for link in shown().select(".event-step a")]

    assert len(links) >= 3
    assert {desk.get(link).status_code for link in links} == {200}


def test_a_priority_set_by_hand_shows_the_reason_that_was_given(shown, ticket, administrator):
    override_priority(administrator, ticket.id, priority=1, why="The board meets at noon")

    facts = shown().select_one("aside").get_text(" ", strip=True)

    assert "P1 critical" in facts
    assert "The board meets at noon" in facts


def test_the_side_panel_says_who_must_act_and_why_it_is_this_urgent(shown, ticket, dana):
    take(dana, ticket.id)
    edit_fields(dana, ticket.id, {"impact": 1, "urgency": 2})

    facts = " ".join(shown().select_one("aside").get_text(" ").split())

    for words in (
        "Team Network",
        "Assignee DN you",
        "the whole organisation and work is hindered",
        "Kolkhi Trade",
    ):
        assert words in facts


def test_answers_to_the_form_are_shown_with_their_questions(desk, page, make_ticket):
    make_ticket(item_id=item_by_key("hardware_problem").id, answers={"device": "printer"})

    assert "Printer" in page(desk.get("/desk/tickets/SD-1")).select_one("aside").text


def test_the_page_knows_the_next_and_the_previous_request_of_its_view(desk, page, make_ticket):
    for priority in (2, 3, 4):
        make_ticket(priority=priority)

    tree = page(desk.get("/desk/tickets/SD-2?view=unassigned"))

    assert tree.select_one('[data-does="previous-ticket"]')["href"] == "/desk/tickets/SD-1?view=unassigned"
    assert tree.select_one('[data-does="next-ticket"]')["href"] == "/desk/tickets/SD-3?view=unassigned"
    assert tree.select_one('[data-does="back"]')["href"] == "/desk/queue/unassigned"


def test_after_work_that_is_done_for_now_the_next_is_the_first_of_the_queue(desk, dana, page, make_ticket):
    make_ticket(priority=4)
    wait_for(dana, make_ticket(priority=2).id, status="waiting_customer")

    tree = page(desk.get("/desk/tickets/SD-2"))

    assert tree.select_one('[data-does="next-ticket"]')["href"] == "/desk/tickets/SD-1?view=all"


@pytest.mark.parametrize("ref", ["SD-999", "nonsense", "SD-", "999999999999999999"])
def test_a_ticket_that_is_not_there_is_not_found(desk, ref):
    assert desk.get(f"/desk/tickets/{ref}").status_code == 404


def test_a_manager_reads_along_and_has_nothing_to_press(sign_in_as, page, ticket):
    tree = page(sign_in_as("manager").get(f"/desk/tickets/SD-{ticket.id}"))

    assert "You read along" in tree.select_one("main").text
    assert tree.select("main form") == []


@pytest.mark.parametrize("count", [20, 200])
def test_a_ticket_asks_few_questions_however_many_messages(desk, dana, ticket, nino, count_statements, count):
    with batch():
        for number in range(count):
            reply(nino if number % 2 else dana, ticket.id, text=f"Message {number}")
    url = f"/desk/tickets/SD-{ticket.id}"
    desk.get(url)

    with count_statements() as seen:
        answer = desk.get(url)

    assert answer.get_data(as_text=True).count("message-text") == count + 1
    assert seen.count <= BUDGET, seen
