"""The steps of an agreement's document: when, for which clocks, on what condition, whom to tell, what to do.

    {"steps": [{"at": {"percent": 75}, "to": ["assignee"]},
               {"at": {"before_minutes": 120}, "clocks": ["resolution"], "to": ["team_lead"]},
               {"at": {"after_minutes": 60}, "when": {"field": "priority", "is": "P1"}, "to": ["manager"],
                "raise_priority": "Late already", "assign": "team_lead", "anytime": true,
                "repeat": {"every_minutes": 30, "times": 3}}]}

`steps` of a rule take the place of the agreement's. Without any, 75, 90 and 100 % are noted on the ticket and
nobody is told, which is how documents without the key have always been read. Minutes are open time.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn, cast

from servicedesk.kernel.condition_parsing import BadCondition, parse
from servicedesk.kernel.conditions import Condition, Field
from sla.core.events import KINDS, Kind
from sla.core.moments import MISSED, MOST_MINUTES, MOST_PERCENT, Moment, MomentKind, StepPlan

MOST_STEPS = 40
MOST_REPEATS = 20
TEXT_LIMIT = 500
RECIPIENTS = (
    *("assignee", "team_lead", "accountable", "followers", "manager", "administrator"),
    "requester",
)
TO_LEAD = "team_lead"
_AT: dict[str, tuple[MomentKind, int]] = {
    "percent": ("percent", MOST_PERCENT),
    "before_minutes": ("before", MOST_MINUTES),
    "after_minutes": ("after", MOST_MINUTES),
    "chance_percent": ("chance", 99),
}
_KEYS = frozenset({"at", "clocks", "when", "to", "raise_priority", "assign", "note", "anytime", "repeat"})


class BadStep(ValueError):
    """A step that cannot be: `code` is stable, `path` says where."""

    def __init__(self, code: str, path: str) -> None:
        super().__init__(f"{code} at {path}")
        self.code = code
        self.path = path


@dataclass(frozen=True, slots=True)
class Repeat:
    """A step that comes again, so many times, each so many minutes of open time later."""

    every_minutes: int
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One row. `clocks` empty: all. assign: "team_lead", or a group's id. anytime: also outside hours."""

    moment: Moment
    clocks: tuple[Kind, ...] = ()
    condition: Condition | None = None
    to: tuple[str, ...] = ()
    raise_priority: str = ""
    assign: str | int | None = None
    note: str = ""
    is_anytime: bool = False
    repeat: Repeat | None = None

    @property
    def has_deeds(self) -> bool:
        """Whether the step changes something on the ticket."""
        return bool(self.raise_priority or self.assign is not None or self.note)

    def is_for(self, kind: str) -> bool:
        return not self.clocks or kind in self.clocks

    def codes(self) -> Iterator[int]:
        """Yield the step's own code and those of its repeats."""
        yield self.moment.code
        yield from self.repeats()

    def repeats(self) -> Iterator[int]:
        if self.repeat is None:
            return
        minutes = -self.moment.amount if self.moment.kind == "before" else self.moment.amount
        minutes = 0 if self.moment.code == MISSED else minutes
        for number in range(1, self.repeat.times + 1):
            later = minutes + number * self.repeat.every_minutes
            if minutes < 0 <= later or later > MOST_MINUTES:
                return
            yield Moment("before" if later < 0 else "after", abs(later)).code


def plan_for(steps: Sequence[Step] | None, kind: str) -> StepPlan | None:
    """Return the codes of a clock's steps; None where the document names none, and the usual ones come."""
    if steps is None:
        return None
    own = [step for step in steps if step.is_for(kind)]
    firsts = {step.moment.code for step in own}
    again = {code for step in own for code in step.repeats()} - firsts
    return StepPlan(tuple(sorted(firsts | again)), frozenset(again))


def rows_at(steps: Sequence[Step] | None, kind: str, code: int) -> list[Step]:
    """Return the rows that a step of a clock runs, in the order of the document."""
    return [step for step in steps or () if step.is_for(kind) and code in step.codes()]


def read_steps(document: object, path: str, fields: Mapping[str, Field]) -> tuple[Step, ...]:
    """Return the steps that a list (from json.loads) describes; raises BadStep."""
    if not isinstance(document, list) or len(document) > MOST_STEPS:
        _refuse("agreement.steps", path)
    return tuple(_step(each, f"{path}[{place}]", fields) for place, each in enumerate(document))


def _step(document: object, path: str, fields: Mapping[str, Field]) -> Step:
    entries = _object(document, path, _KEYS)
    moment = _moment(entries.get("at"), f"{path}.at")
    is_anytime = entries.get("anytime", False)
    if not isinstance(is_anytime, bool):
        _refuse("agreement.shape", f"{path}.anytime")
    return Step(
        moment=moment,
        clocks=cast("tuple[Kind, ...]", _words(entries, "clocks", path, KINDS)),
        condition=_condition(entries, path, fields),
        to=_words(entries, "to", path, RECIPIENTS),
        raise_priority=_text(entries, "raise_priority", path),
        assign=_assign(entries.get("assign"), f"{path}.assign"),
        note=_text(entries, "note", path),
        is_anytime=is_anytime,
        repeat=_repeat(entries.get("repeat"), moment, f"{path}.repeat"),
    )


def _moment(document: object, path: str) -> Moment:
    entries = _object(document, path, frozenset(_AT))
    if len(entries) != 1:
        _refuse("agreement.step_moment", path)
    ((name, amount),) = entries.items()
    kind, most = _AT[name]
    return Moment(kind, _number(amount, path, most, "agreement.step_moment"))


def _repeat(document: object, moment: Moment, path: str) -> Repeat | None:
    if document is None:
        return None
    entries = _object(document, path, frozenset({"every_minutes", "times"}))
    if moment.kind not in ("before", "after") and moment.code != MISSED:
        _refuse("agreement.step_repeat", path)
    return Repeat(
        _number(entries.get("every_minutes"), path, MOST_MINUTES, "agreement.step_repeat"),
        _number(entries.get("times"), path, MOST_REPEATS, "agreement.step_repeat"),
    )


def _condition(entries: Mapping[str, object], path: str, fields: Mapping[str, Field]) -> Condition | None:
    if entries.get("when") is None:
        return None
    try:
        return parse(entries["when"], fields)
    except BadCondition as error:
        raise BadStep(error.code, f"{path}.when.{error.path}".rstrip(".")) from None


def _assign(value: object, path: str) -> str | int | None:
    if value is None:
        return None
    if value == TO_LEAD:
        return TO_LEAD
    entries = _object(value, path, frozenset({"group_id"}))
    return _number(entries.get("group_id"), path, 2**53, "agreement.step_assign")


def _words(entries: Mapping[str, object], name: str, path: str, allowed: Sequence[str]) -> tuple[str, ...]:
    value = entries.get(name, [])
    if not isinstance(value, list) or any(each not in allowed for each in value):
        _refuse("agreement.step_word", f"{path}.{name}")
    return tuple(each for each in allowed if each in value)


def _text(entries: Mapping[str, object], name: str, path: str) -> str:
    value = entries.get(name, "")
    if not isinstance(value, str) or len(value) > TEXT_LIMIT:
        _refuse("agreement.step_text", f"{path}.{name}")
    return value.strip()


def _object(document: object, path: str, allowed: frozenset[str]) -> Mapping[str, object]:
    if not isinstance(document, Mapping):
        _refuse("agreement.shape", path)
    for key in document:
        if key not in allowed:
            _refuse("agreement.unknown_key", f"{path}.{str(key)[:60]}")
    return document


def _number(value: object, path: str, most: int, code: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
        _refuse(code, path)
    return value


def _refuse(code: str, path: str) -> NoReturn:
    raise BadStep(code, path)
