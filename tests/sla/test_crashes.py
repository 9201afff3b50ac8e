"""Sweepers that are killed lose nothing and tell nothing twice (X1 to X3, X6).

The full size, 20,000 clocks, is `python -m benchmarks.crashing sqlite` and `… postgresql`.
"""

import os

import pytest

from benchmarks.crashing import KILLS, crash
from servicedesk.kernel.db import session
from servicedesk.kernel.verification import verify

CLOCKS = int(os.environ.get("CRASH_CLOCKS", "200"))


@pytest.mark.slow
def test_killed_sweepers_lose_no_firing_and_double_none_while_the_clock_jumps(app, tmp_path):
    settings = app.config["SETTINGS"]
    environment = {"DATABASE_URL": settings.database_url, "DATA_DIR": str(tmp_path), "DEMO": "0"}
    environment |= {"SECRET_KEY": settings.secret_key, "DESK_LOG_LEVEL": "error"}

    left = crash(environment, tmp_path, CLOCKS)

    assert left.is_right, left
    assert left.kills >= KILLS
    session().rollback()
    assert verify().differences == []
