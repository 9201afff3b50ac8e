"""Replays: what would have become of promises, ticket by ticket as it was at each moment (R11, R12)."""

from datetime import timedelta

import pytest

from servicedesk.identity.permissions import Permission
from servicedesk.kernel.db import session
from servicedesk.kernel.errors import Invalid
from servicedesk.tickets.access import visible_to
from servicedesk.tickets.assignment import assign, override_priority
from servicedesk.tickets.conversation import reply
from servicedesk.tickets.facts import MATCHED
from servicedesk.tickets.progress import resolve_ticket, wait_for
from sla import replaying
from sla.core.rematching import LOOKED_AT
from sla.models import Clock
from sla.ordering import change_agreement
from tests.sla.replays import promising, replayed
from tests.support.makers import DESK
from tests.verify.history import History

MONDAY = "2040-01-02T09:00Z"


def sides(found):
    """Return (side, ticket, clock, state before, state after) of what is late on one side only."""
    return [(row.side, row.ticket_id, row.kind, row.before, row.after) for row in found.rows]


def tightened(**targets):
    return {"agreement": {"key": "standard", "document": promising(**targets)}}


def only(priority, document):
    """Return the document with its rule for one priority only."""
    [rule] = document["rules"]
    when = {"field": "priority", "is": priority}
    return document | {"rules": [rule | {"name": priority, "when": when}]}


@pytest.fixture
def agent(clock, make_person):
    clock.set(MONDAY)
    return make_person("agent")


def test_a_tighter_target_is_missed_by_what_took_longer(clock, agent, make_ticket):
    quick, slow = make_ticket(priority=3).id, make_ticket(priority=3).id
    clock.move(hours=1)
    resolve_ticket(agent, quick, answer="Done.")
    clock.move(hours=1)
    resolve_ticket(agent, slow, answer="Done.")

    found = replayed(clock.at + timedelta(seconds=1), **tightened(resolution=3600))

    assert sides(found) == [("after", slow, "resolution", "met", "missed")]
    assert found.document["attainment"]["clock"]["resolution"]["resolution"] == [2, 2, 1, 2]


def test_the_second_of_the_target_itself_is_in_time(clock, agent, make_ticket):
    ticket_id = make_ticket(priority=3).id
    clock.move(seconds=3601)
    resolve_ticket(agent, ticket_id, answer="Done.")
    until = clock.at + timedelta(seconds=1)

    late = [sides(replayed(until, **tightened(resolution=seconds))) for seconds in (3600, 3601)]

    assert [len(each) for each in late] == [1, 0]


def test_waiting_for_the_customer_does_not_count(clock, agent, make_ticket):
    ticket_id = make_ticket(priority=3).id
    clock.move(minutes=30)
    wait_for(agent, ticket_id, status="waiting_customer", text="Which one?")
    clock.move(hours=5)
    resolve_ticket(agent, ticket_id, answer="Done.")

    assert sides(replayed(clock.at + timedelta(seconds=1), **tightened(resolution=1800))) == []


def test_rules_see_the_ticket_as_it_was_at_each_moment(clock, make_person, make_ticket):
    clock.set(MONDAY)
    lead = make_person("lead")
    raised, always = make_ticket(priority=4).id, make_ticket(priority=2).id
    clock.move(hours=3)
    override_priority(lead, raised, priority=2, why="The board asks.")
    resolve_ticket(lead, raised, answer="Done.")
    clock.move(hours=1)
    resolve_ticket(lead, always, answer="Done.")
    document = only("P2", promising(resolution=7200)) | {"retarget": "from_change"}

    found = replayed(clock.at + timedelta(seconds=1), agreement={"key": "standard", "document": document})

    # What was raised at the very end counts anew from then on; present priorities alone would call both late.
    assert [row[1] for row in sides(found) if row[4] == "missed"] == [always]


def test_a_customers_tier_is_that_of_the_log(clock, agent, make_person, make_organisation, make_ticket):
    golden = make_ticket(make_person(organisation=make_organisation("Golden", tier="gold")), priority=3).id
    make_ticket(priority=3)
    clock.move(hours=2)
    rule = {"field": "organisation_tier", "is": "gold"}
    document = promising(resolution=3600)
    document["rules"][0]["when"] = rule

    found = replayed(clock.at, agreement={"key": "new", "before": "gold", "document": document})

    assert sides(found) == [("after", golden, "resolution", "running", "overdue")]


def test_other_hours_move_what_was_promised(clock, agent, make_ticket):
    ticket_id = make_ticket(priority=3).id
    clock.move(hours=9)
    resolve_ticket(agent, ticket_id, answer="Done.")
    never_on_monday = {"tz": "UTC", "week": {"tue": [["09:00", "18:00"]]}}

    found = replayed(
        clock.at + timedelta(seconds=1),
        agreement={"key": "standard", "document": promising(resolution=3600)},
        calendar={"key": "desk", "document": never_on_monday},
    )

    assert [side for side in sides(found) if side[2] == "resolution"] == []
    assert found.document["attainment"]["clock"]["resolution"]["resolution"] == [1, 1, 1, 1]


def test_a_version_published_later_says_nothing_of_before(clock, agent, make_ticket):
    make_ticket(priority=3)
    clock.move(hours=2)
    new = promising(resolution=60)
    change_agreement(DESK, "everything", name="Everything", document=new, before="gold")
    clock.move(hours=2)

    assert replayed(clock.at).document["self_test"] == {
        "tickets": 1,
        "cycles": 2,
        "differences": 0,
        "named": [],
    }


def test_a_stored_clock_that_tells_something_else_is_named(clock, agent, make_ticket):
    ticket = make_ticket(priority=3)
    session().query(Clock).filter(Clock.kind == "resolution").update({"target_seconds": 41})
    session().commit()

    test = replayed(clock.at + timedelta(seconds=1)).document["self_test"]

    [named] = test["named"]
    assert test["differences"] == 1
    assert (named["ticket"], named["clock"], named["stored"]["target"]) == (ticket.id, "resolution", 41)


def test_who_sees_one_team_replays_that_team(clock, agent, make_person, make_group, make_ticket):
    inside, outside, team = make_ticket(priority=3).id, make_ticket(priority=3).id, make_group()
    assign(agent, inside, group_id=team.id)
    assign(agent, outside, group_id=make_group().id)
    who = make_person("group_agent", group=team)
    clock.move(hours=2)

    found = replayed(clock.at, visible=visible_to(who, Permission.TICKET_SEE))

    assert ({row.ticket_id for row in found.rows}, found.document["tickets"]) == ({inside}, 1)


def test_work_is_counted_by_the_hour_of_the_week(clock, agent, make_ticket):
    ticket = make_ticket(priority=3)
    clock.move(hours=2)
    reply(agent, ticket.id, text="On it.")
    resolve_ticket(agent, ticket.id, answer="Done.")

    staffing = replayed(clock.at + timedelta(hours=1), days=1).document["staffing"]

    assert [hour for hour, came in enumerate(staffing["came"]) if came] == [9]
    assert [hour for hour, ended in enumerate(staffing["ended"]) if ended] == [11]
    assert [hour for hour, waiting in enumerate(staffing["waiting"]) if waiting] == [9, 10]


@pytest.mark.parametrize(
    "proposal, code",
    [
        ({"agreement": {"key": "standard", "document": {}}}, "agreement.no_rules"),
        (
            {"agreement": {"key": "x", "before": "nothing", "document": promising(update=1)}},
            "agreement.before",
        ),
        ({"calendar": {"key": "desk", "document": {"tz": "Mars", "week": {}}}}, "calendar.unknown_zone"),
        ({"calendar": {}}, "replay.nothing"),
    ],
)
def test_what_cannot_be_tried_is_refused(app, clock, proposal, code):
    with pytest.raises(Invalid) as refused:
        replayed(clock.at, **proposal)

    assert refused.value.code == code


def test_promises_look_at_what_the_desk_looks_at():
    assert LOOKED_AT == MATCHED


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("reopen", ["continue", "new_cycle"])
def test_measuring_many_at_once_is_what_the_fold_says(app, clock, monkeypatch, seed, reopen):
    history = History(730 + seed, clock)
    for _step in range(70):
        history.step()
    document = promising(first_response=600, next_response=600, update=7200, resolution=5400) | {
        "reopen": reopen,
        "reopen_within_days": 1,
    }
    document["rules"].insert(0, only("P2", document)["rules"][0])
    asked = {"agreement": {"key": "gold", "document": document}}

    together = replayed(clock.at, **asked)
    monkeypatch.setattr(replaying, "is_one_promise", lambda *_: False)
    folded = replayed(clock.at, **asked)

    assert (together.document, together.rows) == (folded.document, folded.rows)
    assert len(together.rows) >= 1
