"""The agreements a new desk begins with: Gold for organisations of that tier, Standard for everybody else."""

import json
from importlib.resources import files

from sqlalchemy import select

from servicedesk.identity.actor import system_actor
from servicedesk.kernel.command import command
from servicedesk.kernel.db import session
from servicedesk.kernel.refs import Acting
from sla.agreements import publish_agreement
from sla.models import Agreement


@command
def seed_agreements(actor: Acting) -> None:
    """Publish the agreements that are missing; those that are there stay as they are."""
    known = set(session().scalars(select(Agreement.key)))
    text = (files("sla") / "data" / "agreements.json").read_text(encoding="utf-8")
    for entry in json.loads(text):
        if entry["key"] not in known:
            publish_agreement(
                system_actor(actor.cause), entry["key"], name=entry["name"], document=entry["document"]
            )
