"""New requests are routed by a sure model, else proposed on; once, with cause and reasons (R7, R8, R61)."""

import pytest
from sqlalchemy import func, select

from routing.models import RoutingProposal
from routing.queries import proposal_of
from routing.versions import active_model
from servicedesk.identity.directory import groups, triage_group
from servicedesk.kernel.db import session
from servicedesk.kernel.events import stored_events
from servicedesk.kernel.jobs import Job
from servicedesk.kernel.refs import StreamRef
from servicedesk.tickets.assignment import edit_fields, take
from servicedesk.tickets.catalogue import categories, item_by_key
from servicedesk.tickets.models import Ticket
from servicedesk.tickets.progress import resolve_ticket
from tests.routing.desk import DOORS, PAPER, history, import_rows, run_jobs, train_desk

CLEAR = "the printer on my floor eats paper and blinks"


def ticket_of(number):
    return session().get_one(Ticket, number)


def events_of(number):
    return stored_events(StreamRef("ticket", number))


@pytest.fixture
def trained(app):
    return train_desk()


def test_a_clear_request_goes_to_its_category_and_group_and_leaves_triage(trained, make_ticket):
    number = make_ticket(subject="Printer", text=CLEAR).id

    run_jobs()

    ticket = ticket_of(number)
    category = categories()[ticket.category_id]
    assert category.name == PAPER
    assert (ticket.group_id, ticket.needs_triage) == (category.default_group_id, False)


def test_each_change_of_routing_says_which_model_caused_it(trained, make_ticket):
    number = make_ticket(subject="Printer", text=CLEAR).id
    run_jobs()

    routed = events_of(number)[-3:]

    assert [event.type for event in routed] == ["routing_decided", "fields_changed", "assigned"]
    assert {(event.actor.kind, event.cause) for event in routed} == {("automation", active_model().cause)}
    assert len({event.command_id for event in routed}) == 1


def test_the_reasons_are_stored_beside_the_log_where_they_can_be_erased(trained, make_ticket, make_person):
    number = make_ticket(subject="Printer", text=CLEAR).id
    run_jobs()

    decided = next(event for event in events_of(number) if event.type == "routing_decided")

    shown = " ".join(proposal_of(make_person("agent"), number).reasons).split()
    assert "reasons" not in decided.body
    assert shown
    assert set(shown) <= set(f"Printer {CLEAR}".split())


def test_an_unclear_request_stays_in_triage_with_proposals(trained, make_ticket, make_person):
    number = make_ticket(subject="something", text="something 7 with our building").id
    run_jobs()

    proposal = proposal_of(make_person("agent"), number)

    assert ticket_of(number).group_id == triage_group().id
    assert (proposal.is_sure, proposal.routed) == (False, False)
    assert {route.category for route in proposal.routes} <= {PAPER, DOORS}


def test_a_request_in_a_language_the_model_never_saw_is_answered_by_the_catalogue(
    trained, make_ticket, make_person
):
    number = make_ticket(subject="Пароль", text="забыл пароль, не могу войти", language="ru").id
    run_jobs()

    proposal = proposal_of(make_person("agent"), number)

    assert (proposal.decided_by, proposal.is_sure) == ("catalogue", False)
    assert proposal.routes[0].item_id == item_by_key("access_permission").id


def test_without_history_the_catalogue_only_proposes(app, make_ticket, make_person):
    number = make_ticket(subject="Password", text="I have forgotten my password").id
    run_jobs()

    proposal = proposal_of(make_person("agent"), number)

    assert ticket_of(number).needs_triage
    assert (proposal.decided_by, proposal.routed, proposal.routes[0].item_id) == (
        "catalogue", False, item_by_key("access_permission").id,
    )  # fmt: skip


def test_a_text_like_nothing_known_leaves_a_decision_without_candidates(app, make_ticket, make_person):
    number = make_ticket(subject="zzqx", text="zzqx").id
    run_jobs()

    assert proposal_of(make_person("agent"), number).routes == ()


def test_running_the_job_twice_decides_once(trained, make_ticket):
    number = make_ticket(subject="Printer", text=CLEAR).id
    run_jobs()
    before = len(events_of(number))
    session().execute(Job.__table__.update().values(state="queued", finished_at=None, claimed_by=None))
    session().commit()

    assert run_jobs() > 0
    assert len(events_of(number)) == before


def test_a_request_that_somebody_took_meanwhile_is_only_proposed_for(trained, make_ticket, make_person):
    agent = make_person("agent")
    number = make_ticket(subject="Printer", text=CLEAR).id
    take(agent, number)

    run_jobs()

    assert ticket_of(number).category_id is None
    found = proposal_of(agent, number)
    assert found.is_sure
    assert found.routes
    assert found.corrected_to is None


def test_what_a_person_chose_before_routing_looked_counts_as_their_correction(
    trained, make_ticket, make_person
):
    agent = make_person("agent")
    number = make_ticket(subject="Printer", text=CLEAR).id
    other = next(row for row in categories().values() if row.name == DOORS)
    take(agent, number)
    edit_fields(agent, number, {"category_id": other.id})

    run_jobs()

    assert ticket_of(number).category_id == other.id
    assert proposal_of(agent, number).corrected_to is not None


def test_a_request_that_was_solved_meanwhile_gets_no_proposal(trained, make_ticket, make_person):
    agent = make_person("agent")
    number = make_ticket(subject="Printer", text=CLEAR).id
    take(agent, number)
    resolve_ticket(agent, number, answer="Paper was out.")

    run_jobs()

    assert proposal_of(agent, number) is None


def test_a_group_that_came_with_the_catalogue_item_is_kept(trained, make_ticket):
    item = item_by_key("software_install")
    ticket = make_ticket(subject="Printer", text=CLEAR, item_id=item.id, answers={"program": "x"})
    group_id = ticket.group_id

    run_jobs()

    assert groups()[ticket_of(ticket.id).group_id].id == group_id


def test_imported_history_is_not_routed(app):
    import_rows(history(3))

    assert run_jobs() == 0
    assert session().scalar(select(func.count()).select_from(RoutingProposal)) == 0


def test_urgency_is_raised_only_where_the_text_says_so_and_says_why(trained, make_ticket):
    calm = make_ticket(subject="Printer", text=CLEAR).id
    urgent = make_ticket(subject="Printer", text=f"{CLEAR}. Nobody can work!").id
    run_jobs()

    changed = next(event for event in events_of(urgent) if "urgency" in event.body.get("changes", {}))

    assert (ticket_of(calm).urgency, ticket_of(urgent).urgency) == (2, 1)
    assert (changed.cause.kind, changed.cause.id) == ("rule", "urgency-cues")


def test_an_urgency_that_somebody_chose_is_kept(trained, make_ticket):
    number = make_ticket(subject="Printer", text=f"{CLEAR}. Nobody can work!", urgency=3).id
    run_jobs()

    assert ticket_of(number).urgency == 3
