"""How far announcements are behind is shown, and alarms without any sweeper (X5, X6)."""

from sla.sweep import sweep


def measured(client):
    return client.get("/readyz").json


def test_the_lag_of_the_last_hour_is_shown(clock, make_ticket, client):
    make_ticket(priority=1)
    clock.move(minutes=15, seconds=31)
    sweep()

    assert measured(client)["measures"]["sla_lag"] == {"p99_seconds": 31, "max_seconds": 31}


def test_what_was_announced_hours_ago_counts_no_more(clock, make_ticket, client):
    make_ticket(priority=1)
    clock.move(minutes=16)
    sweep()
    clock.move(hours=1, seconds=1)

    assert measured(client)["measures"]["sla_lag"] == {"p99_seconds": 0, "max_seconds": 0}


def test_a_step_that_waits_for_more_than_a_minute_alarms_though_no_sweep_runs(clock, make_ticket, client):
    make_ticket(priority=1)
    clock.move(minutes=11, seconds=15 + 60)
    before = measured(client)["checks"]["sla_sweep"]
    clock.move(seconds=1)

    assert before == {"ok": True, "waiting_seconds": 60}
    assert measured(client)["checks"]["sla_sweep"] == {"ok": False, "waiting_seconds": 61}
