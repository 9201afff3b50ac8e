"""Jobs of identity: nothing that no longer counts is kept."""

from servicedesk.identity.sessions import clean_up
from servicedesk.kernel.periodic import every
from servicedesk.kernel.refs import Cause, System


@every(3600, "identity.clean_up")
def clean_up_job() -> None:
    """Delete sign-ins, links and failed attempts that are over."""
    clean_up(System(Cause("schedule", "identity.clean_up")))
