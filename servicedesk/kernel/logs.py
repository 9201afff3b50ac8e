"""Logs: one line per event, for people or for programs, without secrets, texts of people or forged lines."""

import json
import logging
import re
import sys
from collections.abc import Mapping, Sequence
from typing import TextIO, cast

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

TEXT_LIMIT = 2_000  # characters of one value
TRACEBACK_LIMIT = 20_000
ITEM_LIMIT = 20  # entries of one list or mapping
DEPTH_LIMIT = 3
REMOVED = "[removed]"

_SECRET_KEY = re.compile(
    r"pass(word|phrase|wd)|token|secret|cookie|authori[sz]ation|credential|api_?key|csrf", re.IGNORECASE
)
# What people wrote stays out of the logs altogether: they are kept longer and read by more than the desk is.
_TEXT_OF_PEOPLE = frozenset({"body", "text", "html", "form", "payload", "message_text", "subject", "args"})
_SECRET_IN_TEXT = re.compile(
    r"(?i)(?P<before>[?&;\s](?:\w*(?:password|token|secret|key|code))=|\bBearer\s+|/r/|://[^/\s:@]*:)"
    r"[^\s&;/@'\"]{4,}"
)
_VALUES_IN_DATABASE_ERRORS = re.compile(r"(?m)(\[parameters: |DETAIL: ).*$")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_PLAIN_VALUE = re.compile(r"[^\s\"=]+")
_FIRST = ("timestamp", "level", "logger", "event", "exception")
_QUIET = {"werkzeug": logging.WARNING, "alembic": logging.WARNING, "sqlalchemy": logging.WARNING}


def configure(*, level: str = "info", style: str = "plain", out: TextIO | None = None) -> None:
    """Send every log line of this process, also those of libraries, to `out` (standard error).

    level: debug, info, warning or error. style: plain or json.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    render = structlog.processors.JSONRenderer() if style == "json" else render_plain
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, make_safe, render],
    )
    handler = logging.StreamHandler(out or sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name, least in _QUIET.items():
        logging.getLogger(name).setLevel(max(least, root.level))
    logging.captureWarnings(True)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(root.level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def logger(name: str) -> structlog.typing.FilteringBoundLogger:
    """Return the logger of a module, called with an event and values: `log.info("job done", job=7)`."""
    return cast(structlog.typing.FilteringBoundLogger, structlog.get_logger(name))


def make_safe(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    """Return the line with secrets and texts of people removed, lengths bounded, control characters shown."""
    return {safe_text(str(key), TEXT_LIMIT): _safe_value(str(key), value, 1) for key, value in line.items()}


def render_plain(_logger: WrappedLogger, _method: str, line: EventDict) -> str:
    """Return a line for people; a traceback follows indented, so that none of it passes for a line."""
    values = [f"{key}={_shown(value)}" for key, value in line.items() if key not in _FIRST]
    head = f"{line.get('timestamp', '')} {line.get('level', ''):<7} {line.get('event', '')}"
    traceback = str(line.get("exception", "")).replace("\\n", "\n    | ")
    return "  ".join([head, *values]) + (f"\n    | {traceback}" if traceback else "")


def _safe_value(key: str, value: object, depth: int) -> object:
    if _SECRET_KEY.search(key):
        return REMOVED
    if key.lower() in _TEXT_OF_PEOPLE:
        return f"[{len(value)} long]" if isinstance(value, str | bytes | Sequence | Mapping) else REMOVED
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping | list | tuple | set | frozenset) and depth > DEPTH_LIMIT:
        return "[deep]"
    if isinstance(value, Mapping):
        some = list(value.items())[:ITEM_LIMIT]
        return {safe_text(str(name), 100): _safe_value(str(name), each, depth + 1) for name, each in some}
    if isinstance(value, list | tuple | set | frozenset):
        return [_safe_value(key, each, depth + 1) for each in list(value)[:ITEM_LIMIT]]
    return safe_text(str(value), TRACEBACK_LIMIT if key == "exception" else TEXT_LIMIT)


def safe_text(text: str, limit: int = TEXT_LIMIT) -> str:
    """Return `text` without secrets, at most about `limit` long, control characters shown as escapes."""
    text = _SECRET_IN_TEXT.sub(rf"\g<before>{REMOVED}", text.strip())
    text = _VALUES_IN_DATABASE_ERRORS.sub(rf"\1{REMOVED}", text)
    if len(text) > limit:
        half = limit // 2  # a traceback says what happened at its end
        text = f"{text[:half]} [{len(text) - 2 * half} more] {text[-half:]}"
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if _PLAIN_VALUE.fullmatch(text) or not isinstance(value, str) else f'"{text}"'
