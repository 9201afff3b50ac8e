"""How many requests knowledge spared, by a definition that would rather count too few.

A *deflection* is a customer who, in the one box or on an article's page, pressed "This solved it" with
nothing filed, who had not pressed it in the 24 hours before, and who filed no request in the 72 hours after.
Reading alone, leaving without a word, and what agents press never count. A request that "This solved it"
withdraws is counted apart: it had been filed.

The *rate* is deflections ÷ (deflections + requests that customers filed in the portal in the same span). A
deflection is final 72 hours after it was said; younger ones are counted apart, as undecided. Every count is
of single cases, so that the figures of two spans add up to those of both.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, distinct, func, select

from knowledge.feedback import BOX, CUSTOMER, PAGE, REJECTED, SHOWN, SOLVED, TICKET
from knowledge.models import ArticleUse
from servicedesk.identity.access import require
from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission
from servicedesk.kernel.db import AnySelect, session
from servicedesk.tickets.models import Ticket

COMES_BACK_WITHIN = timedelta(hours=72)
SAME_PERSON_WITHIN = timedelta(hours=24)
DEFLECTED, CAME_BACK, UNDECIDED, REPEATED = "deflected", "came_back", "undecided", "repeated"


@dataclass(frozen=True, slots=True)
class SolvedCase:
    """Somebody said "this solved it" with nothing filed; outcome: what that counts as."""

    at: datetime
    person_id: int
    article_id: int
    language: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Deflection:
    """The figures of a span.

    filed: requests that customers sent in the portal; filed_beside: those with articles beside their text.
    withdrawn: filed, then solved by an article. rejected: "this did not help".
    """

    deflected: int
    came_back: int
    undecided: int
    repeated: int
    withdrawn: int
    rejected: int
    filed: int
    filed_beside: int

    @property
    def rate(self) -> float | None:
        """Deflections among what would have been filed; None where nothing was."""
        asked = self.deflected + self.filed
        return self.deflected / asked if asked else None


def deflection(viewer: Actor, begin: datetime, end: datetime, *, now: datetime) -> Deflection:
    """Return the figures of [begin, end); raises NotAllowed for those who may not see reports."""
    cases = Counter(case.outcome for case in solved_cases(viewer, begin, end, now=now))
    inside = (ArticleUse.at >= begin, ArticleUse.at < end, ArticleUse.by == CUSTOMER)
    counted = select(ArticleUse.outcome, ArticleUse.door, func.count()).where(*inside)
    uses = {
        (outcome, door): count
        for outcome, door, count in session().execute(counted.group_by(ArticleUse.outcome, ArticleUse.door))
    }
    beside = select(func.count(distinct(ArticleUse.stream_id))).where(*inside, ArticleUse.outcome == SHOWN)
    filed = select(func.count()).where(
        Ticket.opened_at >= begin,
        Ticket.opened_at < end,
        Ticket.channel == "portal",
        Ticket.opened_by_id == Ticket.requester_id,
    )
    return Deflection(
        deflected=cases[DEFLECTED],
        came_back=cases[CAME_BACK],
        undecided=cases[UNDECIDED],
        repeated=cases[REPEATED],
        withdrawn=uses.get((SOLVED, TICKET), 0),
        rejected=sum(count for (outcome, _door), count in uses.items() if outcome == REJECTED),
        filed=session().scalar(filed) or 0,
        filed_beside=session().scalar(beside) or 0,
    )


def solved_cases(viewer: Actor, begin: datetime, end: datetime, *, now: datetime) -> Sequence[SolvedCase]:
    """Return each "this solved it" of [begin, end) with nothing filed, oldest first, and what it counts as.

    What was said in the day before is read too: it decides what is a repetition.
    """
    require(viewer, Permission.REPORT_SEE)
    filed_next = (
        select(func.min(Ticket.opened_at))
        .where(and_(Ticket.requester_id == ArticleUse.person_id, Ticket.opened_at >= ArticleUse.at))
        .scalar_subquery()
    )
    query = (
        select(ArticleUse.at, ArticleUse.person_id, ArticleUse.article_id, ArticleUse.language, filed_next)
        .where(
            ArticleUse.outcome == SOLVED,
            ArticleUse.by == CUSTOMER,
            ArticleUse.door.in_([BOX, PAGE]),
            ArticleUse.person_id.is_not(None),
            ArticleUse.at >= begin - SAME_PERSON_WITHIN,
            ArticleUse.at < end,
        )
        .order_by(ArticleUse.at, ArticleUse.article_id)
    )
    return [case for case in _judged(query, now) if case.at >= begin]


def _judged(query: AnySelect, now: datetime) -> Iterator[SolvedCase]:
    said_before: dict[int, datetime] = {}
    for at, person_id, article_id, language, filed_next in session().execute(query):
        last = said_before.get(person_id)
        said_before[person_id] = at
        if last is not None and at - last < SAME_PERSON_WITHIN:
            outcome = REPEATED
        elif filed_next is not None and filed_next - at < COMES_BACK_WITHIN:
            outcome = CAME_BACK
        else:
            outcome = DEFLECTED if now - at >= COMES_BACK_WITHIN else UNDECIDED
        yield SolvedCase(at, person_id, article_id, language, outcome)
