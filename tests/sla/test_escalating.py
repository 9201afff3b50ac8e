"""What steps do: whom they tell, what they change, and that each acts once (E2, E4, X2, X5)."""

from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from servicedesk.identity.actor import system_actor
from servicedesk.identity.core.quiet import QuietHours
from servicedesk.identity.quiet_hours import set_quiet_hours
from servicedesk.kernel.db import session
from servicedesk.kernel.events import stored_events
from servicedesk.kernel.jobs import Job
from servicedesk.kernel.refs import Cause, StreamRef
from servicedesk.notify.models import Notice
from servicedesk.tickets.assignment import assign, override_priority
from servicedesk.tickets.conversation import reply
from servicedesk.tickets.models import Ticket
from servicedesk.tickets.watching import follow
from sla.agreements import publish_agreement
from sla.sweep import sweep
from tests.support.mail import run_jobs, send_mails, text_of

DESK = system_actor(Cause("test"))
JOBS = ("sla.escalate", "notify.gather", "mail.send")


@pytest.fixture
def publish(app, clock):
    """`publish(*steps)`: an answer within an hour at any time of day, with these steps."""

    def put(*steps, calendar="always"):
        rule = {"name": "all", "when": None, "calendar": calendar, "targets": {"first_response": 3600}}
        document = {"rules": [rule], "steps": list(steps)}
        publish_agreement(DESK, "own", name="Own", document=document, position=0)

    return put


@pytest.fixture
def team(make_group, make_person):
    """A team with its lead, and an agent in it."""
    lead = make_person("lead", name="Lea", zone="Asia/Almaty")
    agent = make_person("agent", name="Ann", email="ann@desk.test")
    return make_group(lead=lead, members=[agent]), lead, agent


@pytest.fixture
def ticket_id(make_ticket, team):
    """A ticket that Ann has; it is filed once the agreement is published."""

    def file():
        group, _lead, agent = team
        made = make_ticket().id
        assign(DESK, made, group_id=group.id, assignee_id=agent.id)
        return made

    return file


def pass_time(clock, **time):
    clock.move(**time)
    sweep()
    run_jobs("sla.escalate")
    clock.move(seconds=15)
    run_jobs("notify.gather")
    return {mail["To"]: mail for mail in send_mails()}


def events_of(ticket_id, *types):
    session().rollback()
    return [event.body for event in stored_events(StreamRef("ticket", ticket_id), types=set(types))]


def test_a_step_tells_the_people_of_its_roles_why_they_are_told(publish, clock, ticket_id, team):
    publish({"at": {"percent": 75}, "to": ["assignee", "team_lead"]})
    ticket_id()

    mails = pass_time(clock, minutes=45)

    assert sorted(mails) == ["ann@desk.test", team[1].email]
    assert "as team lead, by agreement Own, rule all" in text_of(mails[team[1].email])
    assert "(Asia/Almaty)" in text_of(mails[team[1].email])


def test_nobody_is_warned_once_the_clock_is_late(publish, clock, ticket_id):
    publish({"at": {"percent": 75}, "to": ["assignee"]})
    ticket_id()
    clock.move(minutes=45)
    sweep()
    run_jobs("sla.escalate")

    clock.move(minutes=20)
    run_jobs("notify.gather", "mail.send")

    assert send_mails() == []


def test_nobody_is_told_of_a_clock_that_was_stopped_meanwhile(publish, clock, ticket_id, team):
    publish({"at": {"percent": 75}, "to": ["assignee"]})
    made = ticket_id()
    clock.move(minutes=45)
    sweep()
    reply(team[2], made, text="Here we are.")

    assert pass_time(clock, minutes=1) == {}


def test_a_breach_is_told_to_each_person_once(publish, clock, ticket_id):
    publish(
        {"at": {"percent": 100}, "to": ["assignee"]},
        {"at": {"after_minutes": 30}, "to": ["assignee", "team_lead"]},
    )
    ticket_id()
    pass_time(clock, minutes=61)
    mails = pass_time(clock, minutes=31)

    assert len(mails) == 2
    assert len(send_mails()) == 2


def test_what_repeats_is_told_again(publish, clock, ticket_id):
    step = {"at": {"percent": 100}, "to": ["assignee"], "repeat": {"every_minutes": 30, "times": 2}}
    publish(step)
    ticket_id()
    for minutes in (61, 31, 31, 31):
        pass_time(clock, minutes=minutes)

    assert len(send_mails()) == 3


def test_many_notices_to_one_person_are_one_letter_in_five_minutes(publish, clock, ticket_id):
    publish({"at": {"percent": 75}, "to": ["assignee"]})
    for _ in range(22):
        ticket_id()
    clock.move(minutes=45)
    sweep()
    run_jobs("sla.escalate")
    clock.move(seconds=15)
    run_jobs("notify.gather")

    [mail] = send_mails()
    assert (mail["Subject"], "And 2 more." in text_of(mail)) == ("22 notices", True)


def test_a_second_letter_waits_until_five_minutes_are_over(publish, clock, ticket_id):
    publish({"at": {"percent": 75}, "to": ["assignee"]}, {"at": {"percent": 78}, "to": ["assignee"]})
    ticket_id()
    pass_time(clock, minutes=45)
    pass_time(clock, minutes=2)
    before = len(send_mails())

    clock.move(minutes=3)
    run_jobs(*JOBS)

    assert (before, len(send_mails())) == (1, 2)


def test_outside_of_their_hours_people_are_told_at_the_next_opening(publish, clock, ticket_id):
    clock.set("2026-11-16T13:00Z")
    publish({"at": {"percent": 100}, "to": ["team_lead"]}, calendar="desk")
    ticket_id()
    in_the_evening = pass_time(clock, minutes=61)  # 19:01 in Almaty, where the lead lives
    clock.set("2026-11-17T04:01Z")
    run_jobs("notify.gather")

    assert (in_the_evening, len(send_mails())) == ({}, 1)


def test_a_step_at_any_time_waits_for_no_opening(publish, clock, ticket_id):
    clock.set("2026-11-16T13:00Z")
    publish({"at": {"percent": 100}, "to": ["team_lead"], "anytime": True}, calendar="desk")
    ticket_id()

    assert len(pass_time(clock, minutes=61)) == 1


def test_who_makes_a_clock_late_is_not_told_of_it(publish, clock, make_ticket, team):
    group, lead, agent = team
    always = {"calendar": "always"}
    rules = [
        {"name": "high", "when": {"field": "priority", "is": "P1"}, "targets": {"first_response": 600}},
        {"name": "all", "when": None, "targets": {"first_response": 7200}},
    ]
    rules = [rule | always for rule in rules]
    document = {"rules": rules, "steps": [{"at": {"percent": 100}, "to": ["assignee", "team_lead"]}]}
    publish_agreement(DESK, "own", name="Own", document=document, position=0)
    made = make_ticket(priority=3).id
    assign(DESK, made, group_id=group.id, assignee_id=agent.id)
    clock.move(minutes=30)
    override_priority(lead, made, priority=1, why="The boss rang.")

    assert list(pass_time(clock, seconds=2)) == [agent.email]


def test_the_customer_hears_of_a_step_only_where_it_names_them(publish, clock, make_ticket):
    publish({"at": {"percent": 100}, "to": ["requester"]})
    requester = session().get_one(Ticket, make_ticket().id).requester_id

    mails = pass_time(clock, minutes=61)

    assert len(mails) == 1
    assert session().scalars(select(Notice.person_id)).all() == [requester]


def test_followers_are_told(publish, clock, ticket_id, team):
    publish({"at": {"percent": 75}, "to": ["followers"]})
    follow(team[1], ticket_id())

    assert list(pass_time(clock, minutes=45)) == [team[1].email]


def test_a_step_raises_the_priority_gives_the_ticket_to_the_lead_and_says_so(publish, clock, ticket_id, team):
    step = {"at": {"percent": 100}, "raise_priority": "Late", "assign": "team_lead", "note": "Look at it."}
    publish(step)
    made = ticket_id()
    before = session().get_one(Ticket, made).priority
    pass_time(clock, minutes=61)

    found = session().get_one(Ticket, made)
    assert (found.priority, found.assignee_id) == (before - 1, team[1].id)
    [taken] = events_of(made, "step_taken")
    assert (taken["rule"], taken["step"], taken["did"]) == ("all", 100, ["priority", "assignment", "note"])


def test_what_a_step_changes_carries_the_agreement_as_its_cause(publish, clock, ticket_id):
    publish({"at": {"percent": 100}, "assign": "team_lead"})
    made = ticket_id()
    pass_time(clock, minutes=61)

    last = list(stored_events(StreamRef("ticket", made), types={"assigned"}))[-1]
    assert (last.cause.kind, last.cause.version, last.actor.kind) == ("agreement", 1, "automation")


def test_a_condition_is_looked_at_when_the_step_comes(publish, clock, ticket_id, make_ticket):
    publish(
        {"at": {"percent": 75}, "when": {"field": "assignee_id", "is_empty": True}, "note": "Nobody has it."}
    )
    has_somebody, has_nobody = ticket_id(), make_ticket().id
    pass_time(clock, minutes=45)

    assert events_of(has_somebody, "step_taken") == []
    assert len(events_of(has_nobody, "step_taken")) == 1


def test_after_an_outage_warnings_tell_nobody_and_assignments_run(publish, clock, ticket_id, team):
    publish({"at": {"percent": 75}, "to": ["assignee"], "assign": "team_lead"})
    made = ticket_id()
    mails = pass_time(clock, hours=2)

    assert (mails, session().get_one(Ticket, made).assignee_id) == ({}, team[1].id)


def test_a_step_that_is_run_again_does_nothing_again(publish, clock, ticket_id):
    publish({"at": {"percent": 75}, "to": ["assignee"], "note": "Look."})
    made = ticket_id()
    pass_time(clock, minutes=45)
    keys = session().scalars(select(Job.unique_key).where(Job.kind == "sla.escalate")).all()
    sweep()
    pass_time(clock, minutes=1)

    assert len(keys) == len(set(keys)) == 1
    assert (len(events_of(made, "step_taken")), len(send_mails())) == (1, 1)


def test_in_somebodys_quiet_hours_even_what_comes_at_any_time_waits_until_they_end(
    publish, clock, ticket_id, team
):
    publish({"at": {"percent": 100}, "to": ["team_lead"], "anytime": True})
    here = ZoneInfo("Asia/Almaty")
    night = clock.at.astimezone(here).replace(hour=23, minute=0, second=0)
    clock.move(seconds=(night - clock.at).total_seconds())
    set_quiet_hours(team[1], QuietHours(22 * 60, 7 * 60))
    made = ticket_id()

    asleep = pass_time(clock, minutes=61)

    assert (asleep, [each["told"] for each in events_of(made, "step_taken")]) == ({}, [[team[1].id]])
    assert pass_time(clock, hours=6, minutes=57) == {}
    assert list(pass_time(clock, minutes=2)) == [team[1].email]
