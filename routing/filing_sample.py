"""Filing labelled requests as a customer would, and counting what routing did with them."""

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

from sqlalchemy import func, select

from routing.core.model import Target
from routing.evaluation import percentile
from routing.filing_client import Customer, NotServed, Sent
from routing.models import RoutingProposal
from routing.queries import candidates_of
from routing.targets import destination_of
from servicedesk.kernel.db import session
from servicedesk.kernel.folding import fold_text
from servicedesk.tickets.importing.references import known_names
from servicedesk.tickets.models import Ticket

LOOK_EVERY_SECONDS = 0.5
_NUMBER = re.compile(r"(\d+)/?$")


@dataclass(frozen=True, slots=True)
class Filed:
    """A filed request: its number and the label it should get."""

    number: int
    label: str
    sent: Sent


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleResult:
    """What became of the filed requests; times in milliseconds, at the 50th and 95th percentile.

    first_right, in_three: in how many the first candidate, or one of three, was right, routed or not.
    """

    filed: int
    decided: int
    routed: int
    right: int
    first_right: int
    in_three: int
    filing: tuple[float, float]
    proposal: tuple[float, float]

    @property
    def precision(self) -> float | None:
        """The share of routed requests that came to the right place."""
        return self.right / self.routed if self.routed else None

    @property
    def coverage(self) -> float:
        """The share of filed requests that were routed."""
        return self.routed / self.filed if self.filed else 0.0


def file_rows(
    customer: Customer, rows: Sequence[tuple[str, str]], *, filed_one: Callable[[], None] = lambda: None
) -> list[Filed]:
    """File each (text, label) through the portal, one after the other."""
    filed = []
    for text, label in rows:
        sent = customer.file(text)
        number = _NUMBER.search(sent.path)
        if number is None:
            raise NotServed(f"filing led to {sent.path}, which names no request")
        filed.append(Filed(int(number[1]), label, sent))
        filed_one()
    return filed


def wait_until_decided(filed: Sequence[Filed], *, seconds: float) -> None:
    """Wait until routing has looked at all of them, or no longer than that."""
    numbers = [each.number for each in filed]
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        session().rollback()  # look at what is committed now
        query = select(func.count()).where(RoutingProposal.ticket_id.in_(numbers))
        if session().scalar(query) == len(numbers):
            return
        time.sleep(LOOK_EVERY_SECONDS)


def result_of(filed: Sequence[Filed]) -> SampleResult:
    """Return what became of the filed requests; labels name categories as they do for an import."""
    session().rollback()
    query = (
        select(RoutingProposal, Ticket.category_id)
        .join(Ticket, Ticket.id == RoutingProposal.ticket_id)
        .where(RoutingProposal.ticket_id.in_([each.number for each in filed]))
    )
    found = {kept.ticket_id: (kept, category_id) for kept, category_id in session().execute(query)}
    offered = {number: _offered(kept) for number, (kept, _category_id) in found.items()}
    came_to = {number: category_id for number, (kept, category_id) in found.items() if kept.routed}
    _groups, categories = known_names()
    wanted = {each.number: categories.get(fold_text(each.label)) for each in filed}
    return SampleResult(
        filed=len(filed),
        decided=len(found),
        routed=len(came_to),
        right=sum(wanted[number] == category_id for number, category_id in came_to.items()),
        first_right=sum(offered[number][:1] == [wanted[number]] for number in found),
        in_three=sum(wanted[number] in offered[number] for number in found),
        filing=_milliseconds([each.sent.filing_seconds for each in filed]),
        proposal=_milliseconds([each.sent.proposal_seconds for each in filed]),
    )


def _offered(kept: RoutingProposal) -> list[int | None]:
    """Return the categories that were proposed, best first."""
    target = cast(Target, kept.target)
    found = [destination_of(target, candidate.label) for candidate in candidates_of(kept)]
    return [destination.category_id for destination in found if destination]


def _milliseconds(seconds: Sequence[float]) -> tuple[float, float]:
    return 1000 * percentile(seconds, 0.5), 1000 * percentile(seconds, 0.95)
