"""docs/several-hosts.md and its files name commands and settings that there are."""

import re

import pytest

from app import cli
from servicedesk.kernel.settings import VARIABLES, InvalidSetting, load
from tests.architecture.tree import ROOT

FOLDER = ROOT / "docs" / "several-hosts"
UNITS = sorted(file.name for file in FOLDER.glob("*.service"))
GIVEN = re.compile(r"^([A-Z_]+)=\"?(.*?)\"?$", re.MULTILINE)


def test_the_settings_of_the_page_are_accepted_once_the_key_is_ones_own():
    given = dict(GIVEN.findall((FOLDER / "desk.env").read_text("utf-8")))

    with pytest.raises(InvalidSetting, match="SECRET_KEY can be guessed"):
        load(given)
    settings = load(given | {"SECRET_KEY": "Zb3-kq9_TfW0xLr7YvN2sHd8MgC5pJeU"})

    assert given.keys() <= set(VARIABLES)
    assert (settings.demo, settings.is_https, settings.redis_url) == (False, True, given["REDIS_URL"])


@pytest.mark.parametrize("unit", UNITS)
def test_each_unit_starts_a_command_that_there_is(unit):
    text = (FOLDER / unit).read_text("utf-8")
    [command] = re.findall(r"^ExecStart=/opt/servicedesk/\.venv/bin/servicedesk (\w+)$", text, re.MULTILINE)

    assert unit.startswith(f"servicedesk-{command}")
    assert command in cli.commands
    assert set(re.findall(r"\b([A-Z_]{4,})=", text)) <= set(VARIABLES)


def test_the_page_names_every_file_and_every_kind_of_process():
    page = (ROOT / "docs" / "several-hosts.md").read_text("utf-8")

    assert len(UNITS) == 3
    assert all(f"`servicedesk {command}`" in page for command in ("web", "worker", "scheduler"))
    assert "desk.env" in page
    assert "nginx.conf" in page
