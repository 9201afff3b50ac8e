"""What every page of administration shares: the frame with its sections, and who sees which."""

from dataclasses import dataclass, replace

from flask import Blueprint, url_for
from flask_babel import LazyString

from portal.answering import notices
from portal.framing import frame
from portal.page import Link, LinkGroup, Page
from servicedesk.identity.actor import Actor
from servicedesk.identity.current import actor
from servicedesk.identity.permissions import Permission
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.i18n import lazy_gettext as _l

blueprint = Blueprint("admin", __name__, url_prefix="/admin")


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the administration: its list, what it is called, what one does there, and who may."""

    endpoint: str
    label: LazyString
    about: LazyString
    permission: Permission


SECTIONS = (
    Section(
        "admin.people",
        _l("People"),
        _l("Who is here, what they may do, and how they come in."),
        Permission.PEOPLE_MANAGE,
    ),
    Section(
        "admin.roles",
        _l("Roles"),
        _l("Which rights go together, and how far they reach."),
        Permission.ROLES_MANAGE,
    ),
    Section(
        "admin.groups",
        _l("Teams"),
        _l("Who works together, and who answers for what nobody has taken."),
        Permission.CONFIGURE,
    ),
    Section(
        "admin.catalogue",
        _l("Catalogue"),
        _l("What customers ask for, what each form asks, and where it goes."),
        Permission.CONFIGURE,
    ),
    Section(
        "admin.calendars",
        _l("Calendars"),
        _l("When the desk is open, and its holidays."),
        Permission.CONFIGURE,
    ),
    Section(
        "admin.agreements",
        _l("Agreements"),
        _l("What is promised to whom, and in which order the rules are tried."),
        Permission.AGREEMENT_PUBLISH,
    ),
    Section(
        "admin.statuses",
        _l("Statuses"),
        _l("What the states of a request are called, and in which order they stand."),
        Permission.CONFIGURE,
    ),
)
ANY_SECTION = tuple(dict.fromkeys(section.permission for section in SECTIONS))


def sections_for(viewer: Actor) -> tuple[Section, ...]:
    """Return the sections that `viewer` may change."""
    return tuple(section for section in SECTIONS if viewer.has(section.permission))


def admin_page(title: str, endpoint: str = "") -> Page:
    """Return the frame of a page of administration; `endpoint` is the section's that it belongs to."""
    base = frame(title)
    links = tuple(
        Link(str(section.label), url_for(section.endpoint), is_current=section.endpoint == endpoint)
        for section in sections_for(actor())
    )
    places = tuple(replace(group, links=_unmarked(group.links, endpoint)) for group in base.navigation)
    return replace(
        base,
        navigation=(*places, LinkGroup(links, str(_("Administration")))),
        notices=(*base.notices, *notices()),
    )


def _unmarked(links: tuple[Link, ...], endpoint: str) -> tuple[Link, ...]:
    """Let only the section be the present page, not the link above it that led here."""
    return tuple(replace(link, is_current=link.is_current and not endpoint) for link in links)
