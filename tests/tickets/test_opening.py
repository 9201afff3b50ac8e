"""Filing a request: by its requester, by an agent on the phone, twice, badly (R1, R2, R3, R4)."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from servicedesk.kernel.db import session
from servicedesk.kernel.errors import Conflict, Invalid, NotAllowed
from servicedesk.kernel.events import stored_events
from servicedesk.kernel.refs import StreamRef
from servicedesk.tickets.catalogue import item_by_key
from servicedesk.tickets.listing import own_requests
from servicedesk.tickets.models import Ticket
from servicedesk.tickets.opening import Request, open_ticket
from servicedesk.tickets.queries import answers_of, conversation, ticket_detail


def count_tickets() -> int:
    session().rollback()  # look at what is committed now, not at an older snapshot
    return session().scalar(select(func.count()).select_from(Ticket)) or 0


def test_a_customer_files_and_finds_the_request(make_person) -> None:
    customer = make_person()

    number = open_ticket(customer, Request(subject="VPN down", text="It stops every hour."))

    shown = own_requests(customer)[0]
    assert (shown.id, shown.subject, shown.status, shown.channel) == (number, "VPN down", "new", "portal")


def test_numbers_follow_each_other_without_gaps(make_ticket) -> None:
    numbers = [make_ticket().id for _ in range(3)]

    assert numbers == [numbers[0], numbers[0] + 1, numbers[0] + 2]


def test_a_refused_request_takes_no_number(make_person, make_ticket) -> None:
    first = make_ticket().id
    with pytest.raises(Invalid):
        open_ticket(make_person(), Request(subject=" ", text="x"))

    assert make_ticket().id == first + 1


def test_an_unknown_kind_of_need_goes_to_triage(make_ticket) -> None:
    ticket = make_ticket()

    assert (ticket.needs_triage, ticket.priority) == (True, 4)


def test_an_agent_logs_a_phone_call_for_somebody(make_person) -> None:
    agent, caller = make_person("agent"), make_person()

    number = open_ticket(
        agent, Request(subject="No sound", text="…", channel="phone", requester_id=caller.id)
    )

    ticket = ticket_detail(agent, number)
    said = conversation(agent, ticket).messages[0]
    assert (ticket.requester_id, ticket.channel, said.by, ticket.answered_at) == (
        caller.id,
        "phone",
        "customer",
        None,
    )


def test_a_customer_cannot_file_for_somebody_else(make_person) -> None:
    other = make_person()

    with pytest.raises(NotAllowed):
        open_ticket(make_person(), Request(subject="x", text="y", requester_id=other.id))


def test_a_manager_who_only_reads_cannot_file(make_person) -> None:
    with pytest.raises(NotAllowed):
        open_ticket(make_person("manager"), Request(subject="x", text="y"))


def test_the_form_of_an_item_is_kept_with_the_request(make_person) -> None:
    item = item_by_key("software_install")
    asked = Request(subject="Draw", text="Please", item_id=item.id, answers={"program": "Inkscape"})

    agent = make_person("agent")
    ticket = ticket_detail(agent, open_ticket(agent, asked))

    assert answers_of(ticket) == {"program": "Inkscape"}


def test_a_missing_answer_is_named_by_its_field(make_person) -> None:
    item = item_by_key("software_install")

    with pytest.raises(Invalid) as refused:
        open_ticket(make_person(), Request(subject="Draw", text="Please", item_id=item.id))

    assert list(refused.value.errors) == ["answer_program"]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"subject": "x" * 256}, "subject.too_long"),
        ({"subject": "x" * 100_000}, "subject.too_long"),
        ({"text": "x" * 100_001}, "text.too_long"),
        ({"subject": "\x00 \n"}, "subject.missing"),
        ({"text": "  "}, "text.missing"),
        ({"item_id": 99_999}, "item.unknown"),
        ({"category_id": 99_999}, "category.unknown"),
        ({"channel": "pigeon"}, "channel.unknown"),
    ],
)
def test_bad_input_is_refused_with_its_code_and_leaves_nothing(make_person, asked, code) -> None:
    with pytest.raises(Invalid) as refused:
        open_ticket(make_person(), Request(**({"subject": "x", "text": "y"} | asked)))

    assert (refused.value.code, count_tickets()) == (code, 0)


def test_the_same_form_sent_twice_is_one_request(make_person) -> None:
    customer = make_person()
    asked = Request(subject="VPN down", text="It stops.")

    numbers = {open_ticket(customer, asked, key="form-1") for _ in range(2)}

    assert (len(numbers), count_tickets()) == (1, 1)


def test_a_sent_form_with_another_text_is_refused_and_says_where_the_first_is(make_person) -> None:
    customer = make_person()
    number = open_ticket(customer, Request(subject="VPN down", text="It stops."), key="form-1")

    with pytest.raises(Conflict) as refused:
        open_ticket(customer, Request(subject="VPN down", text="Something else."), key="form-1")

    assert refused.value.details["result"] == number


def test_the_same_form_sent_twenty_times_at_once_is_one_request(app, make_person) -> None:
    customer = make_person()
    asked = Request(subject="VPN down", text="It stops.")

    def send(_: int) -> int:
        with app.app_context():
            return open_ticket(customer, asked, key="form-1")

    with ThreadPoolExecutor(20) as pool:
        numbers = set(pool.map(send, range(20)))

    assert (len(numbers), count_tickets()) == (1, 1)


def test_the_log_tells_who_filed_and_keeps_texts_out_of_its_bodies(make_person) -> None:
    customer = make_person()
    number = open_ticket(customer, Request(subject="secret subject", text="secret text"))

    log = stored_events(StreamRef("ticket", number))

    assert [event.type for event in log[:2]] == ["ticket_opened", "message_added"]
    assert {event.actor.id for event in log[:2]} == {customer.id}
    assert not any("secret" in str(event.body) for event in log)
