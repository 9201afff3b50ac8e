"""Logs: readable by people and programs; no secrets, no texts of people, no forged lines."""

import io
import json
import logging
import warnings
from collections.abc import Iterator

import pytest
import structlog

from servicedesk.kernel import logs


@pytest.fixture
def out() -> Iterator[io.StringIO]:
    root, kept = logging.getLogger(), logging.getLogger().handlers[:]
    level = root.level
    yield io.StringIO()
    root.handlers[:] = kept
    root.setLevel(level)
    logging.captureWarnings(False)
    structlog.contextvars.clear_contextvars()
    structlog.reset_defaults()


def written(out: io.StringIO) -> dict[str, object]:
    return json.loads(out.getvalue())


def test_a_line_for_programs_carries_the_request_it_belongs_to(out):
    logs.configure(style="json", out=out)
    structlog.contextvars.bind_contextvars(request_id="r-1")

    logs.logger("desk").info("ticket filed", ticket=12)

    assert written(out) | {"timestamp": ""} == {
        "event": "ticket filed",
        "level": "info",
        "logger": "desk",
        "request_id": "r-1",
        "ticket": 12,
        "timestamp": "",
    }


def test_a_line_for_people_is_one_line(out):
    logs.configure(out=out)

    logs.logger("desk").warning("job failed", kind="mail.send", reason="no route to host")

    assert out.getvalue().endswith('warning job failed  kind=mail.send  reason="no route to host"\n')


@pytest.mark.parametrize("style", ["plain", "json"])
def test_nobody_can_forge_a_line_or_move_the_cursor(out, style):
    logs.configure(style=style, out=out)

    logs.logger("desk").info("a\r\n2026 error b", name="x\n2026 \x1b[31m\u2028\u202e")
    logging.getLogger("library").error("said %s", "c\n2026 error d")

    assert len(out.getvalue().splitlines()) == 2
    assert not set("\r\x1b\u2028\u202e") & set(out.getvalue())


def test_a_traceback_stays_visible_and_cannot_pass_for_a_line(out):
    logs.configure(out=out)

    try:
        raise ValueError("first\n2026 error forged")
    except ValueError:
        logs.logger("desk").exception("job failed")

    head, *rest = out.getvalue().splitlines()
    assert head.endswith("error   job failed")
    assert all(line.startswith("    | ") for line in rest)
    assert rest[-1] == "    | 2026 error forged"


@pytest.mark.parametrize(
    "key", ["password", "new_password", "csrf_token", "SECRET_KEY", "Cookie", "Authorization", "api_key"]
)
def test_values_of_secret_looking_keys_are_removed_at_any_depth(out, key):
    logs.configure(style="json", out=out)

    logs.logger("desk").info("request", **{key: "hunter22", "headers": {key: "hunter22"}})

    assert "hunter22" not in out.getvalue()


@pytest.mark.parametrize(
    "text",
    [
        "GET /r/hunter22hunter22",
        "GET /x?a=1&token=hunter22",
        "Authorization: Bearer hunter22",
        "cannot reach redis://:hunter22@redis/0",
        "postgresql+psycopg://desk:hunter22@db/desk",
        "INSERT failed\n[parameters: ('hunter22',)]",
        "duplicate key\nDETAIL:  Key (email)=(hunter22) already exists.",
    ],
)
def test_secrets_inside_texts_are_removed(out, text):
    logs.configure(style="json", out=out)

    logs.logger("desk").error(text, value=text)

    assert "hunter22" not in out.getvalue()
    assert "[removed]" in out.getvalue()


@pytest.mark.parametrize("key", ["body", "subject", "form", "payload"])
def test_what_people_wrote_is_counted_not_shown(out, key):
    logs.configure(style="json", out=out)

    logs.logger("desk").info("mail", **{key: "my printer is on fire"})

    assert written(out)[key] == "[21 long]"


def test_long_values_are_cut_in_the_middle(out):
    logs.configure(style="json", out=out)

    logs.logger("desk").info("x", value="a" * 10_000 + "end", many=list(range(1000)))

    line = written(out)
    assert len(str(line["value"])) < 2_100
    assert str(line["value"]).endswith("aend")
    assert line["many"] == list(range(20))


def test_what_cannot_be_shown_does_not_break_the_line(out):
    logs.configure(style="json", out=out)
    loop: dict[str, object] = {}
    loop["self"] = loop

    logs.logger("desk").info("x", loop=loop, thing=object, raw=b"\xff", note="\ud800")

    assert "[deep]" in str(written(out)["loop"])
    assert written(out)["note"] == "\\ud800"


def test_warnings_of_libraries_are_lines_too(out):
    logs.configure(style="json", out=out)

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old way", DeprecationWarning, stacklevel=1)

    assert "old way" in str(written(out)["event"])


def test_lines_below_the_level_are_left_out(out):
    logs.configure(level="warning", out=out)

    logs.logger("desk").info("quiet")
    logging.getLogger("library").info("quiet")

    assert out.getvalue() == ""
