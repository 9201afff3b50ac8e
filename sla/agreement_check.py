"""What promises have to verify of agreements: each as it was published."""

from collections.abc import Iterator
from typing import cast

from sqlalchemy import Table

from servicedesk.kernel.differences import Difference
from servicedesk.kernel.published_check import check_published
from servicedesk.kernel.verification import Checker, IdColumn, Portion
from sla.events import AGREEMENT
from sla.models import Agreement, AgreementVersion


def check_agreements(portion: Portion) -> Iterator[Difference]:
    """Yield where agreements differ from what was published."""
    tables = (cast(Table, model.__table__) for model in (Agreement, AgreementVersion))
    return check_published(portion, *tables, owner="agreement_id", event_type="agreement_published")


OF_AGREEMENTS = Checker(
    "agreements",
    AGREEMENT,
    (IdColumn(Agreement.id), IdColumn(AgreementVersion.agreement_id)),
    check_agreements,
)
