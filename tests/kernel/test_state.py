"""Caches follow the configuration's revision, also across processes and undone saves."""

from flask import g

from servicedesk.identity.queries import actor_of
from servicedesk.kernel.command import rehearsing, saving
from servicedesk.kernel.db import session, transaction
from servicedesk.kernel.state import cached_by_revision, configuration_changed, revision, take_numbers
from tests.support.makers import DESK


def counted():
    """Return a cached function and the list of its calls."""
    calls = []

    @cached_by_revision
    def load(name):
        calls.append(name)
        return f"{name} {len(calls)}"

    return load, calls


def test_a_value_is_loaded_once_until_the_configuration_changes(app):
    load, calls = counted()

    first = [load("a"), load("a"), load("b")]
    with saving(DESK):
        configuration_changed()

    assert (first, load("a"), calls) == (["a 1", "a 1", "b 2"], "a 3", ["a", "b", "a"])


def test_a_change_by_another_process_is_seen_by_the_next_request(app, client):
    load, calls = counted()
    load("a")
    with transaction():
        configuration_changed()
    g.pop("desk_changed_in")  # as it is in the other process

    client.get("/sign-in")
    load("a")

    assert calls == ["a", "a"]


def test_a_rehearsal_leaves_no_cache_ahead_of_the_configuration(app, administrator):
    load, calls = counted()
    before = revision()
    with rehearsing(DESK):
        configuration_changed()
        actor_of(administrator.id)  # brings the revision of the rehearsal along
    load("a")
    with saving(DESK):
        configuration_changed()

    assert (revision(), load("a"), calls) == (before + 1, "a 2", ["a", "a"])


def test_what_was_read_in_an_undone_save_is_forgotten(app):
    load, calls = counted()
    before = revision()
    session().rollback()
    for _attempt in range(2):
        with transaction() as current:
            configuration_changed()
            load("a")
            current.rollback()
    with transaction():
        configuration_changed()

    assert (revision(), load("a"), load("a"), calls) == (before + 1, "a 3", "a 3", ["a"] * 3)


def test_ticket_numbers_have_no_gaps_and_no_twins(app):
    with transaction():
        first = take_numbers(3)
    with transaction() as current:
        take_numbers()
        current.rollback()
    with transaction():
        following = take_numbers()

    assert following == first + 3
