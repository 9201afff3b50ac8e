"""Links between pages, registered by the rooms that own the pages; everybody sees those they may use."""

from dataclasses import dataclass, replace

from flask import request, url_for
from flask_babel import LazyString

from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission


@dataclass(frozen=True, slots=True)
class PageLink:
    """A link in the navigation. `permission` None shows it to everybody who is signed in.

    `any_of` shows it to those who have one of these permissions.
    Links with the same `group` stand under that heading; `position` orders groups and links. `except_for`
    hides it from those who have that permission: agents need no customer's home.
    """

    endpoint: str
    label: LazyString
    permission: Permission | None = None
    any_of: tuple[Permission, ...] = ()
    except_for: Permission | None = None
    group: LazyString | str = ""
    position: int = 100
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ShownLink:
    """A link as a page shows it."""

    group: str
    label: str
    url: str
    is_current: bool


_links: dict[tuple[str, tuple[tuple[str, str], ...]], PageLink] = {}


def add_link(link: PageLink) -> None:
    """Register a link; a later one for the same page takes its place."""
    _links[link.endpoint, link.values] = link


def links_for(viewer: Actor) -> list[ShownLink]:
    """Return the links that `viewer` may follow, in order; none for somebody who is not signed in."""
    if viewer.id is None:
        return []
    found = [link for link in _links.values() if _is_for(viewer, link)]
    shown = [_shown(link) for link in sorted(found, key=lambda link: link.position)]
    # "/desk" leads to "/desk/articles" too: where both are links, only the nearer one is the present page's.
    nearest = max((len(link.url) for link in shown if link.is_current), default=0)
    return [replace(link, is_current=link.is_current and len(link.url) == nearest) for link in shown]


def _is_for(viewer: Actor, link: PageLink) -> bool:
    if link.except_for is not None and viewer.has(link.except_for):
        return False
    if link.any_of and not any(viewer.has(one) for one in link.any_of):
        return False
    return link.permission is None or viewer.has(link.permission)


def _shown(link: PageLink) -> ShownLink:
    url = url_for(link.endpoint, **dict(link.values))  # type: ignore[arg-type]
    is_current = request.path == url or (url != "/" and request.path.startswith(f"{url}/"))
    return ShownLink(str(link.group), str(link.label), url, is_current)
