"""`/metrics`: figures of the desk for Prometheus, for this machine or a bearer of the token (R27)."""

from datetime import timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.exc import OperationalError

from servicedesk.kernel import job_queue
from servicedesk.kernel.command import saving
from servicedesk.kernel.heartbeats import beat
from servicedesk.kernel.jobs import later
from servicedesk.kernel.refs import System
from servicedesk.operations import figures, metrics
from servicedesk.operations.backup import make_backup

TOKEN = "a-token-of-at-least-32-characters.0"
Sample = tuple[str, tuple[tuple[str, str], ...]]


@pytest.fixture
def desk(make_app, monkeypatch):
    """A desk that reads its figures anew each time."""
    monkeypatch.setattr(metrics, "KEPT_SECONDS", 0.0)
    return make_app(metrics_token=TOKEN)


@pytest.fixture
def read(desk):
    """Read the figures: a sample's name and labels give its value."""

    def ask() -> dict[Sample, float]:
        answer = desk.test_client().get("/metrics")
        assert answer.status_code == 200
        families = text_string_to_metric_families(answer.text)
        samples = [sample for family in families for sample in family.samples]
        return {(each.name, tuple(sorted(each.labels.items()))): each.value for each in samples}

    return ask


def test_requests_are_counted_by_rule_method_and_class_of_status(desk, read):
    browser = desk.test_client()
    for path in ("/healthz", "/healthz", "/requests/SD-1", "/requests/SD-2", "/no/such/page"):
        browser.get(path)

    found = read()

    counted = {labels: value for (name, labels), value in found.items() if name == "desk_requests_total"}
    rules = {dict(labels)["rule"] for labels in counted}
    assert counted[("method", "GET"), ("rule", "/healthz"), ("status", "2xx")] == 2
    assert "-" in rules
    assert not any("SD-" in rule for rule in rules)


def test_how_long_requests_took_is_a_histogram(desk, read):
    desk.test_client().get("/healthz")

    found = read()

    labels = (("method", "GET"), ("rule", "/healthz"))
    assert found["desk_request_seconds_count", labels] == 1
    assert found["desk_request_seconds_bucket", (("le", "+Inf"), *labels)] == 1
    assert 0 < found["desk_request_seconds_sum", labels] < 10


def test_an_unheard_of_method_makes_no_label_of_its_own(desk, read):
    desk.test_client().open("/healthz", method="BREW")

    assert not [labels for _name, labels in read() if ("method", "BREW") in labels]


def test_jobs_delays_and_heartbeats_are_shown(read, clock):
    beat("m:1:a", "worker")
    with saving(System()):
        later("test.work")
        later("test.later", run_at=clock.at + timedelta(days=1))
    clock.move(seconds=90)

    found = read()

    assert found["desk_jobs", (("kind", "test.work"), ("state", "queued"))] == 1
    assert found["desk_delay_seconds", (("of", "oldest_due_job"),)] == 90
    assert found["desk_heartbeat_age_seconds", (("role", "worker"),)] == 90
    assert found["desk_dead_jobs", ()] == 0


def test_a_dead_job_is_shown(read, clock):
    with saving(System()):
        later("test.work")
    [claim] = [
        each for each in job_queue.claim("m:1:a", limit=9, lease_seconds=9) if each.kind == "test.work"
    ]
    for attempts in range(8):
        job_queue.fail(job_queue.Claim(claim.id, claim.kind, {}, attempts, "m:1:a"), "no")
        clock.move(days=1)
        job_queue.claim("m:1:a", limit=9, lease_seconds=9)

    assert read()["desk_dead_jobs", ()] == 1


def test_the_queue_is_shown_by_bands_and_late_clocks_wait_to_be_announced(read, make_ticket, clock):
    make_ticket(priority=1)
    make_ticket(priority=4)
    clock.move(minutes=20)

    found = read()

    bands = {
        dict(labels)["band"]: value for (name, labels), value in found.items() if name == "desk_open_tickets"
    }
    assert bands == {"now": 1, "in_time": 1, "overdue": 0, "waiting": 0}
    assert found["desk_clocks_due", ()] >= 1
    assert found["desk_delay_seconds", (("of", "sla_sweep"),)] == pytest.approx(525, abs=1)


def test_what_runs_here_and_the_last_backup_are_shown(read, clock, tmp_path):
    make_backup(tmp_path / "desk.tar")

    found = read()

    [build] = [dict(labels) for name, labels in found if name == "desk_build_info"]
    assert set(build) == {"version", "database", "schema"}
    assert found["desk_last_backup_timestamp_seconds", ()] == clock.at.timestamp()
    assert found["desk_database_up", ()] == 1
    connections = [value for (name, _labels), value in found.items() if name == "desk_database_connections"]
    assert sum(connections) >= 1


def test_a_database_that_does_not_answer_is_a_figure_too(desk, read, monkeypatch):
    def fail() -> None:
        raise OperationalError("SELECT", {}, Exception("gone"))

    broken = figures.Figure("desk_broken", "Never read.", (), fail)
    monkeypatch.setitem(figures.figures, "desk_broken", broken)

    found = read()

    assert found["desk_database_up", ()] == 0
    assert any(name == "desk_requests_total" for name, _labels in read())


@pytest.mark.parametrize(
    ("headers", "address", "host", "status"),
    [
        ({}, "127.0.0.1", "localhost:8000", 200),
        ({}, "::1", "localhost", 200),
        ({}, "10.1.2.3", "localhost", 403),
        ({"X-Forwarded-For": "203.0.113.9"}, "127.0.0.1", "localhost", 403),
        ({"Forwarded": "for=203.0.113.9"}, "127.0.0.1", "localhost", 403),
        ({}, "127.0.0.1", "desk.example.org", 403),
        ({"Authorization": f"Bearer {TOKEN}"}, "203.0.113.9", "desk.example.org", 200),
        ({"Authorization": f"Bearer {TOKEN}x"}, "203.0.113.9", "desk.example.org", 403),
        ({"Authorization": "Bearer"}, "203.0.113.9", "desk.example.org", 403),
        ({"Authorization": f"Basic {TOKEN}"}, "203.0.113.9", "desk.example.org", 403),
    ],
)
def test_figures_are_for_this_machine_or_a_bearer_of_the_token(make_app, headers, address, host, status):
    hosts = ("localhost", "desk.example.org")
    desk = make_app(metrics_token=TOKEN, trusted_hosts=hosts)

    answer = desk.test_client().get(
        "/metrics", headers=headers | {"Host": host}, environ_overrides={"REMOTE_ADDR": address}
    )

    assert answer.status_code == status


def test_without_a_token_nobody_on_another_machine_gets_in(client):
    answer = client.get(
        "/metrics", headers={"Authorization": "Bearer "}, environ_overrides={"REMOTE_ADDR": "203.0.113.9"}
    )

    assert answer.status_code == 403


def test_the_database_is_asked_once_however_many_monitors_ask(client, count_statements):
    client.get("/metrics")

    with count_statements() as seen:
        client.get("/metrics")

    assert seen.count == 0
