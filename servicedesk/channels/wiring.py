"""Wires the room of channels into the app."""

from flask import Flask

from servicedesk.channels import jobs as _jobs  # noqa: F401  the import registers the handlers


def init_app(_app: Flask) -> None:
    """Let mails leave."""
