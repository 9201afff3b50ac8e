"""The order in which agreements are tried, and publishing one at its place in it."""

import json
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select

from servicedesk.identity.access import require
from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission
from servicedesk.kernel.command import command, once, remember
from servicedesk.kernel.db import session
from servicedesk.kernel.errors import Invalid
from servicedesk.kernel.events import Json
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.keys import free_key
from sla.agreements import publish_agreement, versions
from sla.models import Agreement, AgreementVersion

GAP = 10


def agreement_keys() -> list[tuple[str, str]]:
    """Return (key, name) of every agreement, in the order in which they are tried."""
    found = {version.key: version.name for version in versions()}
    return list(found.items())


@command
def place_before(actor: Actor, key: str, before: str | None) -> int:
    """Return a free position for agreement `key` right before another one (None: the last).

    Where no number is free, those from there on move up; each is published again as it is.
    """
    require(actor, Permission.AGREEMENT_PUBLISH)
    rows = session().scalars(select(Agreement).where(Agreement.key != key).order_by(Agreement.position)).all()
    taken = session().scalar(select(Agreement.position).where(Agreement.key == key))
    if before is None:
        last = rows[-1].position if rows else 0
        return taken if taken is not None and taken > last else last + 1
    places = {row.key: place for place, row in enumerate(rows)}
    if before not in places:
        raise Invalid("agreement.before", _("Choose an agreement from the list."), field="before")
    following = rows[places[before] :]
    above = rows[places[before] - 1].position if places[before] else following[0].position - 2
    free = range(above + 1, following[0].position)
    if free:
        return taken if taken is not None and taken in free else free[0]
    wanted = following[0].position
    for row in reversed(following):
        _publish_again(actor, row, row.position + GAP)
    return wanted


def _publish_again(actor: Actor, row: Agreement, position: int) -> None:
    newest = session().scalars(
        select(AgreementVersion.document)
        .where(AgreementVersion.agreement_id == row.id)
        .order_by(AgreementVersion.number.desc())
        .limit(1)
    )
    publish_agreement(actor, row.key, name=row.name, document=json.loads(newest.one()), position=position)


@command
def change_agreement(
    actor: Actor,
    key: str,
    *,
    name: str,
    document: Mapping[str, Json],
    before: str | None,
    effective_from: datetime | None = None,
    expected_version: int | None = None,
) -> int:
    """Publish the next version of an agreement, tried right before `before` (None: the last)."""
    return publish_agreement(
        actor,
        key,
        name=name,
        document=document,
        position=place_before(actor, key, before),
        effective_from=effective_from,
        expected_version=expected_version,
    )


def begin_agreement(
    actor: Actor,
    *,
    name: str,
    document: Mapping[str, Json],
    before: str | None,
    effective_from: datetime | None = None,
    key: str | None = None,
) -> int:
    """Publish the first version of a new agreement and return the agreement's id.

    It is made once for the same idempotency `key`; programs know it by a key made from its name.
    """
    said = [name, dict(document), before]

    @command
    def begin(who: Actor) -> int:
        taken = set(session().scalars(select(Agreement.key)))
        found = free_key(name, taken, otherwise="agreement")
        version_id = change_agreement(
            who, found, name=name, document=document, before=before, effective_from=effective_from
        )
        agreement_id = session().get_one(AgreementVersion, version_id).agreement_id
        remember(key, said, agreement_id)
        return agreement_id

    return once(key, said, lambda: begin(actor))
