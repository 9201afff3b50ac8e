"""A proof lets somebody outside work a clock out again from its JSON alone (R12, R61, R101)."""

import json
import random

import pytest
from click.testing import CliRunner
from sqlalchemy import update

from servicedesk.kernel.chain import event_hash
from servicedesk.kernel.db import instant_from, session
from servicedesk.kernel.errors import NotFound
from servicedesk.tickets.assignment import edit_fields
from servicedesk.tickets.conversation import reply
from servicedesk.tickets.progress import resolve_ticket, wait_for
from sla.cli import sla_group
from sla.holding import hold_clock, override_clock, release_clock
from sla.models import Clock
from sla.proof import clock_proof
from sla.retargets import target_changes
from tests.sla.walk import Walk


def explained(document):
    done = CliRunner().invoke(sla_group, ["explain", "--batch"], input=json.dumps(document))
    return json.loads(done.stdout)


@pytest.fixture
def lead(make_person):
    return make_person("lead")


@pytest.fixture
def ticket_id(clock, make_ticket, lead):
    """A request that waited, was raised, was held and whose due moment a person set."""
    ticket_id = make_ticket(priority=3).id
    clock.move(hours=1)
    wait_for(lead, ticket_id, status="waiting_customer", text="Which room?")
    clock.move(hours=2)
    edit_fields(lead, ticket_id, {"impact": 1, "urgency": 1})
    wait_for(lead, ticket_id, status="waiting_supplier")
    hold_clock(lead, ticket_id, kind="resolution", reason="The supplier's day off.")
    clock.move(minutes=30)
    release_clock(lead, ticket_id, kind="resolution", reason="Back.")
    override_clock(lead, ticket_id, kind="resolution", until=clock.at.replace(hour=20), reason="Agreed.")
    clock.move(minutes=10)
    return ticket_id


def test_the_command_gets_the_same_cycles_from_the_json_alone(ticket_id, lead, clock):
    document = clock_proof(lead, ticket_id, "resolution", 1, now=clock.at).document

    assert explained(document)["cycles"] == document["cycles"]
    assert {cycle["clock"] for cycle in document["cycles"]} >= {"first_response", "resolution", "update"}


@pytest.mark.parametrize("seed", range(4))
def test_the_proof_of_any_clock_of_any_history_can_be_repeated(seed, clock, make_ticket, make_person):
    agent = make_person("agent")
    walk = Walk(seed, clock, make_person(), agent, make_ticket)
    for _step in range(60):
        walk.step()
    keys = session().query(Clock.subject_id, Clock.kind, Clock.cycle).all()

    proofs = [clock_proof(agent, *key, now=clock.at) for key in random.Random(seed).sample(keys, 5)]

    assert [explained(proof.document)["cycles"] for proof in proofs] == [
        proof.document["cycles"] for proof in proofs
    ]
    assert all(proof.agrees for proof in proofs)


def test_each_seal_of_the_log_can_be_made_again_and_stands_in_the_chain(ticket_id, lead, clock):
    document = clock_proof(lead, ticket_id, "resolution", 1, now=clock.at).document
    chain = dict(document["chain"])

    assert [event_hash(row) for row in document["log"]] == [chain[row["seq"]] for row in document["log"]]
    assert all(chain.get(row["seq"] - 1, "0" * 64) == row["prev_hash"] for row in document["log"])
    assert document["head"] == {"last_seq": max(chain), "head_hash": chain[max(chain)]}


def test_the_open_times_of_the_lines_that_count_add_up_to_the_time_used(ticket_id, lead, clock):
    proof = clock_proof(lead, ticket_id, "resolution", 1, now=clock.at)
    counted = [line for line in proof.document["lines"] if line["counts"]]

    spans = [span for line in counted for span in line["open"]]
    seconds = [(instant_from(ends) - instant_from(begins)).total_seconds() for begins, ends in spans]

    assert sum(seconds) == proof.cycle.elapsed_seconds == 4200
    assert proof.document["steps"][-1]["elapsed_seconds"] == 4200


def test_the_steps_tell_each_target_and_the_events_that_set_it(ticket_id, lead, clock):
    changes = target_changes(lead, ticket_id, "resolution", 1, now=clock.at)

    assert [(change.seconds, change.by_hand) for change in changes] == [(14_400, False), (28_800, True)]


def test_a_stored_clock_that_the_log_does_not_tell_is_said_to_differ(ticket_id, lead, clock):
    session().execute(update(Clock).where(Clock.kind == "resolution").values(consumed_seconds=1))
    session().commit()

    assert not clock_proof(lead, ticket_id, "resolution", 1, now=clock.at).agrees


def test_nobody_proves_a_clock_of_a_request_they_may_not_see(ticket_id, make_person, clock):
    with pytest.raises(NotFound):
        clock_proof(make_person(), ticket_id, "resolution", 1, now=clock.at)


def test_a_clock_that_has_ended_is_proved_as_it_ended(clock, make_ticket, lead):
    ticket_id = make_ticket(priority=3).id
    clock.move(minutes=20)
    reply(lead, ticket_id, text="We look.")
    resolve_ticket(lead, ticket_id, answer="Done.")
    clock.move(days=3)

    proof = clock_proof(lead, ticket_id, "first_response", 1, now=clock.at)

    assert (proof.cycle.state, proof.cycle.elapsed_seconds, proof.agrees) == ("met", 1200, True)
