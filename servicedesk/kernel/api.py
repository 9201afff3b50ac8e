"""The JSON API: flask-smorest set up so that errors, safety and documents are the desk's own."""

import hashlib
from collections.abc import Callable
from typing import Any, NoReturn, cast

from flask import Flask, Request, current_app, request
from flask_smorest import Api, Blueprint
from marshmallow import RAISE, Schema, ValidationError, fields
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import BadRequest

from servicedesk.kernel.errors import Invalid, Unreadable
from servicedesk.kernel.i18n import gettext as _

VERSION = "v1"
PREFIX = f"/api/{VERSION}"

View = Callable[..., Any]


class _Parser(FlaskParser):
    """Reads bodies and queries; what does not fit is our Invalid, with every field named."""

    DEFAULT_UNKNOWN_BY_LOCATION = {**FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION, "query": RAISE, "json": RAISE}

    def load_json(self, req: Request, schema: Schema) -> Any:
        """Return the body; raises Unreadable for what is no JSON, or nested deeper or longer than we read."""
        try:
            return super().load_json(req, schema)
        except (BadRequest, RecursionError, ValueError):
            raise Unreadable(
                "api.bad_json", _("This is no JSON that the desk can read: look at where it was made.")
            ) from None

    def handle_error(self, error: ValidationError, *args: Any, **kwargs: Any) -> NoReturn:
        by_place = cast("dict[str, Any]", error.messages)
        inside = [part for part in by_place.values() if isinstance(part, dict)]
        errors = {name: _texts(texts) for part in inside for name, texts in part.items()}
        raise Invalid("api.invalid", _("Some fields are missing or cannot be used."), errors=errors)


def _texts(found: object) -> list[str]:
    return [str(text) for text in found] if isinstance(found, list) else [str(found)]


class ApiBlueprint(Blueprint):  # type: ignore[misc]
    """A blueprint whose bodies and queries are refused in the desk's own way."""

    ARGUMENTS_PARSER = _Parser()


class DeskApi(Api):  # type: ignore[misc]
    """The API without flask-smorest's own error pages, which would answer browsers with JSON too."""

    def _register_error_handlers(self) -> None:
        return


class ProblemSchema(Schema):
    """An error as RFC 9457 writes it; `code` is stable, `errors` maps fields to sentences."""

    type = fields.String()
    title = fields.String()
    status = fields.Integer()
    detail = fields.String()
    code = fields.String()
    errors = fields.Dict(keys=fields.String(), values=fields.List(fields.String()))


def init_app(app: Flask, *, open_to_all: Callable[[View], View]) -> None:
    """Prepare the API; rooms add their blueprints with `add`. `open_to_all` marks the document public."""
    app.config.update(
        API_TITLE="Service desk", API_VERSION=VERSION, OPENAPI_VERSION="3.1.0", API_SPEC_OPTIONS={}
    )
    desk_api = DeskApi(app)
    desk_api.spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    desk_api.spec.options["security"] = [{"token": []}]
    app.extensions["desk_api"] = desk_api
    app.add_url_rule(f"{PREFIX}/openapi.json", "openapi", open_to_all(document))


def add(app: Flask, blueprint: Blueprint) -> None:
    """Add a room's blueprint to the API and to its document."""
    app.extensions["desk_api"].register_blueprint(blueprint)


def document() -> dict[str, Any]:
    """Return the OpenAPI document."""
    found: dict[str, Any] = current_app.extensions["desk_api"].spec.to_dict()
    return found


def idempotency_key() -> str | None:
    """Return the caller's Idempotency-Key, scoped so that it cannot meet a form's; None without one.

    It is always 44 characters long: there is room for the caller's id before it.
    """
    given = request.headers.get("Idempotency-Key", "").strip()
    if not given:
        return None
    if not (8 <= len(given) <= 56 and given.isascii() and given.isprintable()):
        sentence = _("An Idempotency-Key has 8 to 56 plain characters.")
        raise Invalid("api.idempotency_key", sentence, field="Idempotency-Key")
    return f"api:{hashlib.sha256(given.encode()).hexdigest()[:40]}"
