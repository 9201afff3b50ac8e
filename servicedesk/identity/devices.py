"""Devices that signed in to an account before: their attempts are counted apart from those of strangers."""

import hashlib
import secrets

from flask import Response, current_app, request
from itsdangerous import BadSignature, URLSafeSerializer

from servicedesk.identity.queries import folded_email

_LIFETIME_SECONDS = 180 * 86400


def known_device(email: str) -> str | None:
    """Return the id of this browser if it signed in to the account of `email` before."""
    try:
        found = _signer().loads(request.cookies.get(_cookie_name(), ""))
    except BadSignature:
        return None
    accounts = found.get("accounts", []) if isinstance(found, dict) else []
    return str(found["id"]) if _account(email) in accounts else None


def remember_device(response: Response, email: str) -> None:
    """Let this browser count as known for the account of `email` (after a successful sign-in)."""
    try:
        found = _signer().loads(request.cookies.get(_cookie_name(), ""))
    except BadSignature:
        found = {"id": secrets.token_hex(12), "accounts": []}
    accounts = [account for account in found["accounts"] if account != _account(email)]
    found["accounts"] = [*accounts[-4:], _account(email)]
    response.set_cookie(
        _cookie_name(),
        str(_signer().dumps(found)),
        max_age=_LIFETIME_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
    )


def _account(email: str) -> str:
    return hashlib.sha256(folded_email(email).encode()).hexdigest()[:16]


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="device")


def _cookie_name() -> str:
    return "__Host-desk-device" if current_app.config["SESSION_COOKIE_SECURE"] else "desk-device"
