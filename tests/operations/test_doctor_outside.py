"""What the examination finds outside of the desk: Redis, and the certificate that browsers see."""

import socket
import ssl
from dataclasses import replace
from datetime import timedelta

import pytest

from servicedesk.operations import surroundings
from servicedesk.operations.findings import State, examine

HTTPS = {"base_url": "https://desk.example.org", "host": "10.0.0.5"}


@pytest.fixture
def set_to(app):
    """Examine the desk with other settings: `set_to(redis_url=…)`."""

    def change(**given):
        app.config["SETTINGS"] = replace(app.config["SETTINGS"], **given)

    return change


def state(name: str) -> State:
    return examine()[name].state


def test_a_redis_that_does_not_answer(set_to):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        set_to(redis_url=f"redis://127.0.0.1:{free.getsockname()[1]}/0")

    assert state("redis") == "act"


@pytest.mark.parametrize(("policy", "found"), [("noeviction", "ok"), ("allkeys-lru", "act")])
def test_a_redis_that_throws_keys_away(set_to, monkeypatch, policy, found):
    set_to(redis_url="redis://127.0.0.1:6379/0")
    monkeypatch.setattr("redis.Redis.info", lambda _self, _part: {"maxmemory_policy": policy})

    assert state("redis") == found


@pytest.mark.parametrize(("days", "found"), [(60, "ok"), (13, "act"), (-1, "act")])
def test_a_certificate_that_ends_soon(set_to, monkeypatch, clock, days, found):
    set_to(**HTTPS)
    monkeypatch.setattr(surroundings, "certificate_ends_at", lambda _url: clock.at + timedelta(days=days))

    assert state("certificate") == found


@pytest.mark.parametrize(
    ("error", "found"),
    [(ssl.SSLCertVerificationError("expired"), "act"), (TimeoutError("timed out"), "look")],
)
def test_an_address_that_browsers_refuse_or_that_does_not_answer(set_to, monkeypatch, error, found):
    def fail(_url: str) -> None:
        error.verify_message = "certificate has expired"
        raise error

    set_to(**HTTPS)
    monkeypatch.setattr(surroundings, "certificate_ends_at", fail)

    assert state("certificate") == found
