"""Combined hours tried on the past: other calendars combined, or another part of all of them (R11, R101)."""

import json
from datetime import timedelta

import pytest

from servicedesk.calendars.commands import publish_calendar
from servicedesk.calendars.hours import OpeningHours
from servicedesk.kernel.errors import Invalid
from servicedesk.tickets.progress import resolve_ticket
from sla.agreements import publish_agreement
from sla.past_policy import past_policy
from sla.proposals import applied
from sla.replay_cli import replay_command
from tests.sla.replays import promising, replayed
from tests.support.makers import DESK


def hours(text):
    return OpeningHours.weekly(text, zone="UTC").to_exchange()


OFFICE, SUPPLIER = hours("mon-fri 08:00-16:00"), hours("mon-fri 10:00-18:00")
LONGER, NIGHTS = hours("mon-fri 08:00-20:00"), hours("mon-fri 20:00-04:00")
BOTH = {"all_of": [OFFICE, SUPPLIER]}


@pytest.fixture
def agent(clock, make_person):
    clock.set("2040-01-02T07:00Z")  # a Monday
    for key, document in (("office", OFFICE), ("supplier", SUPPLIER), ("both", BOTH)):
        publish_calendar(DESK, key, name=key.title(), document=document)
    rule = promising(resolution=4 * 3600)["rules"][0] | {"calendar": "both"}
    publish_agreement(DESK, "standard", name="Standard", document=promising() | {"rules": [rule]})
    return make_person("agent")


@pytest.fixture
def solved(clock, agent, make_ticket):
    """A request of Monday at ten, solved on Tuesday at half past eleven: seven and a half open hours."""
    clock.set("2040-01-02T10:00Z")
    ticket = make_ticket(priority=3)
    clock.set("2040-01-03T11:30Z")
    resolve_ticket(agent, ticket.id, answer="Done.")
    clock.move(hours=1)
    return ticket.id


def tried(clock, document, key="both", **more):
    """Return (met, judged, met after, judged after) of the resolutions; the self-test must hold."""
    found = replayed(clock.at, calendar={"key": key, "document": document, **more}).document
    assert found["self_test"]["differences"] == 0
    assert found["self_test"]["cycles"] > 0
    return tuple(found["attainment"]["clock"]["resolution"]["resolution"])


def test_other_calendars_are_combined(clock, solved):
    assert tried(clock, BOTH) == (0, 1, 0, 1)
    assert tried(clock, {"all_of": [OFFICE, NIGHTS | {"week": {"tue": [["08:00", "16:00"]]}}]}) == (
        0,
        1,
        1,
        1,
    )


def test_a_part_is_tried_in_what_combines_it_only_where_that_is_asked_for(clock, solved):
    short = hours("mon 10:00-11:00, tue 10:00-16:00")

    alone = tried(clock, short, "office")
    everywhere = tried(clock, short, "office", combined=["both"])

    assert (alone, everywhere) == ((0, 1, 0, 1), (0, 1, 1, 1))


def test_each_version_of_a_combined_calendar_keeps_its_time_and_its_other_parts(clock, agent, make_ticket):
    publish_calendar(DESK, "office", name="Office", document=LONGER)
    later = {"all_of": [LONGER, hours("mon-fri 15:00-20:00")]}
    publish_calendar(DESK, "both", name="Both", document=later, effective_from=clock.at + timedelta(days=1))
    clock.move(days=2)
    proposal = {"calendar": {"key": "office", "document": NIGHTS, "combined": ["both"]}}

    policy = applied(past_policy(clock.at), proposal, desk_calendar="desk").policy

    found = [
        (each.begins, each.hours.to_exchange()["all_of"]) for each in policy.calendars if each.key == "both"
    ]
    assert [parts for _begins, parts in found] == [[NIGHTS, SUPPLIER], [NIGHTS, later["all_of"][1]]]
    assert found[1][0] - found[0][0] == timedelta(days=1)
    assert {each.version_id for each in policy.calendars if each.key in ("both", "office")} == {None}


def test_a_replay_reproduces_what_became_of_promises_when_parts_were_published(
    clock, solved, agent, make_ticket
):
    publish_calendar(DESK, "office", name="Office", document=LONGER)
    publish_calendar(DESK, "both", name="Both", document={"all_of": [LONGER, SUPPLIER]})
    ticket = make_ticket(priority=3)
    clock.move(hours=30)
    resolve_ticket(agent, ticket.id, answer="Done.")
    clock.move(hours=1)

    assert tried(clock, OFFICE, "office", combined=["both"])[1] == 2


@pytest.mark.parametrize("named", [["supplier"], ["nobody"], "both", [["both"]], {"both": 1}])
def test_only_calendars_that_combine_it_may_be_named(clock, solved, named):
    with pytest.raises(Invalid) as refused:
        tried(clock, LONGER, "office", combined=named)

    assert refused.value.code == "calendar.not_combined"


def test_the_desks_own_hours_are_those_of_the_people_also_where_they_are_combined(clock, agent):
    publish_calendar(DESK, "desk", name="Desk hours", document=BOTH)
    clock.move(hours=1)
    proposal = {"calendar": {"key": "office", "document": LONGER, "combined": ["desk"]}}

    staffed = applied(past_policy(clock.at), proposal, desk_calendar="desk").hours

    assert staffed.to_exchange() == {"all_of": [LONGER, SUPPLIER]}


def test_the_command_tries_a_part_in_what_combines_it(clock, solved, app, tmp_path):
    file = tmp_path / "office.json"
    file.write_text(json.dumps(hours("mon 10:00-11:00, tue 10:00-16:00")), "utf-8")
    period = ["--from", "2040-01-01", "--to", "2040-02-01T00:00:00Z"]
    run = app.test_cli_runner().invoke

    told = run(replay_command, [*period, "--calendar", "office", str(file), "--combined", "both"])
    alone = run(replay_command, [*period, "--combined", "both"])

    assert "resolution: 0 of 1 kept, would be 1 of 1" in told.output
    assert (told.exit_code, alone.exit_code) == (0, 2)
