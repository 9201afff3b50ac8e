"""A browser for tests: requests that stand on their own, with the proof of origin that our pages carry."""

from contextvars import copy_context
from typing import Any

from flask import g
from flask.globals import _cv_app
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from werkzeug.test import TestResponse

from servicedesk.identity.actor import Actor
from servicedesk.kernel.db import session

CSRF = "csrf-of-the-tests"
UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class DeskClient(FlaskClient):
    """Sends each request as a server would get it: in a context of its own, whatever the test has open.

    `actor` is who it is signed in as. Unsafe requests carry the CSRF token; `csrf=False` leaves it out.
    """

    actor: Actor

    def open(self, *args: Any, csrf: bool = True, **kwargs: Any) -> TestResponse:
        if csrf and str(kwargs.get("method", "GET")).upper() in UNSAFE:
            kwargs["headers"] = {"X-CSRFToken": self._token(), **dict(kwargs.get("headers") or {})}
        # What the test has read so far is given up: it may be stale once the request has been answered.
        session().rollback()
        response: TestResponse = copy_context().run(self._as_a_server, args, kwargs)
        session().rollback()
        session().expire_all()
        g.pop("desk_revision", None)
        return response

    def _as_a_server(self, args: Any, kwargs: Any) -> TestResponse:
        _cv_app.set(None)  # type: ignore[arg-type]  # else Flask would reuse the test's context and its `g`
        return super().open(*args, **kwargs)

    def _token(self) -> str:
        with self.session_transaction() as kept:
            kept["csrf_token"] = CSRF
        key = self.application.config["SECRET_KEY"]
        return URLSafeTimedSerializer(key, salt="wtf-csrf-token").dumps(CSRF)
