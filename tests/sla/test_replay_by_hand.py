"""Twenty rows of a replay of imported history, counted minute by minute by no code of ours (R11)."""

import json
from datetime import UTC, datetime, timedelta
from random import Random

from sla.replay_cli import replay_command
from tests.sla.replays import promising

TARGET = 8 * 3600
STANDARD = 24 * 3600  # what the desk promises for P3


def open_minutes(start, end):
    """Count the minutes from Monday to Friday, 09:00 to 18:00, one after the other."""
    minutes = int((end - start).total_seconds()) // 60
    moments = (start + timedelta(minutes=minute) for minute in range(minutes))
    return sum(at.weekday() < 5 and 9 <= at.hour < 18 for at in moments)


def history(import_row):
    """Import sixty requests of 2024 and return their beginnings and ends by id."""
    chance, found = Random(20), {}
    for _ in range(60):
        opened = datetime(2024, 3, 1, tzinfo=UTC) + timedelta(minutes=chance.randrange(30 * 1440))
        resolved = opened + timedelta(minutes=chance.randrange(30, 5 * 1440))
        known = import_row(opened=opened.isoformat(), resolved=resolved.isoformat(), priority=3)
        found[known] = (opened, resolved)
    return found


def test_a_hand_count_of_twenty_rows_confirms_the_list(import_row, tmp_path, app):
    lives = history(import_row)
    tight = tmp_path / "tight.json"
    tight.write_text(json.dumps(promising(resolution=TARGET)), "utf-8")

    told = replayed_as_json(app, "--agreement", "standard", str(tight))
    by_hand = {known: 60 * open_minutes(*life) for known, life in lives.items()}
    listed = {row["ticket_id"]: row["elapsed_after"] for row in told["list"] if row["side"] == "after"}

    assert told["self_test"] == {"tickets": 60, "cycles": 60, "differences": 0, "named": []}
    assert len(listed) >= 20
    assert listed == {known: used for known, used in by_hand.items() if TARGET < used <= STANDARD}


def replayed_as_json(app, *more):
    period = ["--from", "2024-01-01", "--to", "2025-01-01T00:00:00Z"]
    result = app.test_cli_runner().invoke(replay_command, [*period, *more, "--json", "--list"])
    assert result.exit_code == 0, result.output
    return json.loads(result.output)
