"""One client on one kept-alive connection: cookies, forms, and the time each answer took."""

import gzip
import http.client
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape
from urllib.parse import urlencode, urlsplit

IDLE_SECONDS = 1


@dataclass(frozen=True)
class Answer:
    """What came back: `body` as sent over the wire, `seconds` from asking to the last byte."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float

    def text(self) -> str:
        """Return the body as text, unpacked."""
        packed = self.headers.get("Content-Encoding") == "gzip"
        return (gzip.decompress(self.body) if packed else self.body).decode()

    def hidden_fields(self) -> dict[str, str]:
        """Return the hidden inputs of the page: the form's token, its key, its version."""
        inputs = re.findall(r"<input\b[^>]*>", self.text())
        hidden = [tag for tag in inputs if re.search(r'type="?hidden', tag)]
        return {_attribute(tag, "name"): unescape(_attribute(tag, "value")) for tag in hidden}


class Client:
    """Speaks to one server as one browser would, one request after the other."""

    def __init__(self, url: str, *, encoding: str = "identity") -> None:
        parts = urlsplit(url)
        self.connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        self.origin = url
        self.headers = {"Accept": "text/html", "Accept-Encoding": encoding}
        self.cookies: dict[str, str] = {}
        self.last_used = 0.0

    def get(self, path: str) -> Answer:
        return self._ask("GET", path, None)

    def post(self, path: str, form: Mapping[str, str]) -> Answer:
        return self._ask("POST", path, urlencode(form).encode())

    def _ask(self, method: str, path: str, body: bytes | None) -> Answer:
        headers = dict(self.headers)
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if body is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": self.origin}
        started = time.perf_counter()
        if started - self.last_used > IDLE_SECONDS:
            self.connection.close()  # the server may have closed its end; the next line connects anew
        self.connection.request(method, path, body, headers)
        response = self.connection.getresponse()
        received = response.read()
        self.last_used = time.perf_counter()
        seconds = self.last_used - started
        for cookie in response.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.split(";")[0].partition("=")
            self.cookies[name] = value
        return Answer(response.status, dict(response.headers), received, seconds)


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf'\b{name}="([^"]*)"', tag)
    return found.group(1) if found else ""
