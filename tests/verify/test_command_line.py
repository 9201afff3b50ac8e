"""`servicedesk verify` says what differs and where, for people and for programs (R98)."""

import json

import pytest
from click.testing import CliRunner
from sqlalchemy import select, update

from servicedesk.kernel.command import saving
from servicedesk.kernel.db import session
from servicedesk.kernel.event_log import ErasableText
from servicedesk.tickets.erasing import erase_text
from servicedesk.tickets.models import Ticket
from servicedesk.tickets.verify_cli import verify_command


@pytest.fixture
def ticket_id(clock, make_ticket):
    return make_ticket().id


def run(*arguments):
    return CliRunner().invoke(verify_command, list(arguments))


def tamper(administrator, ticket_id, **values):
    with saving(administrator):
        session().execute(update(Ticket).where(Ticket.id == ticket_id).values(**values))


def test_a_whole_desk_verifies_with_its_counts(ticket_id):
    result = run()

    assert result.exit_code == 0
    assert "ticket 1" in result.output
    assert "Everything stored is what the log says" in result.output


def test_what_differs_is_named_and_the_exit_code_says_so(administrator, ticket_id):
    tamper(administrator, ticket_id, priority=1)

    result = run()

    assert result.exit_code == 1
    assert "ticket id=1 priority: stored '1', rebuilt '4'" in result.output


def test_programs_get_one_object(administrator, ticket_id):
    tamper(administrator, ticket_id, subject="Another one")

    told = json.loads(run("--json").output)

    assert (told["ok"], told["differences_in_total"]) == (False, 1)
    assert told["differences"] == [
        {
            "table": "ticket",
            "key": {"id": ticket_id},
            "column": "subject",
            "stored": "Another one",
            "rebuilt": "The printer is jammed",
        }
    ]


def test_one_ticket_is_looked_at_alone(administrator, ticket_id, make_ticket):
    other_id = make_ticket().id
    tamper(administrator, ticket_id, priority=1)

    assert (run("--ticket", f"SD-{ticket_id}").exit_code, run("--ticket", f"SD-{other_id}").exit_code) == (
        1,
        0,
    )


def test_a_number_that_is_none_is_refused_with_a_sentence(app):
    result = run("--ticket", "twelve")

    assert result.exit_code == 2
    assert "twelve is no number of a request" in result.output


def test_erased_text_still_verifies(administrator, ticket_id):
    erase_text(administrator, ticket_id, seqs=[1, 2])

    assert session().scalars(select(ErasableText.body).where(ErasableText.stream_kind == "ticket")).all() == [
        None,
        None,
    ]
    assert run().exit_code == 0


def test_looking_changes_nothing_and_needs_no_writer(ticket_id, count_statements):
    with count_statements() as seen:
        run()

    assert seen.commits == 0
    assert not [each for each in seen.texts if not each.lstrip().startswith(("SELECT", "WITH"))]
