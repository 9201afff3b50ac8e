"""What forecasts write into the log, on streams of their own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from servicedesk.kernel.events import DomainEvent, Json

FORECAST = "forecast"


@dataclass(frozen=True, kw_only=True)
class ForecastTrained(DomainEvent):
    """A forecast was trained and is in force from now on; `card` says on what, and how its trial went."""

    stream_kind: ClassVar[str] = FORECAST
    type: ClassVar[str] = "forecast_trained"

    number: int
    digest: str
    card: Mapping[str, Json]
