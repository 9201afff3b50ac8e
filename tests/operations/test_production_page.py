"""docs/production.md and its files name commands, options, settings and figures that there are."""

import re

import pytest

from app import cli
from servicedesk.kernel.settings import VARIABLES
from servicedesk.operations.backup_cli import backup_command, restore_command
from tests.architecture.tree import ROOT

PAGE = (ROOT / "docs" / "production.md").read_text("utf-8")
FOLDER = ROOT / "docs" / "production"
FILES = sorted(file.name for file in FOLDER.iterdir())


def test_every_file_is_named_on_the_page():
    stems = {name.partition(".")[0] for name in FILES}

    assert len(FILES) >= 7
    assert [stem for stem in stems if stem not in PAGE] == []


def test_every_command_on_the_page_and_in_the_units_is_one():
    texts = [PAGE, *((FOLDER / name).read_text("utf-8") for name in FILES if name.endswith(".service"))]
    called = {name for text in texts for name in re.findall(r"(?:bin/|`|\n)servicedesk ([a-z]+)", text)}

    assert {"backup", "restore", "doctor", "migrate", "people"} <= called
    assert called - set(cli.list_commands(None)) == set()


@pytest.mark.parametrize("page", ["production.md", "several-hosts.md"])
def test_commands_on_a_page_are_run_as_the_user_who_owns_the_data(page):
    text = (ROOT / "docs" / page).read_text("utf-8")
    by_path = re.findall(r"^.*bin/servicedesk .*$", text, re.MULTILINE)

    assert by_path == [line for line in by_path if "runuser -u servicedesk -- " in line] != []
    assert text.index("runuser") < text.index("\nservicedesk migrate")


def test_every_option_on_the_page_is_one():
    parameters = [*backup_command.params, *restore_command.params]
    known = {option for each in parameters for option in each.opts}
    written = set(re.findall(r"(?<=[ `])--[a-z-]+", PAGE))

    assert written - known - {"--now", "--name", "--role", "--config", "--adapter"} == set()


def test_every_setting_on_the_page_is_one():
    written = set(re.findall(r"`([A-Z][A-Z_]{3,})[=`]", PAGE))

    assert written - set(VARIABLES) == set()
    assert "METRICS_TOKEN" in written


def test_every_figure_that_wakes_somebody_is_shown(client):
    shown = client.get("/metrics").text
    wanted = set(re.findall(r"\bdesk_[a-z_]+", (FOLDER / "alerts.yml").read_text("utf-8")))

    bare = {figure.removesuffix("_bucket") for figure in wanted}
    assert len(bare) >= 6
    assert {figure for figure in bare if f"# TYPE {figure}" not in shown} == set()


def test_the_sites_keep_figures_from_the_outside():
    for name in ("nginx.conf", "Caddyfile"):
        assert "/metrics" in (FOLDER / name).read_text("utf-8")
