"""What people do most, as a browser does it: the desk's side of each comparison, and the anchor's."""

import json
import secrets
from dataclasses import asdict, dataclass
from itertools import cycle
from pathlib import Path

from benchmarks.anchor.tables import MESSAGES_OF_THE_LONG_TICKET
from benchmarks.client import Answer, Client
from benchmarks.processes import Server
from benchmarks.rounds import Ask
from benchmarks.weight import weigh

TEXT = "The printer in room 212 stopped working after the change of paper. Fourteen people wait for it."
FORM, QUEUE, SIGN_IN = "/requests/new", "/desk/queue/all", "/sign-in"
MONTHS = "/reports/months.csv?months=24"
TOKENS = ("csrf_token", "idempotency_key", "row_version")
ANSWERED_TICKETS = 200
LIMITS = {"customer's form": (25_000, 4), "agent's list": (50_000, 5)}


@dataclass(frozen=True)
class Operation:
    """One thing that both servers can be asked for.

    `goal`: how many times the anchor's CPU it may take, or how many milliseconds where `in_milliseconds`.
    """

    name: str
    goal: float
    anchor: Ask
    product: Ask
    in_milliseconds: bool = False


def long_tickets(customer: Client, count: int) -> list[str]:
    """File so many requests with twenty messages each, and return their numbers."""
    return [_long_ticket(customer) for _ in range(count)]


def prepare(anchor: Server, product: Server, folder: Path) -> list[Operation]:
    """Sign in, make a ticket with twenty messages, and return the operations."""
    floor, customer = Client(anchor.url), signed_in(product, folder, "customer")
    agent, manager = signed_in(product, folder, "agent"), signed_in(product, folder, "manager")
    long_ticket = _long_ticket(customer)
    return [
        Operation("1 file a request", 3, _file_plainly(floor), _file(customer)),
        Operation("2 queue page, 50 rows", 3, lambda: floor.get("/queue-columns"), lambda: agent.get(QUEUE)),
        Operation(
            "3 ticket with 20 messages",
            4,
            lambda: floor.get("/tickets/1"),
            lambda: agent.get(f"/desk/tickets/{long_ticket}"),
        ),
        Operation(
            "5 reply, state and clock change",
            7,
            lambda: floor.post("/tickets/2/messages", {"text": TEXT}),
            _answer(customer, agent),
            in_milliseconds=True,
        ),
        Operation(
            "7 report, 24 months by queue, rolled up",
            0.2,
            lambda: floor.get("/report"),
            lambda: manager.get(MONTHS),
        ),
        Operation(
            "7 report, 24 months by queue, counted anew",
            1.5,
            lambda: floor.get("/report"),
            lambda: manager.get(f"{MONTHS}&anew=1"),
        ),
    ]


def weights(product: Server, folder: Path) -> dict[str, dict[str, int]]:
    """Return and print what the two commonest pages weigh with everything they load."""
    found = {
        "customer's form": weigh(signed_in(product, folder, "customer", encoding="gzip"), "/"),
        "agent's list": weigh(signed_in(product, folder, "agent", encoding="gzip"), QUEUE),
    }
    for name, weight in found.items():
        size, requests = LIMITS[name]
        verdict = "kept" if weight.size <= size and weight.requests <= requests else "MISSED"
        print(
            f"  10 {name}: {weight.size / 1000:.1f} kB in {weight.requests} requests,"
            f" goal {size / 1000:.0f} kB in {requests}: {verdict}",
            flush=True,
        )
    return {name: asdict(weight) for name, weight in found.items()}


def signed_in(server: Server, folder: Path, role: str, *, encoding: str = "identity") -> Client:
    people = json.loads((folder / "demo-sign-ins.json").read_text("utf-8"))
    person = next(row for row in people if row["role"] == role)
    client = Client(server.url, encoding=encoding)
    form = {**_tokens(client.get(SIGN_IN)), "email": person["email"], "password": person["password"]}
    _must_redirect(client.post(SIGN_IN, form))
    return client


def _tokens(page: Answer) -> dict[str, str]:
    """Return what the page's form carries, besides what a person fills in."""
    return {name: value for name, value in page.hidden_fields().items() if name in TOKENS}


def _must_redirect(answer: Answer) -> str:
    if answer.status != 303:
        raise SystemExit(f"a form was refused with status {answer.status}:\n{answer.text()[:2000]}")
    return answer.headers["Location"]


def _file(customer: Client) -> Ask:
    """File the same text again and again, each time as a form drawn anew: with a key of its own."""
    tokens = _tokens(customer.get(FORM))

    def ask() -> Answer:
        return customer.post(FORM, _anew(tokens) | {"text": TEXT})

    return ask


def _anew(tokens: dict[str, str]) -> dict[str, str]:
    return tokens | {"idempotency_key": secrets.token_urlsafe(24)}


def _file_plainly(floor: Client) -> Ask:
    return lambda: floor.post("/tickets", {"subject": TEXT})


def _answer(customer: Client, agent: Client) -> Ask:
    """Answer tickets in turn: each reply also lets a ticket wait, resolves it, or opens it again.

    There are enough of them that none grows a log such as people never write. Each form is sent as by a
    browser that has shown what the one before led to: else the notices would pile up in its cookie.
    """
    tokens = _tokens(customer.get(FORM))
    filed = [
        _must_redirect(customer.post(FORM, _anew(tokens) | {"text": TEXT})).rpartition("/")[2]
        for _ in range(ANSWERED_TICKETS)
    ]
    token = {"csrf_token": _tokens(agent.get(f"/desk/tickets/{filed[0]}"))["csrf_token"], "text": TEXT}
    turns = cycle(
        (f"/desk/tickets/{ref}/{page}", token | more)
        for page, more in (
            ("messages", {"kind": "reply", "then": "wait"}),
            ("messages", {"kind": "reply", "then": "resolve"}),
            ("reopen", {}),
        )
        for ref in filed
    )
    as_shown = dict(agent.cookies)

    def ask() -> Answer:
        agent.cookies = dict(as_shown)
        return agent.post(*next(turns))

    return ask


def _long_ticket(customer: Client) -> str:
    """File a request, write on until it has twenty messages, and return its number."""
    tokens = _tokens(customer.get(FORM))
    page = _must_redirect(customer.post(FORM, tokens | {"text": TEXT}))
    for _ in range(MESSAGES_OF_THE_LONG_TICKET - 1):
        _must_redirect(customer.post(f"{page}/messages", _tokens(customer.get(page)) | {"text": TEXT}))
    return page.rpartition("/")[2]
