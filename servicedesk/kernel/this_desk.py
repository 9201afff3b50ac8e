"""The settings of the desk that the present application context belongs to."""

from flask import current_app

from servicedesk.kernel.settings import Settings


def the_settings() -> Settings:
    """Return the settings that the present app was made with."""
    settings: Settings = current_app.config["SETTINGS"]
    return settings
