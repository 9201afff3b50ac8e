"""Service credits: what agreements give back for a period, by agreement, customer and clock."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, func, select

from servicedesk.identity.actor import Actor
from servicedesk.kernel.db import session
from sla.agreements import VersionRow, in_force
from sla.core.credits import credit_for
from sla.models import AgreementVersion
from sla.reporting.asked import Asked
from sla.reporting.population import Population


@dataclass(frozen=True, slots=True)
class Credit:
    """What one agreement came to for one customer (None: of no organisation) and clock.

    version: the number of the version whose table counts. percent: of the fee, 0 where enough was kept.
    """

    agreement_id: int
    agreement: str
    version: int
    organisation_id: int | None
    kind: str
    met: int
    judged: int
    percent: float

    @property
    def share(self) -> float:
        """Return the share that was kept; there are no rows without any."""
        return self.met / self.judged


def service_credits(viewer: Actor, asked: Asked, *, now: datetime) -> tuple[Credit, ...]:
    """Return the credits of the agreements that give any, by the versions in force when the period ended.

    A cycle counts to the agreement that it was judged by. Only clocks of the agreement's table are told.
    """
    ending = in_force(asked.to_at - timedelta(seconds=1))
    tables = {version.agreement_id: version for version in ending if version.document.credits}
    if not tables:
        return ()
    judged = Population(viewer, asked, now).judged()
    c = judged.c
    met = func.sum(case((c.state == "met", 1), else_=0))
    query = (
        select(AgreementVersion.agreement_id, c.organisation_id, c.kind, met, func.count())
        .select_from(judged.join(AgreementVersion, AgreementVersion.id == c.rule_version))
        .where(AgreementVersion.agreement_id.in_(sorted(tables)))
        .group_by(AgreementVersion.agreement_id, c.organisation_id, c.kind)
    )
    found = [
        _credit(tables[agreement_id], organisation_id, kind, int(met), int(count))
        for agreement_id, organisation_id, kind, met, count in session().execute(query)
        if any(step.clock == kind for step in tables[agreement_id].document.credits)
    ]
    return tuple(sorted(found, key=lambda each: (each.agreement, each.organisation_id or 0, each.kind)))


def _credit(version: VersionRow, organisation_id: int | None, kind: str, met: int, judged: int) -> Credit:
    return Credit(
        agreement_id=version.agreement_id,
        agreement=version.name,
        version=version.number,
        organisation_id=organisation_id,
        kind=kind,
        met=met,
        judged=judged,
        percent=credit_for(version.document.credits, kind, met=met, judged=judged),
    )
