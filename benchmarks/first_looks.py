"""Pages as they are first seen: by who has not looked yet, and just after somebody changed something."""

import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import cycle
from statistics import median

from benchmarks.client import Answer, Client
from benchmarks.processes import scheduled_seconds
from benchmarks.rounds import Ask

LOOKS = 60
SETTLE_SECONDS = 0.003  # a server still tidies up when its answer is here

Burns = Callable[[], Iterable[int]]
Cost = dict[str, float]


@dataclass(frozen=True)
class People:
    """Who looks, and who changes something before that: a colleague, and the customer who asked."""

    agent: Client
    lead: Client
    customer: Client


@dataclass(frozen=True)
class Floor:
    """The anchor's pages that these are compared with, and the processes that work for either side."""

    queue: Ask
    ticket: Ask
    burns: Burns
    product_burns: Burns


def first_looks(floor: Floor, people: People, tickets: Sequence[str]) -> dict[str, Cost]:
    """Return and print the CPU of each first look beside the anchor's page; `tickets` have 20 messages."""
    agent, rows = people.agent, _rows(people.agent)
    unseen, answered = iter(tickets), cycle(tickets)
    note = _form(people.lead, _page(rows[0])) | {"kind": "note", "text": "Seen."}
    message = _form(people.customer, f"/requests/{tickets[0]}") | {"text": "It is still so."}
    noted = cycle(rows)

    def written() -> str:
        ref = next(answered)
        _must_be(303, people.customer.post(f"/requests/{ref}/messages", message))
        return ref

    def queue() -> str:
        _must_be(303, people.lead.post(f"{_page(next(noted))}/messages", note))
        return "/desk/queue/all"

    found = {
        "2 queue after a change": _cost(floor, floor.queue, queue, agent, LOOKS),
        "3 ticket, never seen": _cost(floor, floor.ticket, lambda: _page(next(unseen)), agent, len(tickets)),
        "3 ticket after a message": _cost(floor, floor.ticket, lambda: _page(written()), agent, LOOKS),
    }
    for name, cost in found.items():
        print(f"  {name:<32} {cost['cpu_ms']:5.2f} ms cpu: {cost['ratio']:4.1f} A", flush=True)
    return found


def _cost(floor: Floor, ask_floor: Ask, path: Callable[[], str], agent: Client, looks: int) -> Cost:
    """Return the medians of single looks, each beside one at the anchor; `path` may change something."""
    taken = []
    for _ in range(looks):
        least = _seconds(floor.burns, ask_floor)
        taken.append((least, _seconds(floor.product_burns, partial(agent.get, path()))))
    least, most = (median(seconds) for seconds in zip(*taken, strict=True))
    return {"anchor_cpu_ms": least * 1000, "cpu_ms": most * 1000, "ratio": most / least, "looks": looks}


def _seconds(burns: Burns, ask: Ask) -> float:
    time.sleep(SETTLE_SECONDS)
    before = scheduled_seconds(burns())
    _must_be(200, ask())
    time.sleep(SETTLE_SECONDS)
    return scheduled_seconds(burns()) - before


def _rows(agent: Client) -> list[str]:
    return re.findall(r'id="row-([^"]+)"', agent.get("/desk/queue/all").text())


def _page(ref: str) -> str:
    return f"/desk/tickets/{ref}"


def _form(client: Client, page: str) -> dict[str, str]:
    return {"csrf_token": client.get(page).hidden_fields()["csrf_token"]}


def _must_be(status: int, answer: Answer) -> None:
    if answer.status != status:
        raise SystemExit(f"a page answered with status {answer.status}:\n{answer.text()[:2000]}")
