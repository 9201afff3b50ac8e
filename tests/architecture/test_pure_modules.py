"""Pure modules work where Flask, a database and a clock do not exist."""

import subprocess
import sys

import pytest

from tests.architecture.tree import FLOORS, ROOT, files, module_name

# Folders called `core` are pure throughout; these are pure modules that stand alone.
ALONE = (
    "servicedesk/calendars/hours.py",
    "servicedesk/kernel/conditions.py",
    "servicedesk/kernel/errors.py",
    "servicedesk/kernel/supervisor.py",
)
PURE = sorted(
    module_name(path)
    for path in files(*FLOORS, suffix=".py")
    if "/core/" in path or path.endswith("/core.py") or path in ALONE
)
IMPORT_BLOCKED = """
import importlib, sys
blocked = {"flask", "flask_babel", "flask_login", "flask_sqlalchemy", "sqlalchemy", "werkzeug", "redis", "rq"}
blocked_here = {"servicedesk.kernel.clock", "servicedesk.kernel.db"}
class Wall:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in blocked or name in blocked_here:
            raise ImportError(f"{name} is not for pure modules")
sys.meta_path.insert(0, Wall())
importlib.import_module(sys.argv[1])
"""


def import_behind_a_wall(module: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", IMPORT_BLOCKED, module]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("module", PURE)
def test_a_pure_module_imports_without_flask_database_or_clock(module):
    done = import_behind_a_wall(module)

    assert done.returncode == 0, done.stderr


def test_the_arithmetic_and_the_clocks_are_among_the_pure():
    assert "servicedesk.calendars.hours" in PURE
    assert any(name.startswith("sla.core") for name in PURE)


def test_the_wall_stops_a_module_that_needs_the_database():
    done = import_behind_a_wall("servicedesk.kernel.command")

    assert "is not for pure modules" in done.stderr
