"""The sweep: each warning and miss once, in time or with its lag, whoever sweeps (R12; rules X1 to X5)."""

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from servicedesk.kernel.chain import GENESIS, event_hash
from servicedesk.kernel.db import instant_text, session
from servicedesk.kernel.event_log import EventRow, StreamHead
from servicedesk.tickets.assignment import edit_fields
from servicedesk.tickets.conversation import add_note, reply
from servicedesk.tickets.progress import wait_for
from sla import due_clocks
from sla import sweep as sweeping
from sla.due_clocks import oldest_unfired
from sla.models import Clock, Firing
from sla.storing import CLOCKS
from sla.sweep import sweep
from tests.sla.stored import announced, clocks, firings, standing


@pytest.fixture
def agent(clock, make_person):
    return make_person("agent")


@pytest.fixture
def ticket_id(clock, make_ticket):
    return make_ticket(priority=1).id  # 15 minutes to the first answer, 4 hours to the end


def test_a_warning_and_a_miss_are_announced_when_they_come(clock, ticket_id):
    for minutes in (11, 1, 2, 1, 1):
        clock.move(minutes=minutes, seconds=15)
        sweep()

    assert announced(ticket_id) == [
        ("target_at_risk", "first_response", 75),
        ("target_at_risk", "first_response", 90),
        ("target_missed", "first_response", 100),
    ]


def test_nothing_is_announced_twice(clock, ticket_id):
    clock.move(minutes=12)
    sweep()
    sweep()

    assert len(announced(ticket_id)) == 1


def test_after_an_outage_only_what_still_matters_is_announced(clock, ticket_id):
    clock.move(minutes=20)
    sweep()

    assert announced(ticket_id) == [("target_missed", "first_response", 100)]
    assert firings(ticket_id) == [
        ("first_response", 75, "skipped: late", 525),
        ("first_response", 90, "skipped: late", 390),
        ("first_response", 100, "fired", 300),
    ]


def test_the_breach_is_recorded_at_its_true_moment_whatever_the_lag(clock, ticket_id):
    true_moment = clock.at + timedelta(minutes=15)
    clock.move(hours=2)
    sweep()

    found = clocks(ticket_id)["first_response"]
    assert (found.state, found.breached_at, found.judged_at) == ("overdue", true_moment, true_moment)


def test_a_pause_that_moves_the_due_moment_does_not_warn_again(clock, ticket_id, agent):
    clock.move(hours=3, minutes=1)
    sweep()
    wait_for(agent, ticket_id, status="waiting_customer", text="Which one?")
    clock.move(hours=1)
    wait_for(agent, ticket_id, status="waiting_supplier")
    clock.move(minutes=5)
    sweep()

    assert announced(ticket_id).count(("target_at_risk", "resolution", 75)) == 1


def test_a_new_target_may_warn_again(clock, make_ticket, agent):
    ticket_id = make_ticket(priority=2).id  # 8 working hours
    clock.set("2026-11-16T16:30Z")
    sweep()
    edit_fields(agent, ticket_id, {"impact": 2, "urgency": 2})  # P3: 24
    clock.set("2026-11-18T10:30Z")
    sweep()

    assert clocks(ticket_id)["resolution"].target_epoch == 2
    assert len([each for each in announced(ticket_id) if each[1:] == ("resolution", 75)]) == 2


def test_a_miss_is_announced_even_if_the_answer_came_before_the_sweep(clock, ticket_id, agent):
    clock.move(minutes=16)
    reply(agent, ticket_id, text="Sorry for the wait.")
    sweep()

    assert announced(ticket_id) == [("target_missed", "first_response", 100)]


def test_an_answer_in_time_silences_what_is_left(clock, ticket_id, agent):
    clock.move(minutes=12)
    reply(agent, ticket_id, text="Here we are.")
    sweep()

    assert announced(ticket_id) == []
    assert firings(ticket_id) == [("first_response", 75, "skipped: stopped", 45)]


def test_a_ticket_comes_into_its_new_band_with_the_sweep(clock, make_ticket):
    ticket_id = make_ticket(priority=3).id
    before = standing(ticket_id).band
    clock.move(hours=3, minutes=30)
    sweep()
    at_risk = standing(ticket_id).band
    clock.move(hours=1)
    sweep()

    assert (before, at_risk, standing(ticket_id).band) == (1, 0, 2)


def test_a_log_that_has_grown_is_folded_again_first(clock, ticket_id, agent):
    add_note(agent, ticket_id, text="Nobody has called back.")
    clock.move(minutes=12)
    sweep()

    head = (
        session()
        .scalars(select(StreamHead).where(StreamHead.kind == "ticket", StreamHead.id == ticket_id))
        .one()
    )
    assert {row.last_event_seq for row in clocks(ticket_id).values()} == {head.last_seq}
    assert len(announced(ticket_id)) == 1


def test_imported_history_is_dealt_with_in_silence(clock, import_row):
    ticket_id = import_row(opened="2026-03-02T10:00Z", resolved="2026-03-30T10:00Z")
    sweep()

    assert {outcome for _, _, outcome, _ in firings(ticket_id)} == {"suppressed: import"}
    assert announced(ticket_id) == []


def test_an_imported_request_that_is_still_open_is_announced_from_now_on(clock, import_row):
    clock.set("2026-11-16T09:00Z")
    ticket_id = import_row(opened="2026-11-12T09:00Z", resolved=None)  # 18 of 24 hours are used
    sweep()
    clock.set("2026-11-16T15:00:01Z")
    sweep()

    assert [outcome for _, _, outcome, _ in firings(ticket_id)] == [
        "suppressed: import",
        "skipped: late",
        "fired",
    ]


def test_any_number_of_sweeps_at_once_announce_everything_once(app, clock, make_ticket):
    tickets = [make_ticket(priority=1).id for _ in range(12)]
    clock.move(minutes=20)

    def one_of_many(_):
        with app.app_context():
            sweep(batch=3)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one_of_many, range(4)))
    sweep()

    assert [announced(each) for each in tickets] == [[("target_missed", "first_response", 100)]] * 12


def test_a_crash_before_the_commit_leaves_everything_due(clock, ticket_id, monkeypatch):
    clock.move(minutes=20)
    monkeypatch.setattr(sweeping, "place_again", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        sweep()
    monkeypatch.undo()
    session().rollback()

    assert (announced(ticket_id), oldest_unfired(clock.at).total_seconds()) == ([], 525)
    sweep()
    assert len(announced(ticket_id)) == 1


def test_what_is_announced_is_sealed_into_the_log(clock, ticket_id):
    clock.move(minutes=20)
    sweep()

    rows = session().scalars(
        select(EventRow).where(EventRow.stream_id == ticket_id, EventRow.stream_kind == "ticket")
    )
    previous = GENESIS
    for row in sorted(rows, key=lambda each: each.seq):
        columns = {column.name: getattr(row, column.name) for column in EventRow.__table__.columns}
        columns |= {name: instant_text(columns[name]) for name in ("at", "received_at")}
        assert (row.prev_hash, row.hash) == (previous, event_hash(columns))
        previous = row.hash


@pytest.mark.skipif("postgres" in os.environ.get("DATABASE_URL", ""), reason="it plans by statistics")
def test_a_batch_is_led_by_the_clocks_that_are_due_not_by_all_tickets(clock, ticket_id, count_statements):
    clock.move(days=30)
    with count_statements() as seen:
        sweep()
    claim = next(text for text in seen.texts if "JOIN sla_clock" in text)

    plan = session().connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {claim}", ("1",) * claim.count("?"))

    assert "ix_sla_clock_fire" in plan.all()[0].detail


@pytest.mark.skipif("postgres" not in os.environ.get("DATABASE_URL", ""), reason="SQLite's plan is above")
def test_postgresql_too_begins_at_the_clocks_that_are_due_when_all_are(clock, ticket_id):
    kept = ", ".join(column.name for column in CLOCKS.c if column.name not in ("id", "subject_id"))
    more = f"INSERT INTO sla_clock (subject_id, {kept}) SELECT subject_id + n, {kept} FROM sla_clock"
    heads = "INSERT INTO stream SELECT kind, id + n, last_seq, head_hash FROM stream"
    session().execute(text(f"{more}, generate_series(1, 3000) n"))
    session().execute(text(f"{heads}, generate_series(1, 3000) n WHERE kind = 'ticket'"))
    session().execute(text("ANALYZE sla_clock, stream"))
    claim = str(due_clocks._claiming(is_postgresql=True).statement.compile(session().get_bind()))
    values = {"now": clock.at + timedelta(days=90), "batch": 400, "kind_1": "ticket"}

    plan = str(session().connection().exec_driver_sql(f"EXPLAIN {claim}", values).all())

    assert "ix_sla_clock_fire" in plan
    assert "Sort" not in plan


def test_an_idle_sweep_asks_once(clock, ticket_id, count_statements):
    sweep()

    with count_statements() as seen:
        sweep()

    assert (seen.count, seen.commits) == (1, 0), str(seen)


def test_a_sweep_asks_as_much_for_thirty_tickets_as_for_ten_and_little_less_for_one(
    clock, make_ticket, count_statements
):
    counts = []
    for tickets in (1, 10, 30):
        for _ in range(tickets):
            make_ticket(priority=1)
        clock.move(minutes=20)
        with count_statements() as seen:
            sweep(batch=100)
        counts.append(seen.count)

    assert counts[1] == counts[2]
    assert counts[0] in {counts[1], counts[1] - 1}  # of one ticket, event and head are written together


def test_every_step_is_kept_with_its_lag(clock, ticket_id):
    clock.move(minutes=20)
    sweep()

    lags = session().scalars(select(Firing.lag_seconds).order_by(Firing.step)).all()
    assert (lags, session().scalar(select(func.count()).select_from(Clock))) == ([525, 390, 300], 2)
