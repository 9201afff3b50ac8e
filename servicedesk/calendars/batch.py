"""Questions about opening hours as plain data, one request in and one answer out.

A request names its "op" and carries its arguments; an answer is the result or
`{"error": code, "message", "field"}`. Where nothing opens within ten years the code is "never".
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, get_args

from servicedesk.calendars.core.exchange import zone_in
from servicedesk.calendars.core.horizon import NeverOpen, OutOfRange, checked_moment
from servicedesk.calendars.core.values import InvalidCalendar, date_in, text_in
from servicedesk.calendars.core.wallclock import epoch_of
from servicedesk.calendars.hours import OpeningHours, Snap, boundary, typed

Request = Mapping[str, Any]
Answer = dict[str, object]

_WALL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?")
_INSTANT = re.compile(_WALL.pattern + r"(Z|[+-][0-9]{2}:[0-9]{2})")


class _Refused(ValueError):
    def __init__(self, code: str, field: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.field = field
        self.reason = reason


def answer(request: object) -> Answer:
    """Return the answer to one request; bad input is an answer too, never an exception."""
    try:
        if not isinstance(request, Mapping):
            raise _Refused("request.wrong_type", "", "must be an object")
        op = _required(request, "op")
        if not isinstance(op, str) or op not in _OPERATIONS:
            raise _Refused("request.unknown_op", "op", "is none of " + ", ".join(_OPERATIONS))
        return _OPERATIONS[op](request)
    except NeverOpen:
        return _error("never", "", "nothing opens within ten years")
    except OutOfRange as error:
        return _error("request.out_of_range", "", str(error))
    except (InvalidCalendar, _Refused) as error:
        return _error(error.code, error.field, error.reason)


def answers(lines: Iterable[str]) -> Iterator[str]:
    """Yield one line of JSON for each line of JSON that is not blank."""
    for line in lines:
        if line.strip():
            yield json.dumps(_answer_to_text(line))


def _answer_to_text(line: str) -> Answer:
    try:
        request = json.loads(line)
    except (ValueError, RecursionError):
        return _error("request.bad_json", "", "is not a line of JSON")
    return answer(request)


def _elapsed(request: Request) -> Answer:
    return {"seconds": _hours(request).elapsed(_instant(request, "start"), _instant(request, "end"))}


def _add(request: Request) -> Answer:
    deadline = _hours(request).add(_instant(request, "start"), _seconds(request))
    return {"due_at": _written(deadline.due_at), "breach_at": _written(deadline.breach_at)}


def _sub(request: Request) -> Answer:
    earliest, latest = _hours(request).sub(_instant(request, "start"), _seconds(request))
    return {"earliest": _written(earliest), "latest": _written(latest)}


def _is_open(request: Request) -> Answer:
    return {"open": _hours(request).is_open(_instant(request, "at"))}


def _next_open(request: Request) -> Answer:
    return {"at": _written(_hours(request).next_open(_instant(request, "at")))}


def _spans(request: Request) -> Answer:
    found = _hours(request).spans(_instant(request, "start"), _instant(request, "end"))
    return {"spans": [[_written(opens), _written(closes)] for opens, closes in found]}


def _business_days(request: Request) -> Answer:
    days = _whole_number(request, "days")
    snap: Snap = _required(request, "snap")
    if snap not in get_args(Snap):
        raise _Refused("request.unknown_snap", "snap", "is none of " + ", ".join(get_args(Snap)))
    return {"at": _written(_hours(request).business_days(_instant(request, "start"), days, snap))}


def _is_business_day(request: Request) -> Answer:
    day = date_in(_required(request, "date"), "date")
    return {"yes": _hours(request).is_business_day(day)}


def _is_holiday(request: Request) -> Answer:
    day = date_in(_required(request, "date"), "date")
    return {"yes": _hours(request).is_holiday(day)}


def _boundary(request: Request) -> Answer:
    return {"at": _written(boundary(zone_in(_required(request, "tz"), "tz"), _wall(request)))}


def _typed(request: Request) -> Answer:
    return {"at": _written(typed(zone_in(_required(request, "tz"), "tz"), _wall(request)))}


_OPERATIONS: dict[str, Callable[[Request], Answer]] = {
    "elapsed": _elapsed,
    "add": _add,
    "sub": _sub,
    "is_open": _is_open,
    "next_open": _next_open,
    "spans": _spans,
    "business_days": _business_days,
    "is_business_day": _is_business_day,
    "is_holiday": _is_holiday,
    "boundary": _boundary,
    "typed": _typed,
}


def _hours(request: Request) -> OpeningHours:
    document = _required(request, "calendar")
    try:
        return _compiled(json.dumps(document, sort_keys=True))
    except InvalidCalendar as error:
        where = f"calendar.{error.field}" if error.field else "calendar"
        raise _Refused(error.code, where, error.reason) from None
    except RecursionError:
        raise _Refused("calendar.too_deep", "calendar", "is nested too deeply") from None


@lru_cache(maxsize=64)
def _compiled(document: str) -> OpeningHours:
    return OpeningHours.from_exchange(json.loads(document))


def _required(request: Request, field: str) -> Any:
    if field not in request:
        raise _Refused("request.missing", field, "is required")
    return request[field]


def _seconds(request: Request) -> int:
    seconds = _whole_number(request, "seconds")
    if seconds < 0:
        raise _Refused("request.negative", "seconds", "cannot be negative")
    return seconds


def _whole_number(request: Request, field: str) -> int:
    value = _required(request, field)
    if not isinstance(value, int) or isinstance(value, bool):
        raise _Refused("request.wrong_type", field, "must be a whole number")
    return value


def _instant(request: Request, field: str) -> datetime:
    return _moment(request, field, _INSTANT, "must be an instant like 2026-12-16T09:00:00Z")


def _wall(request: Request) -> datetime:
    wall = _moment(request, "wall", _WALL, "must be a local time like 2026-12-16T09:00:00")
    checked_moment(epoch_of(wall.replace(tzinfo=UTC)))
    return wall


def _moment(request: Request, field: str, form: re.Pattern[str], reason: str) -> datetime:
    text = text_in(_required(request, field), field)
    if not form.fullmatch(text):
        raise _Refused("request.bad_instant", field, reason)
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise _Refused("request.bad_instant", field, reason) from None


def _written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _error(code: str, field: str, reason: str) -> Answer:
    return {"error": code, "message": f"{field} {reason}".strip(), "field": field}
