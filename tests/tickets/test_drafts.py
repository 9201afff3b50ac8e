"""Drafts are kept for their writer alone, and never overwritten by an older window (R22)."""

import pytest
from sqlalchemy import func, select

from servicedesk.identity.actor import system_actor
from servicedesk.identity.commands import deactivate_person
from servicedesk.kernel.db import session
from servicedesk.kernel.errors import Conflict, Invalid, NotAllowed, NotFound, Refused
from servicedesk.kernel.refs import Cause
from servicedesk.tickets import drafts
from servicedesk.tickets.drafts import discard_draft, drafts_of, save_draft, tidy_drafts
from servicedesk.tickets.models import Draft
from servicedesk.tickets.queries import ticket_as_it_stands

DESK = system_actor(Cause("schedule"))


@pytest.fixture
def dana(make_person):
    return make_person("agent")


@pytest.fixture
def customer(make_person):
    return make_person()


@pytest.fixture
def ticket_id(make_ticket, customer):
    return make_ticket(customer).id


def kept(person, ticket_id=0):
    return [(row.kind, row.text, row.version) for row in drafts_of(person, ticket_id)]


def test_a_draft_is_kept_by_ticket_and_kind_and_found_again(dana, ticket_id, clock):
    save_draft(dana, kind="reply", ticket_id=ticket_id, text="Dear", version=0)
    clock.move(seconds=5)
    save_draft(dana, kind="note", ticket_id=ticket_id, text="Look", version=0)

    assert kept(dana, ticket_id) == [("note", "Look", 1), ("reply", "Dear", 1)]
    assert ticket_as_it_stands(dana, ticket_id).has_draft


def test_nobody_else_has_it(dana, ticket_id, make_person, administrator):
    save_draft(dana, kind="note", ticket_id=ticket_id, text="Look", version=0)

    for other in (make_person("agent"), administrator):
        assert kept(other, ticket_id) == []
        assert not ticket_as_it_stands(other, ticket_id).has_draft


def test_each_save_names_the_version_before_it(dana, ticket_id):
    version = save_draft(dana, kind="note", ticket_id=ticket_id, text="L", version=0)
    version = save_draft(dana, kind="note", ticket_id=ticket_id, text="Lo", version=version)

    assert kept(dana, ticket_id) == [("note", "Lo", version)]


@pytest.mark.parametrize("version", [0, 1, 3])
def test_an_older_window_overwrites_nothing_and_gets_what_is_there(dana, ticket_id, version):
    first = save_draft(dana, kind="note", ticket_id=ticket_id, text="one", version=0)
    save_draft(dana, kind="note", ticket_id=ticket_id, text="two", version=first)

    with pytest.raises(Conflict) as conflict:
        save_draft(dana, kind="note", ticket_id=ticket_id, text="old", version=version)

    assert conflict.value.details == {"text": "two", "version": 2}
    assert kept(dana, ticket_id) == [("note", "two", 2)]


def test_a_window_that_saves_what_was_sent_elsewhere_brings_nothing_back(dana, ticket_id):
    version = save_draft(dana, kind="note", ticket_id=ticket_id, text="one", version=0)
    discard_draft(dana, kind="note", ticket_id=ticket_id)

    with pytest.raises(Conflict):
        save_draft(dana, kind="note", ticket_id=ticket_id, text="one more", version=version)

    assert kept(dana, ticket_id) == []


def test_an_empty_text_removes_it(customer):
    version = save_draft(customer, kind="new", text="I need", version=0)

    assert save_draft(customer, kind="new", text="  ", version=version) == 0
    assert session().scalar(select(func.count()).select_from(Draft)) == 0


@pytest.mark.parametrize(
    ("role", "kind", "wrong"),
    [
        ("customer", "note", NotFound),
        ("manager", "reply", NotFound),
        ("manager", "new", NotAllowed),
        ("agent", "poem", Invalid),
    ],
)
def test_nobody_begins_what_they_could_not_send(make_person, ticket_id, role, kind, wrong):
    place = {} if kind == "new" else {"ticket_id": ticket_id}

    with pytest.raises(wrong):
        save_draft(make_person(role), kind=kind, text="x", version=0, **place)


def test_a_strangers_ticket_is_not_there(make_person, ticket_id):
    with pytest.raises(NotFound):
        save_draft(make_person(), kind="reply", ticket_id=ticket_id, text="x", version=0)


def test_drafts_are_bounded_in_size_and_number(dana, ticket_id, make_ticket, monkeypatch):
    monkeypatch.setattr(drafts, "MOST_DRAFTS", 1)
    save_draft(dana, kind="note", ticket_id=ticket_id, text="x" * 100_000, version=0)

    with pytest.raises(Invalid):
        save_draft(dana, kind="note", ticket_id=ticket_id, text="x" * 100_001, version=1)
    with pytest.raises(Refused):
        save_draft(dana, kind="reply", ticket_id=ticket_id, text="x", version=0)


def test_old_drafts_and_those_of_people_who_are_gone_are_removed(dana, customer, administrator, clock):
    gone, here = customer, dana
    save_draft(gone, kind="new", text="I leave", version=0)
    save_draft(administrator, kind="new", text="old", version=0)
    clock.move(days=29)
    save_draft(here, kind="new", text="young", version=0)
    clock.move(days=2)
    deactivate_person(administrator, gone.id)

    assert tidy_drafts(DESK) == 2
    assert (kept(here), kept(administrator), kept(gone)) == ([("new", "young", 1)], [], [])
