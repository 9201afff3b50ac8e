"""Wires the room of calendars into the app."""

from flask import Flask

from servicedesk.calendars import verification
from servicedesk.calendars.first_run import seed_calendars
from servicedesk.kernel.first_run import on_first_run
from servicedesk.kernel.verification import on_verify


def init_app(app: Flask) -> None:
    """Let a new desk begin with its calendars, and verifications look at them."""
    on_first_run(seed_calendars)
    on_verify(verification.CHECKER)
