"""`servicedesk sla verify` makes every clock again by the independent reading of the log (R12, R101)."""

import json

import pytest
from click.testing import CliRunner
from sqlalchemy import delete, update

from servicedesk.kernel.db import session
from servicedesk.tickets.conversation import reply
from sla.cli import sla_group
from sla.models import Clock, ClockSpan


def verify(*options):
    session().rollback()
    return CliRunner().invoke(sla_group, ["verify", *options])


@pytest.fixture
def answered(clock, make_ticket, make_person):
    """Two requests, one of them answered."""
    first, _second = make_ticket().id, make_ticket().id
    clock.move(minutes=5)
    reply(make_person("agent"), first, text="We look.")
    return first


def test_clocks_as_the_log_tells_them_pass_and_their_speed_is_told(answered):
    done = verify("--json")
    told = json.loads(done.stdout)

    assert (done.exit_code, told["ok"], told["clocks"], told["differences"]) == (0, True, 4, [])
    assert told["clocks_per_second"] > 0


@pytest.mark.parametrize(
    ("change", "column"),
    [
        (update(Clock).where(Clock.kind == "first_response").values(consumed_seconds=7), "consumed_seconds"),
        (update(ClockSpan).values(reason="coffee"), "reason"),
        (delete(ClockSpan).where(ClockSpan.position == 1), None),
    ],
)
def test_a_clock_that_differs_is_named_and_ends_with_an_error(answered, change, column):
    session().execute(change)
    session().commit()

    done = verify("--json", "--ticket", f"SD-{answered}")
    told = json.loads(done.stdout)

    assert (done.exit_code, told["ok"]) == (1, False)
    assert column in {each["column"] for each in told["differences"]}


def test_a_difference_is_told_in_a_line_with_its_request(answered):
    session().execute(update(Clock).where(Clock.subject_id == answered).values(target_seconds=1))
    session().commit()

    lines = verify().stdout.splitlines()

    assert lines[0].startswith("sla_clock subject_kind=ticket subject_id=1 ")
    assert lines[-1].endswith("differences.")


def test_what_is_no_number_of_a_request_is_refused(answered):
    assert verify("--ticket", "x").exit_code == 2
