"""Proposals are shown while typing, accepted with one key, corrected, and erased with the text (R8, R64)."""

import subprocess
import sys
from pathlib import Path
from time import perf_counter

import pytest
from sqlalchemy import update

from routing.commands import accept_proposal
from routing.queries import proposal_of, proposals_of, propose_while_typing
from routing.versions import active_model
from servicedesk.identity.actor import anonymous_actor
from servicedesk.kernel.command import saving
from servicedesk.kernel.db import session
from servicedesk.kernel.errors import Conflict, NotAllowed, NotFound, Refused
from servicedesk.kernel.events import stored_events
from servicedesk.kernel.refs import StreamRef
from servicedesk.kernel.state import configuration_changed
from servicedesk.tickets.assignment import edit_fields
from servicedesk.tickets.catalogue import categories, item_by_key
from servicedesk.tickets.erasing import erase_text
from servicedesk.tickets.models import Ticket, TicketCategory
from tests.routing.desk import OPERATOR, PAPER, run_jobs, train_desk

UNCLEAR = "something 7 with this building of our front printer"


def key_of(name):
    return next(row.key for row in categories().values() if row.name == name)


def id_of(name):
    return next(row.id for row in categories().values() if row.name == name)


@pytest.fixture
def undecided(app, make_ticket):
    """A request that the model is not sure about."""
    train_desk()
    number = make_ticket(subject="something", text=UNCLEAR).id
    run_jobs()
    return number


def test_the_route_is_proposed_while_a_customer_writes(app, make_person):
    proposal = propose_while_typing(make_person(language="he"), "שכחתי סיסמה")

    route = proposal.routes[0]
    assert route.item_id == item_by_key("access_permission").id
    assert (route.item, route.group) == (item_by_key("access_permission").text_in("he").name, "תוכנה")
    assert proposal.reasons == ("סיסמה",)


def test_with_a_model_the_proposal_is_what_routing_would_do(app, make_person):
    train_desk()

    proposal = propose_while_typing(make_person(), "the printer on our floor eats its paper, it is urgent")

    assert (proposal.routes[0].category, proposal.is_sure, proposal.version) == (
        PAPER,
        True,
        active_model().number,
    )
    assert (proposal.urgency, proposal.urgency_reasons) == (1, ("urgent",))


def test_somebody_who_may_not_file_gets_no_proposal(app):
    with pytest.raises(NotAllowed):
        propose_while_typing(anonymous_actor(), "my printer")


def test_a_proposal_while_typing_takes_one_statement_and_20_milliseconds(app, make_person, count_statements):
    train_desk()
    customer = make_person()
    seconds = []
    propose_while_typing(customer, "warm up the printer")

    for _round in range(20):
        session().rollback()
        with count_statements() as seen:
            began = perf_counter()
            propose_while_typing(customer, "the printer on our floor eats its paper " * 20)
            seconds.append(perf_counter() - began)

    assert seen.count <= 1, str(seen)
    assert min(seconds) < 0.02


def test_accepting_sends_it_where_proposed_and_names_the_model_as_cause(undecided, make_person):
    agent = make_person("agent")
    proposed = proposal_of(agent, undecided).routes[0]

    accept_proposal(agent, undecided, label=proposed.label)

    ticket, assigned = session().get_one(Ticket, undecided), stored_events(StreamRef("ticket", undecided))[-1]
    assert (ticket.category_id, ticket.group_id) == (proposed.category_id, proposed.group_id)
    assert (assigned.type, assigned.actor.id, assigned.cause) == ("assigned", agent.id, active_model().cause)
    assert proposal_of(agent, undecided).accepted_by == agent.name


def test_accepting_another_candidate_counts_as_a_correction(undecided, make_person):
    agent = make_person("agent")
    second = proposal_of(agent, undecided).routes[1]

    accept_proposal(agent, undecided, label=second.label)

    assert session().get_one(Ticket, undecided).category_id == second.category_id
    assert proposal_of(agent, undecided).corrected_to == second.category


def test_accepting_means_what_the_page_showed_though_a_label_is_gone(undecided, make_person):
    agent = make_person("agent")
    gone, shown = proposal_of(agent, undecided).routes
    with saving(OPERATOR):
        session().execute(
            update(TicketCategory).where(TicketCategory.id == gone.category_id).values(key="renamed")
        )
        configuration_changed()
    assert [route.label for route in proposal_of(agent, undecided).routes] == [shown.label]

    accept_proposal(agent, undecided, label=shown.label)

    assert session().get_one(Ticket, undecided).category_id == shown.category_id


def test_a_label_that_leads_nowhere_any_more_is_refused(undecided, make_person):
    agent = make_person("agent")
    gone = proposal_of(agent, undecided).routes[0]
    with saving(OPERATOR):
        session().execute(
            update(TicketCategory).where(TicketCategory.id == gone.category_id).values(key="renamed")
        )
        configuration_changed()

    with pytest.raises(Refused):
        accept_proposal(agent, undecided, label=gone.label)


@pytest.mark.parametrize("label", ["", "1", "access_permission"])
def test_a_label_that_was_not_proposed_cannot_be_accepted(undecided, make_person, label):
    with pytest.raises(NotFound):
        accept_proposal(make_person("agent"), undecided, label=label)


def test_another_item_than_the_proposed_one_counts_as_its_category(app, make_ticket, make_person):
    """The catalogue proposes items; what people correct to is a category, as it is in every other way."""
    agent = make_person("agent")
    number = make_ticket(subject="my password", text="I have forgotten the password of my new laptop").id
    run_jobs()
    other = next(
        route
        for route in proposal_of(agent, number).routes[1:]
        if route.category_id != proposal_of(agent, number).routes[0].category_id
    )

    accept_proposal(agent, number, label=other.label)

    assert proposal_of(agent, number).corrected_to == other.category


def test_accepting_what_changed_meanwhile_is_a_conflict(undecided, make_person):
    with pytest.raises(Conflict):
        accept_proposal(make_person("agent"), undecided, label="", expected_version=99)


def test_a_customer_can_neither_see_nor_accept_a_proposal(undecided):
    ticket = session().get_one(Ticket, undecided)
    from servicedesk.identity.queries import actor_of

    customer = actor_of(ticket.requester_id)

    assert proposal_of(customer, undecided) is None
    with pytest.raises(NotAllowed):
        accept_proposal(customer, undecided, label="")


@pytest.mark.parametrize(("rank", "corrected_to"), [(0, None), (1, "the other")])
def test_what_a_person_chooses_instead_is_kept(undecided, make_person, rank, corrected_to):
    agent = make_person("agent")
    chosen = proposal_of(agent, undecided).routes[rank]

    edit_fields(agent, undecided, {"category_id": chosen.category_id})
    run_jobs()

    kept = proposal_of(agent, undecided).corrected_to
    assert kept == (chosen.category if corrected_to else None)


def test_erasing_the_text_empties_what_the_proposal_quotes(undecided, make_person, administrator):
    assert proposal_of(administrator, undecided).reasons
    decided = next(
        event.seq
        for event in stored_events(StreamRef("ticket", undecided))
        if event.type == "routing_decided"
    )

    erase_text(administrator, undecided, seqs=[1, 2, decided])
    run_jobs()

    assert proposal_of(administrator, undecided).reasons == ()


def test_a_whole_queue_of_proposals_is_one_statement(undecided, make_person, count_statements):
    agent = make_person("agent")
    proposal_of(agent, undecided)

    with count_statements() as seen:
        found = proposals_of(agent, range(undecided - 50, undecided + 50))

    assert set(found) == {undecided}
    assert seen.count <= 2, str(seen)


WEB_PROCESS = """
import sys
from pathlib import Path
from app import create_app
from servicedesk.kernel.settings import load
app = create_app(load({"DATA_DIR": sys.argv[1], "DEMO": "0", "SECRET_KEY": "x" * 40}))
from routing.opinions import urgency_cues
print([name for name in ("sklearn", "scipy") if name in sys.modules], "numpy" in sys.modules)
"""


def test_the_desk_starts_without_loading_scikit_learn(tmp_path):
    command = [sys.executable, "-c", WEB_PROCESS, str(tmp_path)]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["[]", "True"], done.stderr
