"""What a page costs its reader's line: the page and everything it loads, as sent with gzip."""

import re
from dataclasses import dataclass

from benchmarks.client import Client

_LOADED = (
    r"<link\b(?=[^>]*\brel=\"?(?:stylesheet|icon|modulepreload|preload|manifest))[^>]*\bhref=\"([^\"]+)\"",
    r"<(?:script|img)\b[^>]*\bsrc=\"([^\"]+)\"",
)


@dataclass(frozen=True)
class Weight:
    """Bytes over the wire and requests, the page itself included."""

    size: int
    requests: int


def weigh(client: Client, path: str) -> Weight:
    """Return the weight of the page at `path`; `client` must accept gzip."""
    page = client.get(path)
    if page.status != 200:
        raise SystemExit(f"{path} answered with status {page.status}")
    text = page.text()
    parts = {found for pattern in _LOADED for found in re.findall(pattern, text)}
    local = sorted(part for part in parts if part.startswith("/"))
    return Weight(len(page.body) + sum(len(client.get(part).body) for part in local), 1 + len(local))
