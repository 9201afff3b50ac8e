"""Replays that people ask for: the same as of the same moment, shown to whom they concern (R12, R101)."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from servicedesk.identity.models import PersonRole
from servicedesk.identity.permissions import Permission, Scope
from servicedesk.identity.roles import create_role
from servicedesk.kernel.db import canonical_json, session
from servicedesk.kernel.errors import NotAllowed, NotFound, Refused
from servicedesk.kernel.state import configuration_changed
from servicedesk.tickets.assignment import assign
from servicedesk.tickets.conversation import reply
from servicedesk.tickets.progress import reopen_ticket, resolve_ticket
from sla.models import ReplayRun
from sla.ordering import change_agreement
from sla.replays import ask_replay, late_rows, replay_page, replays
from tests.sla.replays import promising
from tests.support.mail import run_jobs
from tests.support.makers import DESK

TIGHT = {"agreement": {"key": "standard", "before": None, "document": promising(resolution=3600)}}


@pytest.fixture
def agent(clock, make_person):
    clock.set("2040-01-02T09:00Z")
    return make_person("agent")


@pytest.fixture
def manager(make_person):
    return make_person("manager")


def asked(who, clock, **more):
    """Ask for a replay of the last days, let it run, and return its id."""
    until = more.get("as_of") or clock.at
    period = {"from_at": until - timedelta(days=9), "to_at": until}
    replay_id = ask_replay(who, name="Tight", proposal=TIGHT, **period, **more)
    run_jobs("sla.replay")
    return replay_id


def kept(replay_id):
    return session().scalar(select(ReplayRun.document).where(ReplayRun.id == replay_id))


def test_asked_again_as_of_the_same_moment_it_is_the_same_to_the_byte(clock, agent, manager, make_ticket):
    solved, late = make_ticket(priority=3).id, make_ticket(priority=3).id
    clock.move(hours=2)
    resolve_ticket(agent, solved, answer="Done.")
    clock.move(hours=1)
    as_of = clock.at
    before = asked(manager, clock)
    clock.move(hours=1)
    reopen_ticket(agent, solved)
    reply(agent, late, text="On it.")
    change_agreement(DESK, "all", name="All", document=promising(update=60), before="gold")
    make_ticket(priority=1)
    clock.move(days=3)

    again = asked(manager, clock, as_of=as_of)

    rows = [late_rows(manager, each, limit=None) for each in (before, again)]
    assert json.loads(kept(before))["self_test"]["differences"] == 0
    assert (kept(again), rows[1]) == (kept(before), rows[0])
    assert len(rows[0]) == 2


def test_a_replay_says_who_asked_for_what_and_when(clock, agent, manager, make_ticket):
    make_ticket(priority=3)
    clock.move(hours=2)
    page = replay_page(manager, asked(manager, clock))

    assert (page.line.name, page.line.asked_by, page.line.state) == ("Tight", manager.name, "done")
    assert (page.as_of, page.proposal, page.looked_at) == (clock.at, TIGHT, 1)
    assert canonical_json(page.document) == kept(page.line.id)


def test_a_job_that_runs_twice_changes_nothing(clock, agent, manager, make_ticket):
    make_ticket(priority=3)
    clock.move(hours=2)
    replay_id = asked(manager, clock)
    before = kept(replay_id), late_rows(manager, replay_id)
    session().query(ReplayRun).update({"state": "running"})
    session().commit()

    ask_replay(manager, name="Other", proposal=TIGHT, from_at=clock.at - timedelta(days=1), to_at=clock.at)
    run_jobs("sla.replay")

    assert (kept(replay_id), late_rows(manager, replay_id)) == before


def test_who_asked_but_may_no_more_is_refused_when_it_runs(clock, agent, make_person, make_ticket):
    make_ticket(priority=3)
    clock.move(hours=2)
    who = make_person("manager")
    ask_replay(who, name="Mine", proposal=TIGHT, from_at=clock.at - timedelta(days=1), to_at=clock.at)
    session().execute(delete(PersonRole).where(PersonRole.person_id == who.id))
    configuration_changed()
    session().commit()
    run_jobs("sla.replay")

    [run] = session().scalars(select(ReplayRun)).all()
    assert (run.state, run.error, run.document) == ("failed", "desk.not_allowed", None)


@pytest.fixture
def team_lead(administrator, make_person, make_group):
    """Somebody who may try things on the past over their own team's requests only."""
    rights = [Permission.AGREEMENT_TRY, Permission.TICKET_SEE, Permission.QUEUE_SEE]
    create_role(administrator, name="Team planner", scope=Scope.GROUP, permissions=rights)
    return make_person("team_planner", group=make_group())


def test_who_sees_some_requests_replays_only_those(clock, agent, manager, team_lead, make_group, make_ticket):
    theirs, others = make_ticket(priority=3).id, make_ticket(priority=3).id
    assign(agent, theirs, group_id=min(team_lead.group_ids))
    assign(agent, others, group_id=make_group().id)
    clock.move(hours=2)
    narrow, wide = asked(team_lead, clock), asked(manager, clock)

    assert [row.ticket_id for row in late_rows(team_lead, narrow)] == [theirs]
    assert [row.ticket_id for row in late_rows(manager, wide)] == [theirs, others]
    assert [line.id for line in replays(team_lead)] == [narrow]
    with pytest.raises(NotFound):
        replay_page(team_lead, wide)


def test_a_list_shows_only_what_its_reader_sees_today(
    clock, agent, manager, team_lead, make_group, make_ticket
):
    ticket_id = make_ticket(priority=3).id
    assign(agent, ticket_id, group_id=min(team_lead.group_ids))
    clock.move(hours=2)
    replay_id = asked(team_lead, clock)
    assign(agent, ticket_id, group_id=make_group().id)

    assert late_rows(team_lead, replay_id) == ()
    assert len(late_rows(manager, replay_id)) == 1


def test_agents_neither_ask_nor_look(clock, agent, manager, make_ticket):
    make_ticket(priority=3)
    clock.move(hours=2)
    replay_id = asked(manager, clock)

    for deed in (lambda: asked(agent, clock), lambda: replay_page(agent, replay_id), lambda: replays(agent)):
        with pytest.raises(NotAllowed):
            deed()


def test_nobody_lets_more_than_three_wait(clock, agent, manager, make_ticket):
    make_ticket(priority=3)
    clock.move(hours=2)
    period = {"from_at": clock.at - timedelta(days=1), "to_at": clock.at}
    for number in range(3):
        ask_replay(manager, name=f"No. {number}", proposal=TIGHT, **period)

    with pytest.raises(Refused):
        ask_replay(manager, name="One more", proposal=TIGHT, **period)
