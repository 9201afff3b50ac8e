"""What was tried on the past, as an editor takes it over to be published."""

from collections.abc import Mapping
from typing import Any

from flask import request

from portal.admin.person_pages import whole
from servicedesk.identity.current import actor
from sla.replays import RIGHT, replay_page


def tried(what: str) -> Mapping[str, Any]:
    """Return the document that the replay in the address tried, nothing where there is none."""
    document: Mapping[str, Any] = tried_proposal(what).get("document", {})
    return document


def tried_proposal(what: str) -> Mapping[str, Any]:
    """Return all that it proposed of an agreement or a calendar (sla/proposals.py)."""
    replay_id = whole(request.args.get("replay", ""))
    if replay_id is None or not actor().has(RIGHT):
        return {}
    proposal: Mapping[str, Any] = replay_page(actor(), replay_id).proposal.get(what) or {}
    return proposal
