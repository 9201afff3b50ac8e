"""What tests of administration share: somebody at a form, who looks at its effect and then saves."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag

from tests.support.client import DeskClient


def values_in(form: Tag) -> dict[str, Any]:
    """Return what a browser would send for a form that nobody touched, its buttons left out."""
    sent: dict[str, Any] = {}
    for field in form.select("input[name], select[name], textarea[name]"):
        kind = field.get("type")
        if field["name"] == "csrf_token" or field.find_parent("fieldset", disabled=True):
            continue  # the client carries a proof of its own; a picture of a form is not sent
        if kind in ("checkbox", "radio") and not field.has_attr("checked"):
            continue
        sent.setdefault(field["name"], []).append(_value(field))
    return {name: found if len(found) > 1 else found[0] for name, found in sent.items()}


def _value(field: Tag) -> str:
    if field.name == "textarea":
        return field.get_text().removeprefix("\n")
    if field.name == "select":
        options = field.select("option[selected]") or field.select("option")[:1]
        return options[0]["value"] if options else ""
    return field.get("value", "on")


class Editing:
    """A browser at a form of administration."""

    def __init__(self, client: DeskClient) -> None:
        self.client = client

    def page(self, url: str) -> BeautifulSoup:
        answer = self.client.get(url)
        assert answer.status_code == 200, answer.text[:2000]
        return BeautifulSoup(answer.text, "html.parser")

    def typed(self, url: str, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Return the form at `url` with some fields changed."""
        return values_in(self.page(url).select_one("form[data-once]")) | changes

    def look(self, url: str, status: int = 200, /, **changes: Any) -> BeautifulSoup:
        """Send the form for its effect."""
        return self.send(url, self.typed(url, changes), status)

    def send(self, url: str, data: Mapping[str, Any], status: int = 200) -> BeautifulSoup:
        answer = self.client.post(url, data=dict(data))
        assert answer.status_code == status, answer.text[:3000]
        return BeautifulSoup(answer.text, "html.parser")

    def save(self, url: str, /, **changes: Any) -> str:
        """Look at the effect, save exactly that, and return where it led."""
        shown = values_in(self.look(url, **changes).select_one("form[data-once]"))
        answer = self.client.post(url, data=shown | {"do": "save"})
        assert answer.status_code == 303, answer.text[:3000]
        return answer.location


def effect_of(page: BeautifulSoup) -> str:
    """Return what the page says that saving does."""
    return " ".join(page.select_one("#effect").get_text(" ", strip=True).split())


@pytest.fixture
def editing(sign_in_as, administrator) -> Editing:
    """An administrator at work."""
    return Editing(sign_in_as(administrator))


@pytest.fixture
def effect() -> Callable[[BeautifulSoup], str]:
    return effect_of


@pytest.fixture
def editor_as(sign_in_as) -> Callable[..., Editing]:
    """`editor_as("manager")` is somebody else at work."""
    return lambda who: Editing(sign_in_as(who))
