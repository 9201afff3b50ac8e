"""A customer at the portal, by HTTP: signs in, sees what would happen, sends. Knows pages, not tables."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from http.cookies import SimpleCookie
from time import perf_counter
from typing import Protocol
from urllib.parse import urlencode, urljoin, urlsplit

TIMEOUT_SECONDS = 60
SIGN_IN, HOME, BOX = "/sign-in", "/", "text"


class NotServed(RuntimeError):
    """The desk did not answer as the portal does; the text says what was met."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: status, where to go next (a path, "" for nowhere), and the page."""

    status: int
    location: str
    page: str


class Transport(Protocol):
    """Sends one request and returns the answer without following it."""

    def __call__(self, method: str, path: str, fields: Mapping[str, str] | None = None) -> Answer: ...


@dataclass(frozen=True, slots=True)
class PageForm:
    """A form of a page: where it goes, and the fields it carries already."""

    action: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sent:
    """A request that was filed: its path, and the seconds that the proposal and the filing took."""

    path: str
    proposal_seconds: float
    filing_seconds: float


def over_http(base_url: str) -> Transport:
    """Return a transport to the desk at `base_url` that keeps its connection and its cookies."""
    parts = urlsplit(base_url)
    is_safe = parts.scheme == "https"
    connection = (HTTPSConnection if is_safe else HTTPConnection)(parts.netloc, timeout=TIMEOUT_SECONDS)
    cookies: dict[str, str] = {}

    def send(method: str, path: str, fields: Mapping[str, str] | None = None) -> Answer:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
        body = urlencode(fields) if fields is not None else None
        if body is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": base_url.rstrip("/")}
            headers |= {"Referer": urljoin(base_url, path)}
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            page = response.read().decode("utf-8", "replace")
        except (OSError, HTTPException) as error:
            connection.close()
            raise NotServed(f"{base_url}: {error}") from error
        for line in response.headers.get_all("Set-Cookie", []):
            cookies.update({name: morsel.value for name, morsel in SimpleCookie(line).items()})
        return Answer(response.status, urlsplit(response.headers.get("Location", "")).path, page)

    return send


class Customer:
    """Somebody at the portal, once signed in."""

    def __init__(self, send: Transport) -> None:
        self._send = send

    def sign_in(self, email: str, password: str) -> None:
        """Sign in by the form; raises NotServed where the desk does not let them in."""
        page = _read(self._send("GET", SIGN_IN), SIGN_IN)
        form = page.form_with("password", SIGN_IN)
        fields = {**form.fields, "email": email, "password": password}
        answer = self._send("POST", form.action, fields)
        if answer.status != 303:
            raise NotServed(f"{SIGN_IN} answered {answer.status}: not signed in as {email}")

    def file(self, text: str) -> Sent:
        """Write the text into the box, look at the proposal, and send it."""
        page = _read(self._send("GET", HOME), HOME)
        form = page.form_with(BOX, HOME)
        fields = {**form.fields, BOX: text}
        proposal_seconds = self._look(page.proposal_path, fields) if page.proposal_path else 0.0
        began = perf_counter()
        answer = self._send("POST", form.action, fields)
        seconds = perf_counter() - began
        if answer.status != 303:
            raise NotServed(f"{form.action} answered {answer.status} instead of filing")
        return Sent(answer.location, proposal_seconds, seconds)

    def _look(self, path: str, fields: Mapping[str, str]) -> float:
        began = perf_counter()
        answer = self._send("POST", path, fields)
        if answer.status != 200:
            raise NotServed(f"{path} answered {answer.status}")
        return perf_counter() - began


def _is_file(field: Mapping[str, str]) -> bool:
    """Say whether a field is for files, of which a text brings none."""
    return field.get("type") == "file"


@dataclass
class _Page(HTMLParser):
    """The forms of a page, and where its box asks for proposals."""

    forms: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    proposal_path: str = ""

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        match tag:
            case "form":
                self.forms.append((found.get("action", ""), {}))
            case "input" | "textarea" | "select" if self.forms and "name" in found and not _is_file(found):
                is_off = found.get("type") in {"checkbox", "radio"} and "checked" not in found
                if not is_off:
                    self.forms[-1][1][found["name"]] = found.get("value", "")
            case "type-ahead":
                self.proposal_path = found.get("src", "")

    def form_with(self, name: str, path: str) -> PageForm:
        """Return the form that has the field."""
        for action, fields in self.forms:
            if name in fields:
                return PageForm(urljoin(path, action) if action else path, fields)
        raise NotServed(f"{path} has no form with the field {name}")


def _read(answer: Answer, path: str) -> _Page:
    if answer.status != 200:
        raise NotServed(f"{path} answered {answer.status}")
    page = _Page()
    page.feed(answer.page)
    return page
