"""Questions on standard input are answered on standard output (R11)."""

import json

from click.testing import CliRunner

from servicedesk.calendars.cli import hours_command

QUESTION = {"op": "is_business_day", "calendar": {"tz": "UTC", "week": {"mon": [["09:00", "17:00"]]}}}


def test_each_line_is_answered_and_a_bad_one_ends_nothing():
    lines = [json.dumps(QUESTION | {"date": "2026-01-05"}).encode(), b"\xff{", b"", b'{"op": "add"}']

    done = CliRunner().invoke(hours_command, ["--batch"], input=b"\n".join(lines))

    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.exit_code == 0
    assert found[0] == {"yes": True}
    assert [each["error"] for each in found[1:]] == ["request.bad_json", "request.missing"]
