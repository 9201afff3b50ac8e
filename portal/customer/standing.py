"""Where a request stands, what is done and what comes next: codes with their values, for every state. Pure.

`sentences.py` makes whole sentences of them. Promises are seen from the customer's side: an answer, a word
in between, the solution; never what teams or suppliers agreed among themselves.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

Value = str | int | datetime
OPEN_STATES = frozenset({"running", "paused", "overdue"})
# Ends without a solution.
NOT_SOLVED = frozenset({"withdrawn", "merged"})
STEPS = ("received", "assigned", "in_progress", "solved")


@dataclass(frozen=True, slots=True)
class Promise:
    """One promise as a clock keeps it.

    kind: first_response, next_response, update or resolution. state: running, paused, overdue, met, missed
    or cancelled. by: the moment it names; None while it rests. left_seconds: of working time. look: how far
    it is burnt (due, risk, late, held, met).
    """

    kind: str
    state: str
    by: datetime | None = None
    left_seconds: int = 0
    look: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the three sentences are made from; `team` and `person` are names, moments may be unknown.

    is_sorted: the desk knows which team it is for. closes_at: when a solved request closes by itself.
    reopen_until: until when a word of the customer takes up this request again; None where that is over.
    promises: the open ones first, then those that ended, the newest first.
    """

    category: str
    status: str
    team: str = ""
    person: str = ""
    is_sorted: bool = True
    opened_at: datetime | None = None
    answered_at: datetime | None = None
    last_by: str | None = None
    last_message_at: datetime | None = None
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    wake_at: datetime | None = None
    reopened_count: int = 0
    closes_at: datetime | None = None
    reopen_until: datetime | None = None
    promises: Sequence[Promise] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """The code of one sentence and what is put into it."""

    code: str
    values: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Standing:
    """The three facts that a customer wants to know."""

    where: Told
    done: Told
    next: Told


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the way; state: done, now or ahead."""

    key: str
    state: str


def standing(facts: Facts, now: datetime) -> Standing:
    """Return where it stands, what is done and what comes next; never empty, also for unknown statuses."""
    return Standing(where(facts), done(facts), what_next(facts, now))


def where(facts: Facts) -> Told:
    """Return where the request stands now."""
    match facts.category, facts.status:
        case "closed", "withdrawn":
            return Told("where.withdrawn")
        case "closed", "merged":
            return Told("where.merged")
        case "closed", _:
            return Told("where.closed")
        case "resolved", _:
            return Told("where.resolved")
        case "waiting", "waiting_customer":
            return _with_people(facts, "where.waits_for_you")
        case "waiting", "waiting_supplier":
            return Told("where.waits_for_supplier")
        case "waiting", _:
            return Told("where.planned", _known(when=facts.wake_at)) if facts.wake_at else Told("where.later")
        case _:
            return _where_open(facts)


def _where_open(facts: Facts) -> Told:
    if facts.status == "new" and not facts.is_sorted and not facts.person:
        return Told("where.sorting")
    return _with_people(facts, "where.new" if facts.status == "new" else "where.working")


def _with_people(facts: Facts, code: str) -> Told:
    """Name the person who has it where there is one, else the team."""
    if facts.person:
        return Told(f"{code}.person", _known(person=facts.person, team=facts.team))
    return Told(f"{code}.team", _known(team=facts.team))


def done(facts: Facts) -> Told:
    """Return what has been done so far."""
    if facts.category == "closed":
        return _done_at_the_end(facts)
    if facts.category == "resolved":
        return _solved(facts)
    if facts.reopened_count:
        return _told_if("done.reopened", when=_our_last_word(facts))
    if facts.answered_at is not None:
        return _done_since_the_answer(facts)
    return _done_before_the_answer(facts)


def _done_at_the_end(facts: Facts) -> Told:
    if facts.status == "withdrawn":
        return _told_if("done.withdrawn", when=facts.closed_at)
    if facts.status == "merged":
        return _told_if("done.merged", when=facts.closed_at)
    return _told_if("done.closed", solved=facts.resolved_at, when=facts.closed_at)


def _solved(facts: Facts) -> Told:
    """Say when it was solved, and say so if that was later than promised."""
    promised = _first(facts, "resolution")
    if facts.resolved_at and promised and promised.state == "missed" and promised.by:
        return Told("done.solved_late", _known(when=facts.resolved_at, promised=promised.by))
    return _told_if("done.solved", when=facts.resolved_at)


def _done_since_the_answer(facts: Facts) -> Told:
    if facts.last_by == "customer" and facts.last_message_at is not None:
        return Told("done.your_word", _known(when=facts.last_message_at))
    return _told_if("done.answered", when=_our_last_word(facts) or facts.answered_at)


def _done_before_the_answer(facts: Facts) -> Told:
    if facts.person:
        return _told_if("done.given", when=facts.opened_at, person=facts.person)
    if facts.is_sorted:
        return _told_if("done.passed", when=facts.opened_at, team=facts.team)
    return _told_if("done.received", when=facts.opened_at)


def _our_last_word(facts: Facts) -> datetime | None:
    return facts.last_message_at if facts.last_by == "agent" else None


def what_next(facts: Facts, now: datetime) -> Told:
    """Return what comes next, with the promise in force; after a miss the fact and the next promise."""
    if facts.status == "merged":
        return Told("next.elsewhere")
    if facts.category == "closed":
        if facts.reopen_until is not None:
            return Told("next.may_reopen", _known(until=facts.reopen_until))
        return Told("next.opens_new")
    if facts.category == "resolved":
        return _told_if("next.confirm", when=_ahead(facts.closes_at, now))
    if facts.status == "waiting_customer":
        return _after_your_answer(facts)
    if facts.category == "waiting" and facts.wake_at is not None:
        return _after_the_date(facts)
    return _promised(facts)


def _after_your_answer(facts: Facts) -> Told:
    solution = _open_promise(facts, "resolution")
    if solution is None:
        return Told("next.answer")
    if solution.state == "overdue":
        return Told("next.answer_late")
    return Told("next.answer_left", _known(left=solution.left_seconds))


def _after_the_date(facts: Facts) -> Told:
    solution = _open_promise(facts, "resolution")
    if solution is None or solution.state != "paused":
        return Told("next.wakes", _known(when=facts.wake_at))
    return Told("next.wakes_left", _known(when=facts.wake_at, left=solution.left_seconds))


def _promised(facts: Facts) -> Told:
    """Return the promise of an open request: `next.<word>_<how>.solve_<how>`, each due, late or none."""
    word, solution = _next_word(facts), _open_promise(facts, "resolution")
    first, last = _how(word), _how(solution)
    if first == "none" and last == "none" and facts.answered_at is not None:
        return Told("next.news")
    name = "update" if word is not None and word.kind == "update" and first != "none" else "answer"
    values = _known(
        word=word.by if word is not None and first != "none" else None,
        solve=solution.by if solution is not None and last != "none" else None,
    )
    return Told(f"next.{name}_{first}.solve_{last}", values)


def _next_word(facts: Facts) -> Promise | None:
    """Return the promise of hearing from the desk that comes first."""
    kinds = ("first_response", "next_response", "update")
    return next((found for kind in kinds if (found := _open_promise(facts, kind))), None)


def _how(promise: Promise | None) -> str:
    if promise is None or promise.by is None:
        return "none"
    return {"running": "due", "overdue": "late"}.get(promise.state, "none")


def _open_promise(facts: Facts, kind: str) -> Promise | None:
    found = _first(facts, kind)
    return found if found is not None and found.state in OPEN_STATES else None


def _first(facts: Facts, kind: str) -> Promise | None:
    return next((promise for promise in facts.promises if promise.kind == kind), None)


def _ahead(at: datetime | None, now: datetime) -> datetime | None:
    return at if at is not None and at > now else None


def _told_if(code: str, **values: Value | None) -> Told:
    """Return `code` with its values; `code.undated` where a moment is unknown (imported history)."""
    is_whole = all(value is not None for value in values.values())
    return Told(code if is_whole else f"{code}.undated", _known(**values))


def _known(**values: Value | None) -> dict[str, Value]:
    return {name: value for name, value in values.items() if value is not None}


def steps(facts: Facts) -> tuple[Step, ...]:
    """Return the way of a request: what is done, where it is now, what lies ahead.

    A withdrawn or merged request keeps what had been done; nothing of it is under way.
    """
    reached = _reached(facts)
    now = "ahead" if facts.status in NOT_SOLVED else "now"
    states = [
        "done" if place < reached else now if place == reached else "ahead" for place in range(len(STEPS))
    ]
    return tuple(Step(key, state) for key, state in zip(STEPS, states, strict=True))


def _reached(facts: Facts) -> int:
    """Return the place of the step that is under way, the number of steps when all are behind."""
    is_assigned = facts.is_sorted or bool(facts.person)
    if facts.status in NOT_SOLVED:
        return 3 if facts.answered_at else 2 if is_assigned else 1
    if facts.category in {"resolved", "closed"}:
        return len(STEPS)
    if facts.status == "new":
        return 1 if is_assigned else 0
    return 2
