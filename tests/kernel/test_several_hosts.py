"""Two web processes, two workers and two schedulers on one database and one Redis, as on several machines."""

import json
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from sqlalchemy import text

from servicedesk.identity.api_tokens import issue_api_token
from servicedesk.kernel.db import session
from tests.support.processes import Processes, free_port
from tests.support.redis_server import RedisServer

REQUESTS = 60
WITHIN_SECONDS = 90

pytestmark = [pytest.mark.redis, pytest.mark.slow, pytest.mark.usefixtures("marks")]


@dataclass
class Hosts:
    """What runs, and an agent's token with which requests are filed."""

    processes: Processes
    redis: RedisServer
    ports: list[int]
    secret: str

    def ask(self, port: int, path: str, body: dict[str, str] | None = None) -> dict[str, object]:
        headers = {"Authorization": f"Bearer {self.secret}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data, headers)
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310  (our own)
            return json.load(answer)

    def file(self, number: int) -> float:
        """File a request with one web process or the other; return the seconds it took."""
        began = time.monotonic()
        self.ask(
            self.ports[number % 2], "/api/v1/tickets", {"subject": f"Request {number}", "text": "It is slow."}
        )
        return time.monotonic() - began

    def file_many(self, numbers: range) -> list[float]:
        with ThreadPoolExecutor(4) as pool:
            return list(pool.map(self.file, numbers))

    def is_ready(self) -> bool:
        try:
            return all(self.ask(port, "/readyz")["status"] == "ready" for port in self.ports)
        except OSError:
            return False


@pytest.fixture
def hosts(app, tmp_path, redis_server, make_person) -> Iterator[Hosts]:
    agent = make_person("agent")
    processes = Processes(tmp_path, session().get_bind().engine.url, REDIS_URL=redis_server.url)
    ports = [free_port(), free_port()]
    found = Hosts(processes, redis_server, ports, issue_api_token(agent, agent.id, name="test"))
    for port in ports:
        processes.start("web", PORT=str(port))
        processes.start("worker")
        processes.start("scheduler")
    wait_until(found.is_ready, processes)
    yield found
    processes.kill()


def wait_until(happened: Callable[[], bool], processes: Processes) -> None:
    give_up = time.monotonic() + WITHIN_SECONDS
    while not happened():
        assert time.monotonic() < give_up, processes.logs()
        time.sleep(0.1)


def rows(query: str) -> list[tuple[object, ...]]:
    session().rollback()
    return [tuple(row) for row in session().execute(text(query))]


def is_everything_done() -> bool:
    return rows("SELECT count(*) FROM job WHERE state <> 'done' AND kind NOT LIKE 'sla.%'") == [(0,)]


def test_requests_filed_while_parts_die_are_all_there_and_each_effect_happens_once(hosts):
    third = REQUESTS // 3
    took = hosts.file_many(range(third))
    hosts.redis.client.flushall()
    hosts.processes.kill_one("worker")
    hosts.processes.kill_one("scheduler")
    hosts.redis.kill()

    took += hosts.file_many(range(third, 2 * third))
    hosts.redis.start()
    took += hosts.file_many(range(2 * third, REQUESTS))
    wait_until(is_everything_done, hosts.processes)

    assert sorted(took)[int(0.95 * REQUESTS)] < 5, took  # seconds, on a machine that may be busy
    assert rows("SELECT count(*), count(DISTINCT id) FROM ticket") == [(REQUESTS, REQUESTS)]
    marks = "SELECT count(*), count(DISTINCT key) FROM test_mark WHERE key <> 'tick'"
    assert rows(marks) == [(REQUESTS, REQUESTS)]
    decided = "SELECT count(*), count(DISTINCT stream_id) FROM event WHERE type = 'routing_decided'"
    assert rows(decided) == [(REQUESTS, REQUESTS)]
    # One statement, for more seconds go by meanwhile.
    ticks = "SELECT count(*), count(DISTINCT unique_key), (SELECT count(*) FROM test_mark WHERE key = 'tick')"
    [(ran, seconds, marked)] = rows(f"{ticks} FROM job WHERE kind = 'test.tick' AND state = 'done'")
    assert ran == seconds == marked > 3
