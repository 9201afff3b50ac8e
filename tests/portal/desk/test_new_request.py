"""A request by phone: find the caller, file it for them, tell the promise (R1, R4, R35)."""

import pytest

from servicedesk.kernel.db import session
from servicedesk.tickets.catalogue import item_by_key
from servicedesk.tickets.models import Ticket
from servicedesk.tickets.queries import ticket_detail

KEY = "a-key-that-is-long-enough"


@pytest.fixture
def nino(make_person):
    return make_person(name="Nino Kapanadze", email="nino@kolkhi.test", organisation="Kolkhi Trade")


@pytest.fixture
def file(desk):
    """Send the form with what an agent would fill in; `changes` replaces fields."""

    def post(**changes):
        form = {"who": "nino", "subject": "VPN drops", "text": "Every ten minutes.", "idempotency_key": KEY}
        return desk.post("/desk/new", data=form | changes)

    return post


def count_tickets():
    return session().query(Ticket).count()


def test_the_caller_is_found_by_name_or_address_without_script(file, nino, page):
    for who in ("kapa", "nino@"):
        tree = page(file(who=who, find="who"))

        assert tree.select_one("[name=requester_id]")["value"] == str(nino.id)
        assert tree.select_one("#f-subject")["value"] == "VPN drops"
    assert count_tickets() == 0


def test_a_script_gets_the_callers_alone(desk, nino, page):
    tree = page(desk.get("/desk/people?who=nino"))

    assert "Kolkhi Trade" in tree.text
    assert tree.select("form") == []


def test_nobody_found_says_what_to_do(file, page):
    assert "ask an administrator" in page(file(who="zzz", find="who")).select_one("[data-callers]").text


def test_filing_tells_the_number_and_the_promise(desk, dana, file, nino, page, clock):
    answer = file(requester_id=nino.id)

    told = page(desk.get(answer.location)).select_one(".toast").text
    ticket = ticket_detail(dana, 1)
    assert answer.location == "/desk/tickets/SD-1"
    assert "Filed as SD-1. Promised: an answer by today 18:00" in told
    assert (ticket.requester_id, ticket.channel, ticket.language) == (nino.id, "phone", nino.language)


def test_the_same_call_sent_twice_is_one_request(file, nino):
    assert {file(requester_id=nino.id).location for _ in range(3)} == {"/desk/tickets/SD-1"}
    assert count_tickets() == 1


def test_without_a_caller_nothing_is_filed_and_all_is_kept(file, nino, page):
    tree = page(file(), 422)

    assert "Choose who asks" in tree.select_one(".errors").text
    assert tree.select_one("#f-text").text.strip() == "Every ten minutes."
    assert count_tickets() == 0


@pytest.mark.parametrize(
    "bad",
    [
        {"subject": ""},
        {"text": " "},
        {"subject": "x" * 100_000},
        {"requester_id": "999"},
        {"impact": "9"},
        {"item_id": "9"},
    ],
)
def test_bad_input_gets_its_message_and_nothing_is_half_written(file, nino, page, bad):
    tree = page(file(**({"requester_id": nino.id} | bad)), 422)

    assert tree.select_one(".errors li") is not None
    assert count_tickets() == 0


def test_a_kind_with_a_form_asks_its_questions(desk, dana, file, nino, page):
    item_id = item_by_key("hardware_problem").id

    asked = page(file(requester_id=nino.id, item_id=item_id), 422)
    filed = file(requester_id=nino.id, item_id=item_id, answer_device="printer")

    assert asked.select_one("#f-answer_device") is not None
    assert filed.status_code == 303
    assert ticket_detail(dana, 1).item_id == item_id


def test_impact_and_urgency_decide_the_priority(dana, file, nino):
    file(requester_id=nino.id, impact=1, urgency=1)

    assert ticket_detail(dana, 1).priority == 1


def test_a_manager_files_for_nobody(sign_in_as):
    assert sign_in_as("manager").get("/desk/new").status_code == 403
