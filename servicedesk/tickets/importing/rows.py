"""Reading and checking the rows of a file. Pure but for the file handle that is passed in."""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from servicedesk.identity.addresses import is_address
from servicedesk.tickets.core.statuses import BY_KEY, OPEN_CATEGORIES
from servicedesk.tickets.importing.mapping import ColumnMapping

SUBJECT_LENGTH = 120
LANGUAGE_LENGTH = 12
LONGEST_FIELD = 1_000_000
LONGEST_RECORD = 8_000_000  # of one row, which in quotes may go over any number of lines
CHANNELS = frozenset({"portal", "phone", "mail", "api", "import"})
_LEVEL = re.compile(r"\s*[Pp]?(\d)\b")
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong in one row: `line` of the file, the target, a code and the value as it stood."""

    line: int
    target: str
    code: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One ticket of history. Times are aware UTC; `opened_at` None means that nobody knows.

    `resolved_at` is when it was resolved, closed or withdrawn; None also where that is unknown.
    """

    line: int
    external_id: str
    subject: str
    text: str
    category: str | None
    group: str | None
    requester: str | None
    requester_email: str | None
    assignee: str | None
    opened_at: datetime | None
    resolved_at: datetime | None
    status: str
    priority: int | None
    impact: int | None
    urgency: int | None
    channel: str
    language: str | None


class WrongEncoding(ValueError):
    """The file is not in the encoding that was named."""


class BrokenFile(ValueError):
    """The file is no table: no header, or columns that the mapping needs are missing."""

    def __init__(self, code: str, *, missing: Sequence[str] = (), found: Sequence[str] = ()) -> None:
        super().__init__(code)
        self.code = code
        self.missing = missing
        self.found = found


def read_rows(
    lines: Iterable[str], mapping: ColumnMapping, *, now: datetime
) -> Iterator[ImportRow | RowError]:
    """Yield every row of the CSV as an ImportRow, or as a RowError for its first problem.

    Raises BrokenFile where the header does not serve, WrongEncoding where the text cannot be read.
    """
    csv.field_size_limit(LONGEST_FIELD)
    bounded = _Bounded(lines)
    reader = csv.reader(bounded, strict=True)
    header = _header(reader, mapping)
    while True:
        bounded.characters = 0
        begins = reader.line_num + 1
        try:
            values = next(reader)
        except StopIteration:
            return
        except _TooLong:
            # The lines that follow are looked at as rows of their own: where this one ends, nobody knows.
            yield RowError(begins, "row", "too_long", f"more than {LONGEST_RECORD} characters")
            continue
        except csv.Error as error:
            yield RowError(reader.line_num, "row", "broken_csv", str(error))
            continue
        except UnicodeDecodeError as error:
            raise WrongEncoding(f"line {reader.line_num + 1}: {error.reason}") from None
        if not values:
            continue
        if len(values) != len(header):
            yield RowError(reader.line_num, "row", "wrong_number_of_columns", str(len(values)))
            continue
        yield check_row(dict(zip(header, values, strict=True)), mapping, line=reader.line_num, now=now)


class _TooLong(Exception):
    pass


class _Bounded:
    """Lines that end with an error where one row takes more of them than any row could."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines = iter(lines)
        self.characters = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self.lines)
        self.characters += len(line)
        if self.characters > LONGEST_RECORD:
            raise _TooLong
        return line


def _header(reader: Iterator[list[str]], mapping: ColumnMapping) -> list[str]:
    try:
        header = next(reader)
    except StopIteration:
        raise BrokenFile("empty") from None
    except (csv.Error, _TooLong):
        raise BrokenFile("no_header") from None
    except UnicodeDecodeError as error:
        raise WrongEncoding(f"line 1: {error.reason}") from None
    header = [name.strip().removeprefix("\ufeff") for name in header]
    missing = mapping.missing_from(header)
    if missing:
        raise BrokenFile("columns_missing", missing=missing, found=header)
    return header


class _Problem(Exception):
    def __init__(self, target: str, code: str, value: str) -> None:
        super().__init__(code)
        self.target, self.code, self.value = target, code, value


def check_row(
    values: Mapping[str, str], mapping: ColumnMapping, *, line: int, now: datetime
) -> ImportRow | RowError:
    """Return the row as a ticket of history, or its first problem."""
    found = {target: _value(target, values, mapping) for target in (*mapping.columns, *mapping.defaults)}
    try:
        return _row(found, mapping, line, now)
    except _Problem as problem:
        return RowError(line, problem.target, problem.code, problem.value[:120])


def _value(target: str, values: Mapping[str, str], mapping: ColumnMapping) -> str:
    parts = [values[name].strip() for name in mapping.columns.get(target, ())]
    text = mapping.separator.join(part for part in parts if part not in mapping.empty)
    text = text or mapping.defaults.get(target, "")
    return mapping.values.get(target, {}).get(text, text)


def _row(found: Mapping[str, str], mapping: ColumnMapping, line: int, now: datetime) -> ImportRow:
    text = found.get("text", "").replace("\x00", "")
    subject = " ".join((found.get("subject") or text).replace("\x00", "").split())
    opened_at = _instant("opened_at", found, mapping, now)
    resolved_at = _instant("resolved_at", found, mapping, now)
    if not subject:
        raise _Problem("subject", "missing", "")
    if not found.get("id"):
        raise _Problem("id", "missing", "")
    if len(text) > 100_000:
        raise _Problem("text", "too_long", text[:40])
    if opened_at and resolved_at and resolved_at < opened_at:
        raise _Problem("resolved_at", "before_opened", resolved_at.isoformat())
    status = _status(found, is_done=resolved_at is not None)
    # Other desks keep the date of a resolution that was taken back.
    is_dated_end = opened_at is not None and BY_KEY[status].category not in OPEN_CATEGORIES
    return ImportRow(
        line=line,
        external_id=_short("id", found["id"], 70),
        subject=_cut(subject),
        text=text,
        category=found.get("category") or None,
        group=found.get("group") or None,
        requester=found.get("requester") or None,
        requester_email=_address(found),
        assignee=found.get("assignee") or None,
        opened_at=opened_at,
        resolved_at=resolved_at if is_dated_end else None,
        status=status,
        priority=_level("priority", found, 4),
        impact=_level("impact", found, 3),
        urgency=_level("urgency", found, 3),
        channel=_channel(found),
        language=_short("language", found.get("language", ""), LANGUAGE_LENGTH) or None,
    )


def _cut(subject: str) -> str:
    if len(subject) <= SUBJECT_LENGTH:
        return subject
    return subject[:SUBJECT_LENGTH].rsplit(" ", 1)[0] + " …"


def _short(target: str, value: str, limit: int) -> str:
    if len(value) > limit:
        raise _Problem(target, "too_long", value)
    return value


def _address(found: Mapping[str, str]) -> str | None:
    text = found.get("requester_email", "")
    if text and not is_address(text):
        raise _Problem("requester_email", "not_an_address", text)
    return text or None


def _instant(target: str, found: Mapping[str, str], mapping: ColumnMapping, now: datetime) -> datetime | None:
    text = found.get(target, "")
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise _Problem(target, "not_a_time", text) from None
    at = (at.replace(tzinfo=ZoneInfo(mapping.zone)) if at.tzinfo is None else at).astimezone(UTC)
    if not _EARLIEST <= at <= now:
        raise _Problem(target, "time_out_of_range", text)
    return at


def _status(found: Mapping[str, str], *, is_done: bool) -> str:
    status = found.get("status", "") or ("closed" if is_done else "new")
    if status not in BY_KEY:
        raise _Problem("status", "unknown_status", status)
    return status


def _level(target: str, found: Mapping[str, str], most: int) -> int | None:
    text = found.get(target, "")
    if not text:
        return None
    match = _LEVEL.match(text)
    if not match or not 1 <= int(match[1]) <= most:
        raise _Problem(target, "not_a_level", text)
    return int(match[1])


def _channel(found: Mapping[str, str]) -> str:
    channel = found.get("channel", "") or "import"
    if channel not in CHANNELS:
        raise _Problem("channel", "unknown_channel", channel)
    return channel
