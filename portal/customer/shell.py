"""What every page and every answer of the customer's face shares: frame, notices, addresses."""

from dataclasses import replace
from http import HTTPStatus
from typing import cast

from flask import Blueprint, Response, get_flashed_messages, make_response, redirect, render_template

from portal.framing import frame
from portal.page import Notice, Page

blueprint = Blueprint("customer", __name__)


def customer_page(title: str, *notices: Notice) -> Page:
    """Return the frame of a page, with what just happened."""
    base = frame(title)
    kept = cast("list[tuple[str, str]]", get_flashed_messages(with_categories=True))
    told = [Notice(text=text, state=state) for state, text in kept]
    return replace(base, notices=(*base.notices, *notices, *told))


def drawn(
    template: str, page_title: str, *notices: Notice, status: HTTPStatus = HTTPStatus.OK, **values: object
) -> Response:
    """Return a page of the customer's face."""
    page = customer_page(page_title, *notices)
    return make_response(render_template(f"customer/{template}", page=page, **values), status)


def go_on(url: str) -> Response:
    """Send the browser on after something was done."""
    return cast(Response, redirect(url, HTTPStatus.SEE_OTHER))
