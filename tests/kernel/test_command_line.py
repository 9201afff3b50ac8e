"""`servicedesk`: one sentence for what a person can mend; rooms load only when they are called (R121)."""

import os
import socket
import subprocess
import sys

import pytest

from tests.architecture.tree import ROOT

QUIET = {"PATH": os.environ["PATH"], "DEMO": "0"}


def servicedesk(*args: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "app", *args]
    return subprocess.run(
        command, cwd=ROOT, env=QUIET | environment, capture_output=True, text=True, timeout=60, check=False
    )


def modules_after(code: str, tmp_path) -> set[str]:
    probe = f"import sys\n{code}\nprint(*sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", probe],
        cwd=ROOT,
        env=QUIET | {"DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


def told(done: subprocess.CompletedProcess[str]) -> str:
    """Return the one sentence that was said on standard error."""
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    return done.stderr


def test_an_unknown_setting_is_told_with_what_was_meant(tmp_path):
    done = servicedesk("run", DESK_LANGUAGE_="he", DATA_DIR=str(tmp_path))

    assert done.returncode == 2
    assert "did you mean DESK_LANGUAGE" in told(done)


def test_a_taken_port_is_told_before_anything_is_started(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = servicedesk("run", PORT=port, DATA_DIR=str(tmp_path))

    assert done.returncode == 2
    assert f"Port {port} on 127.0.0.1 is taken" in told(done)
    assert not (tmp_path / "desk.sqlite3").exists()


def test_a_data_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("in the way")

    done = servicedesk("run", DATA_DIR=str(tmp_path / "file" / "data"))

    assert done.returncode == 2
    assert "DATA_DIR" in told(done)


def test_a_database_that_does_not_answer_is_told_without_its_password(tmp_path):
    address = "postgresql://desk:hunter2@127.0.0.1:1/desk"

    done = servicedesk("migrate", DATABASE_URL=address, DATA_DIR=str(tmp_path))

    assert done.returncode == 2
    assert "hunter2" not in told(done)
    assert "DATABASE_URL" in done.stderr


def test_importing_into_a_desk_that_nobody_set_up_is_told(tmp_path):
    (tmp_path / "old.csv").write_text("id,subject\n1,printer\n")
    assert servicedesk("migrate", DATA_DIR=str(tmp_path)).returncode == 0

    done = servicedesk(
        "import",
        "tickets",
        str(tmp_path / "old.csv"),
        "--map",
        "id=id",
        "--map",
        "subject=subject",
        DATA_DIR=str(tmp_path),
    )

    assert done.returncode == 1
    assert "first administrator" in told(done)


def test_settings_are_shown_without_secrets(tmp_path):
    done = servicedesk("settings", DATA_DIR=str(tmp_path), SECRET_KEY="a very secret key of 32 characters+")

    assert f"DATA_DIR={tmp_path}" in done.stdout
    assert "very secret" not in done.stdout


def test_the_list_of_commands_loads_no_room(tmp_path):
    loaded = modules_after(
        "from click.testing import CliRunner; from app import cli; CliRunner().invoke(cli, ['--help'])",
        tmp_path,
    )

    assert not {name for name in loaded if name.split(".")[0] in {"sqlalchemy", "sla", "routing", "portal"}}


def test_the_web_process_never_loads_what_training_needs(tmp_path):
    code = "import os; from app import create_app, settings_in_force; create_app(settings_in_force())"

    loaded = modules_after(code, tmp_path)

    assert "flask" in loaded
    assert not {name.split(".")[0] for name in loaded} & {"sklearn", "scipy", "pandas", "rq", "pytest"}


@pytest.mark.parametrize(
    "name", ["web", "worker", "scheduler", "migrate", "people", "import", "i18n", "settings", "run"]
)
def test_every_command_explains_itself(name, tmp_path):
    done = servicedesk(name, "--help", DATA_DIR=str(tmp_path))

    assert done.returncode == 0
    assert "Usage:" in done.stdout
    assert list(tmp_path.iterdir()) == []
