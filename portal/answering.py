"""What the faces answer after a change: where to go on, and a sentence about what was done."""

from http import HTTPStatus
from typing import cast

from flask import Response, flash, get_flashed_messages, redirect
from werkzeug.urls import iri_to_uri

from portal.asked import wants_fragment
from portal.page import Notice


def notices() -> tuple[Notice, ...]:
    """Return what `notify` kept for this page."""
    kept = cast("list[tuple[str, str]]", get_flashed_messages(with_categories=True))
    return tuple(Notice(text=text, state=state) for state, text in kept)


def notify(sentence: str, state: str = "met") -> None:
    """Show `sentence` on the next page; `state` is one of the five of a clock."""
    flash(sentence, state)


def go_to(url: str) -> Response:
    """Send the browser on after a change; a script is told where, so that it does not swallow the page."""
    if wants_fragment():
        return Response(status=HTTPStatus.NO_CONTENT, headers={"HX-Redirect": iri_to_uri(url)})
    answer = redirect(url, HTTPStatus.SEE_OTHER)
    return Response(answer.get_data(), answer.status, answer.headers)
