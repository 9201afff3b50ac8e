"""Wires the pages into the app."""

from pathlib import Path

from flask import Flask
from jinja2 import FileSystemLoader

from portal import (
    account,
    drafts,
    files,
    framing,
    guest,
    kept,
    mail_links,
    preferences,
    private,
    quiet,
    rating,
    sign_in,
)
from portal.admin import wiring as admin
from portal.assets import init_assets
from portal.customer import wiring as customer
from portal.desk import wiring as desk
from portal.reports import wiring as reports


def init_app(app: Flask) -> None:
    """Give `app` its templates, style, scripts and pages."""
    app.jinja_loader = FileSystemLoader(Path(__file__).with_name("templates"))
    init_assets(app)
    framing.init_app(app)
    kept.init_app(app)
    for pages in (sign_in, mail_links, account, quiet, private, guest, rating, preferences, files, drafts):
        app.register_blueprint(pages.blueprint)
    customer.init_app(app)
    desk.init_app(app)
    reports.init_app(app)
    admin.init_app(app)
