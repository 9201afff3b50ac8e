"""Whatever is changed past the commands is found and named (R12, R98)."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import insert, update

from servicedesk.kernel.command import IdempotencyKey
from servicedesk.kernel.db import session
from servicedesk.kernel.state import DeskState
from tests.verify.tampering import (
    TABLES,
    add,
    change,
    events_of_a_long_log,
    found,
    hands_in_the_database,
    last_of,
    remove,
    rows,
    swap,
    unfound,
)


def test_nothing_differs_before_anybody_lays_hands_on_it(desk):
    assert found() == []


@pytest.mark.parametrize("table", sorted(TABLES))
def test_a_changed_value_in_any_column_is_found_and_named(desk, table):
    assert unfound(table, seed=1) == []


def tables_named():
    return {each.table for each in found()}


def keys_named(table):
    return [dict(each.key) for each in found() if each.table == table]


def test_an_event_that_is_gone_from_the_middle_is_found(desk):
    log = events_of_a_long_log()
    with hands_in_the_database():
        remove("event", log[2])

        after = {name: log[3][name] for name in ("stream_kind", "stream_id", "seq")}
        assert after in keys_named("event")


def test_a_last_event_that_is_gone_shows_in_the_head_of_its_stream(desk):
    log = events_of_a_long_log()
    with hands_in_the_database():
        remove("event", log[-1])

        assert {"kind": "ticket", "id": log[0]["stream_id"]} in keys_named("stream")


def test_a_last_event_that_is_gone_with_its_head_shows_in_what_it_had_done(desk):
    log = events_of_a_long_log()
    of_ticket = TABLES["stream"].c.kind == "ticket", TABLES["stream"].c.id == log[0]["stream_id"]
    with hands_in_the_database():
        remove("event", log[-1])
        change("stream", last_of("stream", *of_ticket), last_seq=log[-2]["seq"], head_hash=log[-2]["hash"])

        # An event here is the other end of a link between two tickets.
        assert tables_named() & {"ticket", "message", "sla_clock", "sla_firing", "private_link", "event"}


def test_two_events_that_changed_places_are_found(desk):
    log = events_of_a_long_log()
    with hands_in_the_database():
        swap(log[1], log[2])

        assert len(keys_named("event")) >= 2


def test_an_event_that_was_slipped_in_is_found(desk):
    log = events_of_a_long_log()
    with hands_in_the_database():
        add("event", log[-1] | {"seq": log[-1]["seq"] + 1, "prev_hash": log[-1]["hash"]})

        assert tables_named() >= {"event", "stream"}


@pytest.mark.parametrize("table", sorted(TABLES))
def test_a_row_that_is_gone_is_found(desk, table):
    row = last_of(table)
    with hands_in_the_database():
        remove(table, row)

        assert found() != []


# Where an event is gone, the next one is named; where a firing is gone, the clock that remembers it.
@pytest.mark.parametrize("table", sorted(set(TABLES) - {"event", "sla_firing"}))
def test_a_row_that_is_gone_is_named(desk, table):
    row = last_of(table)
    with hands_in_the_database():
        remove(table, row)

        assert any(key.items() <= row.items() for key in keys_named(table))


@pytest.mark.parametrize("table", sorted(TABLES))
def test_a_row_too_many_is_found(desk, table):
    row = rows(table)[-1]
    last_key = list(TABLES[table].primary_key.columns)[-1].name
    with hands_in_the_database():
        add(table, row | {last_key: row[last_key] + 1, **spare(table)})

        assert table in tables_named()


def spare(table):
    """Return values for columns that may not be there twice."""
    return {
        "agreement": {"key": "other", "position": 99},
        "agreement_version": {"number": 99},
        "calendar": {"key": "other"},
        "calendar_version": {"number": 99},
        "sla_clock": {"cycle": 99},
        "ticket": {"import_key": None},
    }.get(table, {})


def test_text_that_vanished_without_an_event_is_found(desk):
    row = last_of("erasable_text", TABLES["erasable_text"].c.body.is_not(None))
    with hands_in_the_database():
        change("erasable_text", row, body=None, salt=None)

        assert "erasable_text" in tables_named()


def test_a_text_that_an_event_erased_must_be_gone(desk):
    erased = last_of("erasable_text", TABLES["erasable_text"].c.body.is_(None))
    with hands_in_the_database():
        change("erasable_text", erased, body='{"text":"Still here"}', salt="0" * 32)

        assert "erasable_text" in tables_named()


def test_a_link_that_only_one_of_two_requests_tells_of_is_found(desk):
    linked = last_of("event", TABLES["event"].c.type == "tickets_linked")
    with hands_in_the_database():
        change("event", linked, type="tickets_unlinked")

        assert any(key.get("type") == "tickets_linked" for key in keys_named("event"))


def test_a_number_that_was_never_given_out_is_found(desk):
    with hands_in_the_database():
        session().execute(update(DeskState).values(last_number=DeskState.last_number + 1))

        assert "desk_state" in tables_named()


def test_a_used_key_that_made_nothing_is_found(desk):
    with hands_in_the_database():
        row = {"key": "k", "payload_digest": "0", "result": 1, "created_at": datetime(2020, 1, 1, tzinfo=UTC)}
        session().execute(insert(IdempotencyKey).values(**row))

        assert {"key": "k"} in keys_named("idempotency_key")
