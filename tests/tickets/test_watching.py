"""Following a ticket: for oneself, or for a colleague who may see it; it gives no rights (R22)."""

import json

import pytest
from sqlalchemy import select

from servicedesk.identity.permissions import Permission
from servicedesk.kernel.condition_parsing import parse
from servicedesk.kernel.conditions_sql import where
from servicedesk.kernel.db import session
from servicedesk.kernel.errors import Invalid, NotAllowed, NotFound
from servicedesk.kernel.events import stored_events
from servicedesk.kernel.refs import StreamRef
from servicedesk.tickets.access import may, triage_ids
from servicedesk.tickets.assignment import assign
from servicedesk.tickets.fields import condition_columns, condition_fields
from servicedesk.tickets.models import Ticket, Watcher
from servicedesk.tickets.queries import ticket_as_it_stands, ticket_detail
from servicedesk.tickets.watching import add_colleague, follow, remove_colleague, unfollow, watchers_of


@pytest.fixture
def dana(make_person):
    return make_person("agent", name="Dana")


@pytest.fixture
def far(make_person, make_group):
    """Somebody who sees the tickets of their own team alone."""
    return make_person("group_agent", name="Far", group=make_group())


@pytest.fixture
def customer(make_person):
    return make_person(organisation="Baker & Sons")


@pytest.fixture
def ticket_id(make_ticket, make_group, customer, dana):
    ticket_id = make_ticket(customer).id
    assign(dana, ticket_id, group_id=make_group().id)
    return ticket_id


def watching(ticket_id):
    return set(session().scalars(select(Watcher.person_id).where(Watcher.ticket_id == ticket_id)))


def types(ticket_id):
    return [event.type for event in stored_events(StreamRef("ticket", ticket_id))]


def test_following_twice_is_following_once(ticket_id, dana):
    follow(dana, ticket_id)
    follow(dana, ticket_id)

    assert types(ticket_id).count("watcher_added") == 1
    assert ticket_as_it_stands(dana, ticket_id).follows


def test_who_stops_following_does_not_follow(ticket_id, dana):
    follow(dana, ticket_id)
    unfollow(dana, ticket_id)
    unfollow(dana, ticket_id)

    assert watching(ticket_id) == set()
    assert types(ticket_id).count("watcher_removed") == 1


def test_following_makes_no_open_form_stale(ticket_id, dana):
    before = ticket_detail(dana, ticket_id).row_version
    follow(dana, ticket_id)

    assert ticket_detail(dana, ticket_id).row_version == before


def test_a_customer_follows_what_they_may_see_and_nothing_else(ticket_id, customer, make_person):
    colleague = make_person(["customer", "organisation_viewer"], organisation="Baker & Sons")
    follow(colleague, ticket_id)
    follow(customer, ticket_id)

    assert watching(ticket_id) == {colleague.id, customer.id}
    with pytest.raises(NotFound):
        follow(make_person(), ticket_id)


def test_an_agent_adds_a_colleague_who_may_see_it_and_takes_them_off(ticket_id, dana, make_person):
    ben = make_person("agent", name="Ben")
    add_colleague(dana, ticket_id, person_id=ben.id)
    assert [row.name for row in watchers_of(dana, ticket_detail(dana, ticket_id))] == ["Ben"]

    remove_colleague(dana, ticket_id, person_id=ben.id)

    assert watching(ticket_id) == set()


@pytest.mark.parametrize("who", ["far", "customer", "nobody"])
def test_nobody_is_added_who_may_not_see_it_or_is_no_colleague(ticket_id, dana, far, customer, who):
    person_id = {"far": far.id, "customer": customer.id, "nobody": 999_999}[who]

    with pytest.raises(Invalid):
        add_colleague(dana, ticket_id, person_id=person_id)
    assert watching(ticket_id) == set()


def test_customers_and_managers_add_nobody_and_customers_read_no_list(ticket_id, customer, dana, make_person):
    follow(dana, ticket_id)
    for person in (customer, make_person("manager")):
        with pytest.raises(NotAllowed):
            add_colleague(person, ticket_id, person_id=dana.id)
    assert watchers_of(customer, ticket_detail(customer, ticket_id)) == ()


def test_watching_gives_no_rights(ticket_id, far, dana):
    home = next(iter(far.group_ids))
    before = session().get_one(Ticket, ticket_id).group_id
    assign(dana, ticket_id, group_id=home)
    follow(far, ticket_id)
    assign(dana, ticket_id, group_id=before)

    found = session().get_one(Ticket, ticket_id)
    assert [each for each in Permission if may(far, each, found, triage_ids())] == []
    with pytest.raises(NotFound):
        ticket_detail(far, ticket_id)


@pytest.mark.parametrize(
    ("document", "followed"),
    [
        ({"field": "watchers", "contains": "dana"}, {"both", "hers"}),
        ({"not": {"field": "watchers", "contains": "dana"}}, {"nobodys"}),
        ({"field": "watchers", "is_empty": True}, {"nobodys"}),
        ({"field": "watchers", "is_empty": False}, {"both", "hers"}),
        ({"all": [{"field": "watchers", "contains": who} for who in ("dana", "ben")]}, {"both"}),
    ],
)
def test_conditions_name_who_follows(make_ticket, make_person, dana, document, followed):
    ben = make_person("agent", name="Ben")
    ids = {name: make_ticket().id for name in ("both", "hers", "nobodys")}
    for person, name in ((dana, "both"), (ben, "both"), (dana, "hers")):
        follow(person, ids[name])
    written = json.dumps(document).replace('"dana"', str(dana.id)).replace('"ben"', str(ben.id))

    condition = parse(json.loads(written), condition_fields())

    found = set(session().scalars(select(Ticket.id).where(where(condition, condition_columns(), now=None))))
    assert found == {ids[name] for name in followed}
