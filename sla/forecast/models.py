"""Tables of forecasts. Columns only. What is told of a clock is a cache of the model that told it."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from servicedesk.kernel.db import Base, Id

ACTIVE = text("is_active")


class ForecastVersion(Base):
    """A trained forecast: `digest` names its folder in the shared store, `card` is its figures as JSON.

    is_better: on its own held-out window it beat the base rate and the share of target used; only then is it
    shown. One version is active at most.
    """

    __tablename__ = "sla_forecast_version"
    __table_args__ = (
        UniqueConstraint("number"),
        Index(
            "uq_sla_forecast_version_active",
            "is_active",
            unique=True,
            sqlite_where=ACTIVE,
            postgresql_where=ACTIVE,
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    number: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    card: Mapped[str] = mapped_column(Text)
    trained_at: Mapped[datetime]
    is_better: Mapped[bool]
    is_active: Mapped[bool]


class Forecast(Base):
    """What the active forecast tells of an open clock, for the target of `target_epoch`.

    `percents`: the probability to miss at every twentieth of the target (core/told.py). `burn_seconds`: the
    open time after which it is over 50 %; `risk_at`: when that is (or was), as of the clock's last write,
    NULL while the clock rests. `placed_at`: when a forecast last moved the ticket's place. is_settled: it was
    told when all that a forecast looks at was there (history.py, SETTLING); else it is told once more.

    `alike_*`: the clocks it is compared with: how many parts of (clock, priority, team) they share, how
    many there are, and their median of open time.
    """

    __tablename__ = "sla_forecast"

    clock_id: Mapped[int] = mapped_column(
        ForeignKey("sla_clock.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    version_id: Mapped[int] = mapped_column(ForeignKey("sla_forecast_version.id"))
    target_epoch: Mapped[int]
    percents: Mapped[str] = mapped_column(String(90))
    burn_seconds: Mapped[int]
    risk_at: Mapped[datetime | None]
    placed_at: Mapped[datetime]
    is_settled: Mapped[bool]
    alike_parts: Mapped[int]
    alike_count: Mapped[int]
    alike_median_seconds: Mapped[int | None]
