"""Readers of single settings: text from the environment in, a typed value out. Pure.

Each raises Unfit with the words that complete the sentence "set it to ...".
"""

import re
from collections.abc import Callable
from difflib import get_close_matches
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import TypeVar
from urllib.parse import SplitResult, quote, urlsplit
from zoneinfo import ZoneInfo, available_timezones

from limits import parse_many

Value = TypeVar("Value")
Reader = Callable[[str], Value]

POSTGRESQL_SCHEMES = ("postgres", "postgresql", "postgresql+psycopg")


class Unfit(ValueError):
    """The value cannot be used; the argument says what would fit: "a whole number from 1 to 65535"."""


def whole_number(least: int, most: int) -> Reader[int]:
    """Return a reader of whole numbers from `least` to `most`, both included."""

    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
            raise Unfit(f"a whole number from {least} to {most}")
        return int(text)

    return read


def one_of(*choices: str) -> Reader[str]:
    """Return a reader that takes one of `choices` in any case and gives it as written here."""

    def read(text: str) -> str:
        for choice in choices:
            if text.lower() == choice.lower():
                return choice
        raise Unfit("one of " + ", ".join(choices))

    return read


def list_of(read_one: Reader[str]) -> Reader[tuple[str, ...]]:
    """Return a reader of a comma separated list without repetition."""

    def read(text: str) -> tuple[str, ...]:
        values = tuple(read_one(part.strip()) for part in text.split(",") if part.strip())
        if not values or len(set(values)) != len(values):
            raise Unfit("a comma separated list in which nothing stands twice")
        return values

    return read


def matching(pattern: str, expected: str) -> Reader[str]:
    """Return a reader of text that matches the whole `pattern`."""

    def read(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise Unfit(expected)
        return text

    return read


def network(text: str) -> str:
    """Read the address of a machine or a network; one that takes in everybody is refused."""
    expected = "addresses or networks such as 10.0.0.5 or 10.0.0.0/24"
    try:
        found = ip_network(text, strict=False)
    except ValueError:
        raise Unfit(expected) from None
    if found.prefixlen == 0:
        raise Unfit(f"{expected}, not everybody")
    return str(found)


region = matching(r"[a-z0-9-]{1,40}", "a region such as eu-central-1")
access_key = matching(r"[\x21-\x7e]{3,128}", "the name of a key")
store_key = matching(r"[\x21-\x7e]{8,256}", "the key that belongs to STORE_KEY")


def flag(text: str) -> bool:
    """Read 0 or 1."""
    if text not in {"0", "1"}:
        raise Unfit("0 or 1")
    return text == "1"


def folder(text: str) -> Path:
    """Read the path of a folder; a relative one starts from the current folder."""
    if "\0" in text:
        raise Unfit("the path of a folder")
    return Path(text).expanduser().absolute()


def zone(text: str) -> str:
    """Read the name of an IANA time zone."""
    if text in available_timezones():
        return ZoneInfo(text).key
    near = get_close_matches(text, available_timezones(), n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    raise Unfit(f"the name of a time zone such as Asia/Almaty or UTC{hint}")


def rate(text: str) -> str | None:
    """Read a rate limit such as "10 per 15 minutes"; None stands for "off"."""
    if text.lower() == "off":
        return None
    try:
        parse_many(text)
    except ValueError:
        raise Unfit('a limit such as "10 per 15 minutes", or off') from None
    return text


def secret(text: str) -> str:
    """Read a secret of at least 32 characters."""
    if len(text) < 32:
        raise Unfit("at least 32 random characters, or leave it out and one is made for you")
    return text


def token(text: str) -> str:
    """Read a token of at least 32 characters that fits into a header."""
    if not re.fullmatch(r"[A-Za-z0-9._~+/=-]{32,500}", text):
        raise Unfit("at least 32 letters and digits")
    return text


def web_address(text: str) -> str:
    """Read the address people type: http or https, a host, no path."""
    expected = "an address such as https://desk.example.org, without a path"
    parts = split_address(text, expected)
    plain = not (parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc)
    if parts.scheme not in {"http", "https"} or not parts.hostname or not plain:
        raise Unfit(expected)
    return f"{parts.scheme}://{parts.netloc.lower()}"


def redis_address(text: str) -> str:
    """Read the address of a Redis server."""
    expected = "an address such as redis://localhost:6379/0"
    if split_address(text, expected).scheme not in {"redis", "rediss", "unix"}:
        raise Unfit(expected)
    return text


def store_address(text: str) -> str:
    """Read the address of a bucket: s3://BUCKET, or the web address of one elsewhere."""
    expected = "s3://BUCKET or https://HOST/BUCKET"
    parts = split_address(text, expected)
    path = parts.path.strip("/")
    bucket = parts.netloc if parts.scheme == "s3" and not path else path
    is_plain = not (parts.query or parts.fragment or "@" in parts.netloc)
    if parts.scheme not in {"s3", "https", "http"} or not parts.netloc or not is_plain:
        raise Unfit(expected)
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", bucket):
        raise Unfit(expected)
    return f"{parts.scheme}://{parts.netloc}" + (f"/{path}" if path else "")


def database_address(text: str) -> str:
    """Read a database address and return it as SQLAlchemy takes it (sqlite or postgresql+psycopg).

    A relative SQLite path starts from the current folder.
    """
    expected = "sqlite:///PATH or postgresql://USER:PASSWORD@HOST/DATABASE"
    parts = split_address(text, expected)
    if parts.scheme in POSTGRESQL_SCHEMES:
        return "postgresql+psycopg" + text[len(parts.scheme) :]
    if parts.scheme != "sqlite" or not text.startswith("sqlite:///") or "?" in text:
        raise Unfit(expected)
    path = text.removeprefix("sqlite:///")
    if path in {"", ":memory:"}:
        raise Unfit(f"{expected}; a database in memory cannot be shared by web and worker")
    return sqlite_address(Path(path).absolute())


def sqlite_address(path: Path) -> str:
    """Return the SQLAlchemy address of the SQLite file at the absolute `path`."""
    return f"sqlite:///{path}"


def without_secrets(address: str) -> str:
    """Return a database or Redis address with its password and its parameters hidden."""
    parts = urlsplit(address)
    user, at, host = parts.netloc.rpartition("@")
    name, colon, _password = user.partition(":")
    shown = f"{quote(name, safe='%')}{':***' if colon else ''}{at}{host}"
    return f"{parts.scheme}://{shown}{parts.path}{'?***' if parts.query else ''}"


def is_loopback(host: str) -> bool:
    """Say whether a host name or address is of this very machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost" or host.lower().endswith(".localhost")


def split_address(text: str, expected: str) -> SplitResult:
    """Return the parts of an address; raises Unfit with `expected` where it is none."""
    try:
        parts = urlsplit(text)
        _ = parts.port  # raises where the port is no number
    except ValueError:
        raise Unfit(expected) from None
    if re.search(r"[\s\0]", text):
        raise Unfit(expected)
    return parts
