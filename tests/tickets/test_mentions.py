"""@name calls a colleague to a ticket: whom a text names, who may be called, and who has looked (R22)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from servicedesk.kernel.db import session
from servicedesk.kernel.events import stored_events
from servicedesk.kernel.refs import StreamRef
from servicedesk.tickets.assignment import assign
from servicedesk.tickets.conversation import add_note, reply
from servicedesk.tickets.core.mentions import mentions_in
from servicedesk.tickets.mentioning import see_mentions, suggested
from servicedesk.tickets.models import Mention
from servicedesk.tickets.progress import resolve_ticket
from servicedesk.tickets.queries import ticket_as_it_stands, ticket_detail
from servicedesk.tickets.watching import watchers_of

NAMES = {1: "Dana Nurlan", 2: "Ben Sela", 3: "Dana", 4: "Нино Капанадзе", 5: "Ben Oz", 6: "דנה כהן"}


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("@Dana Nurlan please look", {1}),
        ("ask @dana nurlan.", {1}),
        ("@Dana, look", {3}),
        ("(@Ben Sela)", {2}),
        ("@Ben look", set()),  # two have it
        ("@Benjamin", set()),
        ("mail dana@Dana.example", set()),
        ("@@Dana", set()),
        ("@НИНО, посмотри", {4}),
        ("\u200f@דנה כהן, תסתכלי", {6}),
        ("@Ben Sela and @Ben Oz", {2, 5}),
        ("@", set()),
        ("no sign", set()),
    ],
)
def test_whom_a_text_names(text, ids):
    assert {person for found in mentions_in(text, NAMES) for person in found.person_ids} == ids


def test_people_of_one_name_are_both_called():
    [found] = mentions_in("@Aya Levi", {1: "Aya Levi", 2: "Aya Levi"})

    assert found.person_ids == {1, 2}


@given(st.text(alphabet="@ DanaßİNurl.", max_size=60))
def test_mentions_stand_in_order_in_the_text_and_never_overlap(text):
    found = list(mentions_in(text, {1: "Dana Nurlan", 2: "ßİ"}))

    places = [place for each in found for place in (each.start, each.end)]
    assert places == sorted(places)
    assert all(text[each.start] == "@" and each.end <= len(text) for each in found)


@pytest.fixture
def team(make_group):
    return make_group(name="Network")


@pytest.fixture
def dana(make_person, team):
    return make_person("agent", name="Dana Nurlan", group=team)


@pytest.fixture
def ben(make_person, team):
    return make_person("agent", name="Ben Sela", group=team)


@pytest.fixture
def customer(make_person):
    return make_person(name="Nino Kapanadze")


@pytest.fixture
def ticket_id(make_ticket, customer):
    return make_ticket(customer).id


def called():
    return session().scalars(select(Mention.person_id).order_by(Mention.person_id)).all()


def test_who_is_called_in_a_note_follows_the_ticket_and_has_not_looked(ticket_id, dana, ben):
    add_note(dana, ticket_id, text="@Ben Sela have you seen this?")

    standing = ticket_as_it_stands(ben, ticket_id)
    assert (standing.is_called, standing.follows) == (True, True)
    assert [row.name for row in watchers_of(dana, standing.ticket)] == ["Ben Sela"]
    said = [e for e in stored_events(StreamRef("ticket", ticket_id)) if e.type == "people_mentioned"]
    assert [each.body["person_ids"] for each in said] == [[ben.id]]


def test_looking_is_noted_once_and_for_oneself_alone(ticket_id, dana, ben, make_person, team):
    other = make_person("agent", name="Carmel", group=team)
    add_note(dana, ticket_id, text="@Ben @Carmel look")

    see_mentions(ben, ticket_id)

    assert not ticket_as_it_stands(ben, ticket_id).is_called
    assert ticket_as_it_stands(other, ticket_id).is_called


def test_replies_and_answers_call_too(ticket_id, dana, ben):
    reply(dana, ticket_id, text="@Ben Sela rings you tomorrow.")
    resolve_ticket(dana, ticket_id, answer="Done by @Ben Sela.")

    assert called() == [ben.id, ben.id]


def test_a_customers_words_call_nobody(ticket_id, customer, ben):
    reply(customer, ticket_id, text="@Ben Sela please!")

    assert called() == []


def test_nobody_calls_themselves_or_a_customer(ticket_id, dana, customer):
    add_note(dana, ticket_id, text="@Dana Nurlan tells @Nino Kapanadze")

    assert called() == []


def test_who_may_not_see_the_ticket_is_not_called(ticket_id, dana, make_person, make_group):
    far = make_person("group_agent", name="Far Away", group=make_group())
    near = make_group(name="Near")
    assign(dana, ticket_id, group_id=near.id)

    add_note(dana, ticket_id, text="@Far Away look")

    assert called() == []
    assert far.name not in [name for _id, name in suggested(dana, ticket_detail(dana, ticket_id), "far")]


def test_suggestions_begin_with_what_is_typed_and_leave_oneself_out(ticket_id, dana, ben, make_person, team):
    make_person("agent", name="Abe Benson", group=team)
    ticket = ticket_detail(dana, ticket_id)

    assert [name for _id, name in suggested(dana, ticket, "ben")] == ["Ben Sela", "Abe Benson"]
    assert dana.id not in [person_id for person_id, _name in suggested(dana, ticket, "")]


def test_a_note_without_the_sign_asks_nothing_more(ticket_id, dana, count_statements):
    with count_statements() as plain:
        add_note(dana, ticket_id, text="Nothing to see.")

    assert "mention" not in str(plain)
