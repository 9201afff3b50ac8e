"""Wires the room of knowledge into the app."""

from flask import Flask

from knowledge import api, verification
from knowledge.feedback import note_what_was_shown
from servicedesk.kernel import api as kernel_api
from servicedesk.kernel.save import hooks_in_transaction
from servicedesk.kernel.verification import on_verify


def init_app(app: Flask) -> None:
    """Register the API, what is checked, and what is noted when a request is filed."""
    kernel_api.add(app, api.blueprint)
    on_verify(verification.CHECKER)
    on_verify(verification.TICKET_CHECKER)
    if note_what_was_shown not in hooks_in_transaction:
        hooks_in_transaction.append(note_what_was_shown)
