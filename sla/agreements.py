"""Agreements: which are in force at a moment, which rule is a ticket's, and publishing a version."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from servicedesk.calendars.queries import calendar_in_force
from servicedesk.identity.access import require
from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission
from servicedesk.kernel import clock
from servicedesk.kernel.command import command
from servicedesk.kernel.conditions import Field
from servicedesk.kernel.db import canonical_json, session
from servicedesk.kernel.errors import Conflict, Invalid
from servicedesk.kernel.events import Json
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.refs import StreamRef
from servicedesk.kernel.save import begin_stream, publish
from servicedesk.kernel.state import cached_by_revision, configuration_changed
from servicedesk.tickets.fields import condition_fields, ticket_fields
from sla.core.agreement import AgreementDocument, InvalidAgreement, RuleTargets, read_agreement
from sla.core.escalation import Step, plan_for
from sla.core.events import KINDS, Kind
from sla.core.matching import Match, first_match
from sla.core.moments import StepPlan
from sla.events import AGREEMENT, AgreementPublished
from sla.models import Agreement, AgreementVersion

# What a ticket is matched by; each is known before the ticket is stored.
MATCHED_FIELDS = (
    "priority",
    "category",
    "category_id",
    "item",
    "organisation_id",
    "organisation_tier",
    "branch_id",
    "group_id",
    "channel",
    "kind",
    "language",
    "opened_at",
    "requester_id",
)
_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A published version with what it says."""

    id: int
    agreement_id: int
    key: str
    name: str
    position: int
    number: int
    effective_from: datetime
    document: AgreementDocument
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class Promise:
    """The rule that is for a ticket, and the version it stands in."""

    version: VersionRow
    match: Match[RuleTargets]


def matched_fields() -> dict[str, Field]:
    """Return the fields that rules of an agreement may name."""
    return {name: ticket_fields()[name].field for name in MATCHED_FIELDS}


@cached_by_revision
def versions() -> tuple[VersionRow, ...]:
    """Return every version of every agreement, in the order they are tried, then by effect."""
    query = (
        select(AgreementVersion, Agreement.key, Agreement.name, Agreement.position)
        .join(Agreement, Agreement.id == AgreementVersion.agreement_id)
        .order_by(Agreement.position, AgreementVersion.effective_from, AgreementVersion.number)
    )
    fields, of_steps = matched_fields(), condition_fields()
    return tuple(
        VersionRow(
            row.id,
            row.agreement_id,
            key,
            name,
            position,
            row.number,
            row.effective_from,
            read_agreement(json.loads(row.document), fields, of_steps),
            row.is_active,
        )
        for row, key, name, position in session().execute(query)
    )


def in_force(at: datetime) -> list[VersionRow]:
    """Return the version of each active agreement that counts at a moment, in the order they are tried."""
    return [version for version in latest(at) if version.is_active]


def latest(at: datetime) -> list[VersionRow]:
    """Return the version of each agreement as of a moment, active or not, in their order.

    Before any version took effect the first one counts, so that imported history can be measured.
    """
    found = {version.agreement_id: version for version in versions() if version.number == 1}
    found |= {version.agreement_id: version for version in versions() if version.effective_from <= at}
    return list(found.values())


def promise_for(facts: Mapping[str, object], at: datetime) -> Promise | None:
    """Return the first rule, over all agreements in their order, that holds of a ticket's facts."""
    return first_promise(in_force(at), facts, at)


def first_promise(tried: Sequence[VersionRow], facts: Mapping[str, object], at: datetime) -> Promise | None:
    """Return the first rule of these versions, in their order, that holds of a ticket's facts."""
    for version in tried:
        match = first_match(version.document.rules, facts, at=at)
        if match is not None:
            return Promise(version, match)
    return None


@cached_by_revision
def steps_by_rule() -> Mapping[tuple[int, str], tuple[Step, ...]]:
    """Return the steps of each rule that has any named for it, by version and the rule's name."""
    return {
        (version.id, rule.name): rule.targets.steps
        for version in versions()
        for rule in version.document.rules
        if rule.targets.steps is not None
    }


@cached_by_revision
def plans_by_rule() -> Mapping[tuple[int, str], Mapping[Kind, StepPlan]]:
    """Return the codes of those steps for each kind of clock."""
    return {
        key: {kind: plan for kind in KINDS if (plan := plan_for(steps, kind)) is not None}
        for key, steps in steps_by_rule().items()
    }


def written_document(version_id: int) -> Mapping[str, Json]:
    """Return what a version says, as it was published."""
    text = session().scalar(select(AgreementVersion.document).where(AgreementVersion.id == version_id))
    document: Mapping[str, Json] = json.loads(text or "{}")
    return document


@command
def publish_agreement(
    actor: Actor,
    key: str,
    *,
    name: str,
    document: Mapping[str, Json],
    position: int | None = None,
    effective_from: datetime | None = None,
    expected_version: int | None = None,
    is_active: bool = True,
) -> int:
    """Publish what an agreement promises from a moment on and return the version's id.

    A new key begins an agreement, at the end of the order unless `position` says where. The version is
    for tickets opened or changed from then on; clocks that run keep the targets they have,
    unless they are promised again (repromising.py). is_active: False takes the agreement out of the order.
    effective_from: now unless given; only a new agreement may begin in the past.
    """
    require(actor, Permission.AGREEMENT_PUBLISH)
    now = clock.now()
    _check(key, name, document, effective_from or now)
    agreement = _locked(key, expected_version)
    is_new = agreement.row_version == 0
    if effective_from is not None and effective_from < now and not is_new:
        raise Invalid(
            "agreement.in_the_past", _("A change cannot take effect in the past."), field="effective_from"
        )
    agreement.name = name.strip()
    if position is not None:
        agreement.position = position
    elif is_new:
        agreement.position = _last_position() + 1
    agreement.row_version += 1
    session().add(agreement)
    session().flush()
    if is_new:
        begin_stream(StreamRef(AGREEMENT, agreement.id))
    version_id = _add_version(agreement, document, effective_from or now, is_active=is_active)
    configuration_changed()
    return version_id


def _check(key: str, name: str, document: Mapping[str, Json], begins: datetime) -> None:
    if not _KEY.fullmatch(key):
        raise Invalid("key.form", _("Use small letters, digits, - and _ only."), field="key")
    if not 1 <= len(name.strip()) <= 120:
        raise Invalid("name.length", _("Write a name of up to 120 characters."), field="name")
    try:
        read = read_agreement(document, matched_fields(), condition_fields())
    except InvalidAgreement as error:
        raise Invalid(
            error.code,
            _("This agreement cannot be used: look at the named place."),
            field="document",
            path=error.path,
        ) from None
    for rule in read.rules:
        calendar_in_force(rule.targets.calendar, begins)  # raises NotFound


def _locked(key: str, expected_version: int | None) -> Agreement:
    query = select(Agreement).where(Agreement.key == key).with_for_update()
    agreement = session().scalar(query, execution_options={"populate_existing": True})
    if agreement is None:
        agreement = Agreement(key=key, row_version=0)
    if expected_version not in (None, agreement.row_version):
        raise Conflict(
            "agreement.changed",
            _("Somebody else changed this agreement. Look at it again before you publish."),
            row_version=agreement.row_version,
        )
    return agreement


def _last_position() -> int:
    return session().scalar(select(func.max(Agreement.position))) or 0


def _add_version(
    agreement: Agreement, document: Mapping[str, Json], begins: datetime, *, is_active: bool
) -> int:
    last = select(func.max(AgreementVersion.number)).where(AgreementVersion.agreement_id == agreement.id)
    version = AgreementVersion(
        agreement_id=agreement.id,
        number=(session().scalar(last) or 0) + 1,
        effective_from=begins,
        document=canonical_json(document),
        is_active=is_active,
        created_at=clock.now(),
    )
    session().add(version)
    session().flush()
    publish(
        AgreementPublished(
            stream_id=agreement.id,
            key=agreement.key,
            name=agreement.name,
            position=agreement.position,
            number=version.number,
            version_id=version.id,
            effective_from=begins,
            document=document,
            is_active=is_active,
        )
    )
    return version.id
