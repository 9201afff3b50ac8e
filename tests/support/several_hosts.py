"""A desk as it runs on several machines: two of each process on PostgreSQL and Redis, behind one address."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import cycle
from pathlib import Path

import sqlalchemy as sa

from tests.support.processes import ROOT, Processes, free_port
from tests.support.redis_server import RedisServer
from tests.support.running_desk import LOADS_WITHIN_SECONDS, STARTS_WITHIN_SECONDS, RunningDesk, is_ready


@contextmanager
def desk_on_several_hosts(folder: Path, server: str) -> Iterator[RunningDesk]:
    """Run the demo desk on a database of its own on `server`, behind one address, until the block ends."""
    balancer, ports = free_port(), [free_port(), free_port()]
    redis = RedisServer()
    with _database(server) as url:
        processes = Processes(
            *(folder, url),
            REDIS_URL=redis.url,
            BASE_URL=f"http://127.0.0.1:{balancer}",
            DEMO="1",
            DESK_UNDO_SECONDS="0",
        )
        processes.module = "app"
        try:
            _prepare(processes.environment)
            for port in ports:
                processes.start("web", PORT=str(port))
                processes.start("worker")
                processes.start("scheduler")
            _wait_for(ports, processes)
            _share_out(balancer, ports)
            yield RunningDesk(f"http://127.0.0.1:{balancer}", folder)
        finally:
            processes.kill()
            redis.close()


@contextmanager
def _database(server: str) -> Iterator[sa.URL]:
    name = f"desk_test_several_{os.getpid()}"
    address = sa.make_url(server).set(drivername="postgresql+psycopg")
    admin = sa.create_engine(address, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with admin.connect() as connection:
        connection.exec_driver_sql(f'CREATE DATABASE "{name}"')
    try:
        yield address.set(drivername="postgresql", database=name)
    finally:
        with admin.connect() as connection:
            connection.exec_driver_sql(f'DROP DATABASE "{name}" WITH (FORCE)')


def _prepare(environment: dict[str, str]) -> None:
    made = subprocess.run(
        [sys.executable, "-m", "app", "prepare"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=LOADS_WITHIN_SECONDS,
        check=False,
    )
    assert made.returncode == 0, made.stderr[-4000:]


def _wait_for(ports: Sequence[int], processes: Processes) -> None:
    give_up = time.monotonic() + STARTS_WITHIN_SECONDS
    while not all(is_ready(f"http://127.0.0.1:{port}") for port in ports):
        assert time.monotonic() < give_up, processes.logs()
        time.sleep(0.2)


def _share_out(port: int, ports: Sequence[int]) -> None:
    """Listen on `port` and give each connection to the next of `ports`, for as long as this process lives."""
    listening = socket.create_server(("127.0.0.1", port))

    def accept() -> None:
        for target in cycle(ports):
            asked, _address = listening.accept()
            threading.Thread(target=_connect, args=(asked, target), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()


def _connect(asked: socket.socket, port: int) -> None:
    with asked, suppress(OSError), socket.create_connection(("127.0.0.1", port)) as answering:
        back = threading.Thread(target=_pour, args=(answering, asked), daemon=True)
        back.start()
        _pour(asked, answering)
        back.join()


def _pour(source: socket.socket, into: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            into.sendall(data)
    with suppress(OSError):
        into.shutdown(socket.SHUT_WR)
