"""Erased text is gone, and what is left of a request still works."""

from servicedesk.kernel.db import session
from servicedesk.tickets.conversation import reply
from servicedesk.tickets.erasing import erase_text
from servicedesk.tickets.models import Ticket
from servicedesk.tickets.progress import resolve_ticket


def test_a_late_answer_to_an_erased_request_opens_one_named_by_its_own_words(
    clock, make_person, make_ticket, administrator
) -> None:
    customer = make_person()
    ticket_id = make_ticket(customer, subject="About my illness").id
    resolve_ticket(make_person("agent"), ticket_id, answer="Done.")
    erase_text(administrator, ticket_id, seqs=[1])
    clock.move(days=20)

    sent = reply(customer, ticket_id, text="The form came back.")

    assert session().get_one(Ticket, sent.ticket_id).subject == "The form came back."


def test_letters_that_fold_to_many_fit_their_column(make_ticket) -> None:
    ticket = make_ticket(subject="ﷺ" * 255)

    assert (len(ticket.subject), len(ticket.subject_folded)) == (255, 510)
