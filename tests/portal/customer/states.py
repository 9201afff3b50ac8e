"""Every state a request can be in, as the sentences see it: status × promises × people × what is known."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

from portal.customer.standing import Facts, Promise
from servicedesk.tickets.core.statuses import DEFAULT_STATUSES

NOW = datetime(2026, 11, 16, 10, 0, tzinfo=UTC)
SOON, LATER, BEFORE = NOW + timedelta(hours=2), NOW + timedelta(days=1), NOW - timedelta(hours=1)
CATEGORIES = {status.key: str(status.category) for status in DEFAULT_STATUSES}
CLOCKS = ("running", "paused", "overdue", "met", "missed", "cancelled", None)
WORDS = (
    *(("first_response", state) for state in CLOCKS),
    *(("next_response", state) for state in ("running", "overdue")),
    *(("update", state) for state in ("running", "paused", "overdue")),
)
PEOPLE = (("", False), ("", True), ("Giorgi", True))


def facts(status: str, *promises: Promise, **known: Any) -> Facts:
    """Return the facts of a request of the team Servers that came in an hour ago."""
    given = {"team": "Servers", "opened_at": BEFORE, "promises": promises}
    return Facts(category=CATEGORIES[status], status=status, **given | known)


def every_facts() -> Iterator[Facts]:
    """Yield some thousand facts: all combinations, also those that a desk would seldom see."""
    for status, word, solve, people, at in product(CATEGORIES, WORDS, CLOCKS, PEOPLE, (BEFORE, None)):
        promises = (*promise(*word, SOON), *promise("resolution", solve, LATER))
        yield facts(status, *promises, **_known(status, word, people, at))


def promise(kind: str, state: str | None, by: datetime) -> tuple[Promise, ...]:
    return (Promise(kind, state, None if state == "paused" else by, 12_000),) if state else ()


def _known(
    status: str, word: tuple[str, str | None], people: tuple[str, bool], at: datetime | None
) -> dict[str, Any]:
    is_answered = word[0] != "first_response" or word[1] in ("met", "missed")
    return {
        "person": people[0],
        "is_sorted": people[1],
        "opened_at": at,
        "answered_at": at if is_answered else None,
        "last_by": "agent" if is_answered else "customer",
        "last_message_at": at,
        "resolved_at": at if CATEGORIES[status] in ("resolved", "closed") else None,
        "closed_at": at if CATEGORIES[status] == "closed" else None,
        "wake_at": LATER if status == "scheduled" and at else None,
        "closes_at": LATER if at else None,
        "reopen_until": LATER if at and status == "closed" else None,
        "reopened_count": 1 if at and word[1] == "paused" else 0,
    }
