"""Wires the room of routing into the app."""

from flask import Flask

from routing import fields, jobs
from routing.subscribers import notice_choices
from servicedesk.kernel.save import hooks_in_transaction


def init_app(app: Flask) -> None:
    """Register the fields, and let jobs follow what happens to tickets."""
    fields.register_own()
    jobs.follow_tickets()
    if notice_choices not in hooks_in_transaction:
        hooks_in_transaction.append(notice_choices)
