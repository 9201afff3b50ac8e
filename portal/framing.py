"""The frame around every page: who looks, where they may go, which languages there are."""

from dataclasses import replace
from itertools import groupby

from flask import Flask, g, request, url_for

from portal.demo.cast import FILE
from portal.kept import once, rights_of
from portal.page import Language, Link, LinkGroup, Page, Person
from portal.words import initials
from servicedesk.identity.actor import Actor
from servicedesk.identity.current import actor
from servicedesk.identity.gate import SIGN_IN_PATH
from servicedesk.identity.navigation import links_for
from servicedesk.identity.permissions import Permission
from servicedesk.kernel import i18n
from servicedesk.kernel.this_desk import the_settings

THEMES = ("light", "dark")


def init_app(app: Flask) -> None:
    """Give every template `page`; a view that needs more passes its own, made with `frame`."""
    app.context_processor(lambda: {"page": frame()})


def frame(title: str = "") -> Page:
    """Return what the shell shows for whoever is asking; `title` is translated text."""
    page = _frame_of(actor(), i18n.current_language())
    return replace(page, title=title) if title else page


def _frame_of(who: Actor, language: str) -> Page:
    """Return the frame, looked up once a request: a view that passes its own is given it a second time."""
    known: tuple[Actor, str, Page] | None = g.get("frame")
    if known is None or known[0] is not who or known[1] != language:
        known = g.frame = (who, language, _kept_frame(who, language))
    return known[2]


def _kept_frame(who: Actor, language: str) -> Page:
    settings = the_settings()
    theme = request.cookies.get("theme", who.theme)
    is_demo = settings.demo and (settings.data_dir / FILE).exists()
    key = (settings.name, settings.languages, is_demo, theme, language, who.email, rights_of(who))
    address = (request.script_root, request.path, here())
    return once(("frame", key, address), lambda: _frame(who, language, theme, is_demo=is_demo))


def _frame(who: Actor, language: str, theme: str, *, is_demo: bool) -> Page:
    settings = the_settings()
    return Page(
        title=settings.name,
        locale=language,
        direction=i18n.direction(language),
        brand=settings.name,
        home_url=home_of(who),
        theme=theme if theme in THEMES else "auto",
        is_demo=is_demo,
        person=_person(who),
        navigation=_navigation(who),
        languages=_languages(language),
        language_url=url_for("preferences.language", next=here()),
        sign_in_url="" if who.id or request.path == SIGN_IN_PATH else SIGN_IN_PATH,
        sign_out_url=url_for("sign_in.leave") if who.id else "",
        account_url=url_for("account.own") if who.id else "",
        quiet_url=url_for("quiet.own") if who.id else "",
    )


def here() -> str | None:
    """Return the path and query of the present page; None where it cannot be asked for again."""
    return request.full_path.rstrip("?") if request.method == "GET" else None


def home_of(who: Actor) -> str:
    """Return the path of the page that somebody begins with."""
    if who.has(Permission.TICKET_REPLY) and who.has(Permission.QUEUE_SEE):
        return "/desk"
    return "/reports" if who.has(Permission.REPORT_SEE) else "/"


def _person(who: Actor) -> Person | None:
    if who.id is None:
        return None
    return Person(who.name, initials(who.name), who.email, str(who.id))


def _navigation(who: Actor) -> tuple[LinkGroup, ...]:
    links = links_for(who)
    return tuple(
        LinkGroup(tuple(Link(link.label, link.url, is_current=link.is_current) for link in found), label)
        for label, found in groupby(links, key=lambda link: link.group)
    )


def _languages(current: str) -> tuple[Language, ...]:
    return tuple(
        Language(code, name, i18n.direction(code), code == current)
        for code, name in i18n.language_names().items()
    )
