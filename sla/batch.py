"""Clock questions as plain data, one request in and one answer out; the form is that of core/exchange.py.

An answer is `{"cycles": [...]}`, or `{"error": code, "message", "field"}`.
"""

import json
from collections.abc import Iterable, Iterator, Mapping

from servicedesk.calendars.hours import InvalidCalendar, OutOfRange
from sla.core import exchange
from sla.core.exchange_values import BadRequest

Answer = dict[str, object]


def answers(lines: Iterable[str]) -> Iterator[str]:
    """Yield one line of JSON for each line of JSON that is not blank."""
    for line in lines:
        if line.strip():
            yield json.dumps(_answer_to_text(line))


def answer(request: object) -> Answer:
    """Return the answer to one request; bad input is an answer too, never an exception."""
    try:
        if not isinstance(request, Mapping):
            raise BadRequest("", "must be an object")
        return exchange.answer(request)
    except OutOfRange as error:
        return _error("request.out_of_range", "", str(error))
    except InvalidCalendar as error:
        where = f"calendar.{error.field}" if error.field else "calendar"
        return _error(error.code, where, error.reason)
    except BadRequest as error:
        return _error(error.code, error.field, error.reason)


def _answer_to_text(line: str) -> Answer:
    try:
        return answer(json.loads(line))
    except (ValueError, RecursionError):
        return _error("request.bad_json", "", "is not a line of JSON")


def _error(code: str, field: str, reason: str) -> Answer:
    return {"error": code, "message": f"{field} {reason}".strip(), "field": field}
