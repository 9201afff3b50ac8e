"""Redis only rings the bell: whatever it loses, doubles or is given by others, each effect happens once."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from rq import Callback, Queue
from rq.serializers import JSONSerializer
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from servicedesk.kernel import heartbeats, lending, relay
from servicedesk.kernel.db import db, session
from servicedesk.kernel.jobs import Job, job
from servicedesk.kernel.refs import System
from servicedesk.kernel.relay import LENT_SECONDS, LONG, MOST_WAITING, Relay, queue_name
from servicedesk.kernel.scheduler import run_scheduler
from servicedesk.kernel.worker import run_worker
from tests.kernel.working import count, count_up, enqueue, stored

pytestmark = [pytest.mark.redis, pytest.mark.usefixtures("kinds")]


@pytest.fixture
def mine(redis_url) -> Relay:
    """A relay that only does what the test tells it."""
    job("test.count")(lambda: count_up(System()))
    return Relay(redis_url)


@pytest.fixture
def listen(app, mine):
    """Run a worker that ends itself after `jobs` of them."""

    def run(jobs: int) -> None:
        stop, left = threading.Event(), [jobs]

        @job("test.count")
        def end() -> None:
            count_up(System())
            left[0] -= 1
            if not left[0]:
                stop.set()

        session().rollback()
        run_worker(app, stop=stop)

    return run


def waiting(redis_url: str, name: str) -> int:
    from redis import Redis

    with Redis.from_url(redis_url) as client:
        return client.llen(f"rq:queue:{name}")


def lent() -> list[int]:
    session().rollback()
    return list(session().scalars(select(Job.id).where(Job.state == "queued", Job.lease_until.is_not(None))))


def enqueue_many(number: int) -> None:
    for _ in range(number):
        enqueue("test.count")


def test_what_is_handed_over_once_is_not_handed_over_again(mine):
    enqueue_many(3)

    assert [mine.turn(), mine.turn()] == [3, 0]
    assert waiting(mine.url, queue_name(5)) == 3


def test_a_number_that_was_not_brought_back_is_handed_over_again_after_its_lease(mine, clock):
    enqueue_many(1)
    mine.turn()

    clock.move(seconds=LENT_SECONDS - 1)
    too_early = mine.turn()
    clock.move(seconds=2)

    assert (too_early, mine.turn()) == (0, 1)


def test_a_redis_that_was_emptied_is_told_everything_again_at_once(mine, redis_server, listen):
    enqueue_many(3)
    before = count()
    mine.turn()

    redis_server.client.flushall()

    assert mine.turn() == 3
    listen(3)
    assert count() == before + 3
    assert set(stored()) == {("test.count", "done", 1)}


def test_a_redis_that_was_killed_is_told_everything_again_when_it_is_back(mine, redis_server):
    enqueue_many(3)
    mine.turn()
    redis_server.kill()
    while_away = mine.turn()
    assert not mine.is_connected

    redis_server.start()
    mine.outage.over_at = 0.0  # the relay leaves it alone for half a second

    assert (while_away, mine.turn(), mine.is_connected) == (0, 3, True)


def test_jobs_that_could_not_be_handed_over_wait_in_the_table(mine, redis_server, monkeypatch):
    mine.turn()
    enqueue_many(2)
    monkeypatch.setattr(mine, "_push", lambda _lent: (redis_server.kill(), mine.client.ping()))

    mine.turn()

    assert lent() == []
    assert stored() == [("test.count", "queued", 0)] * 2


def test_a_number_that_comes_twice_is_run_once(mine, listen):
    enqueue_many(2)
    before = count()
    mine.turn()
    lending.call_back()
    mine.turn()
    assert waiting(mine.url, queue_name(5)) == 4

    listen(2)

    assert count() == before + 2


def test_four_relays_at_once_hand_over_each_job_once(app, mine):
    enqueue_many(40)
    mine.turn()
    lending.call_back()
    db.session.remove()

    def turn(_number: int) -> int:
        with app.app_context():
            return Relay(mine.url).turn()

    with ThreadPoolExecutor(4) as pool:
        handed = list(pool.map(turn, range(4)))

    assert sum(handed) == 40


def test_redis_never_holds_more_numbers_than_it_may(mine, monkeypatch):
    monkeypatch.setattr(relay, "MOST_WAITING", 5)
    enqueue_many(8)

    assert (mine.turn(), len(lent())) == (5, 5)
    assert mine.turn() == 0
    assert MOST_WAITING > 5


def test_long_jobs_have_a_queue_of_their_own(mine):
    job("test.train", own_transactions=True, deadline_seconds=600)(lambda: None)
    enqueue("test.train", priority=0)

    mine.turn()

    assert (waiting(mine.url, LONG), waiting(mine.url, queue_name(0))) == (1, 0)


def test_a_job_that_the_desk_did_not_put_there_is_thrown_away_unread(mine, listen, redis_server, tmp_path):
    queue = Queue(queue_name(0), connection=redis_server.client, serializer=JSONSerializer)
    queue.enqueue("os.mkdir", str(tmp_path / "foreign"))
    queue.enqueue(relay.RUN, 0, on_success=Callback("os.mkdir"))
    queue.enqueue(relay.RUN, "0")
    Queue(queue_name(1), connection=redis_server.client).enqueue("os.mkdir", str(tmp_path / "pickled"))
    enqueue_many(1)
    mine.turn()

    listen(1)

    assert list(tmp_path.iterdir()) == []
    assert [len(queue), len(queue.failed_job_registry)] == [0, 0]


def test_while_redis_is_away_the_worker_takes_jobs_from_the_table(mine, redis_server, listen):
    redis_server.kill()
    enqueue_many(3)
    before = count()

    listen(3)

    assert count() == before + 3


def test_while_no_relay_is_at_work_the_worker_takes_jobs_from_the_table(mine, listen):
    enqueue_many(3)
    before = count()

    listen(3)

    assert count() == before + 3


def test_a_number_that_redis_lost_is_not_waited_for(mine, redis_server, listen):
    enqueue_many(3)
    before = count()
    mine.turn()
    redis_server.client.delete(f"rq:queue:{queue_name(5)}")

    listen(3)

    assert count() == before + 3


def test_a_number_that_came_while_the_database_was_away_comes_again(app, mine, monkeypatch):
    stop, claims = threading.Event(), []

    def fail(id_: int, *_: object, **__: object) -> None:
        claims.append(id_)
        stop.set()
        raise OperationalError("update", {}, Exception("gone"))

    enqueue_many(1)
    mine.turn()
    monkeypatch.setattr(lending, "claim_lent", fail)
    session().rollback()

    run_worker(app, stop=stop)

    assert len(claims) == 1
    assert lent() == []


def test_a_scheduler_with_redis_relays_and_says_so(app, mine, monkeypatch):
    stop, beats = threading.Event(), []
    enqueue_many(1)

    def stop_after_the_first_round(_seconds: float) -> bool:
        beats.append(heartbeats.last_beat("relay"))
        stop.set()
        return True

    monkeypatch.setattr(stop, "wait", stop_after_the_first_round)
    monkeypatch.setattr(Relay, "turn", lambda self: _turn(self) and 0)

    run_scheduler(app, stop=stop)
    session().rollback()

    assert beats != [None]
    assert heartbeats.last_beat("relay") is None
    assert waiting(mine.url, queue_name(5)) >= 1


_turn = Relay.turn


def test_a_scheduler_whose_redis_is_away_does_not_claim_to_relay(app, mine, redis_server, monkeypatch):
    stop, beats = threading.Event(), []
    redis_server.kill()
    monkeypatch.setattr(stop, "wait", lambda _s: (beats.append(heartbeats.last_beat("relay")), stop.set()))

    run_scheduler(app, stop=stop)

    assert beats == [None]
    assert "test.count" not in {kind for kind, _state, _attempts in stored()}
