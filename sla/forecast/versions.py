"""Versions of the forecast: keeping them, the one in force, and its arrays in this process."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from sqlalchemy import func, select, update

from servicedesk.identity.access import require
from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission
from servicedesk.kernel import clock, logs
from servicedesk.kernel.array_files import BadArrayFiles, read_arrays, remove_others, write_arrays
from servicedesk.kernel.command import command
from servicedesk.kernel.db import canonical_json, session
from servicedesk.kernel.events import Json
from servicedesk.kernel.refs import StreamRef
from servicedesk.kernel.save import begin_stream, publish
from servicedesk.kernel.state import cached_by_revision, configuration_changed
from servicedesk.kernel.this_desk import the_settings
from sla.forecast.core.desk_model import DeskModel, from_arrays, to_arrays
from sla.forecast.core.trial import Trial
from sla.forecast.events import ForecastTrained
from sla.forecast.models import ForecastVersion

FOLDER = "forecasts"
# The one in force and the one before it: a process may still be reading that.
MODELS_KEPT = 2
FRESH = timedelta(hours=1)

log = logs.logger(__name__)


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version of the forecast with its trial."""

    id: int
    number: int
    digest: str
    trained_at: datetime
    trial: Trial

    @property
    def is_shown(self) -> bool:
        """Say whether it beat the simple rules, so that people may see it and the queue may follow it."""
        return self.trial.is_better


@cached_by_revision
def version_in_force() -> VersionRow | None:
    """Return the newest version, None before the first."""
    found = session().scalar(select(ForecastVersion).where(ForecastVersion.is_active))
    if found is None:
        return None
    card = json.loads(found.card)
    card["bins"] = tuple(card["bins"])
    return VersionRow(found.id, found.number, found.digest, found.trained_at, Trial(**card))


def shown_version() -> VersionRow | None:
    """Return the version in force if it is good enough to be shown."""
    found = version_in_force()
    return found if found is not None and found.is_shown else None


def store() -> Path:
    """Return the folder of all forecasts, shared by the processes of the desk."""
    return the_settings().data_dir / FOLDER


def write_model(model: DeskModel) -> str:
    """Write the arrays of a forecast and return their digest."""
    card, arrays = to_arrays(model)
    return write_arrays(card, arrays, store())


def forget_old_models() -> int:
    """Remove the arrays of forecasts that nobody asks any more, and drafts of dead runs; return how many.

    Their figures stay. One is trained every night, and none is ever put in force again.
    """
    newest = select(ForecastVersion.digest).order_by(ForecastVersion.number.desc()).limit(MODELS_KEPT)
    kept = set(session().scalars(newest))
    return remove_others(store(), kept, older_than=(clock.system_time() - FRESH).timestamp())


def loaded(version: VersionRow) -> DeskModel | None:
    """Return the arrays of a version; None, and a line in the log, where they are missing or changed."""
    try:
        return _read(store(), version.digest)
    except BadArrayFiles as error:
        log.error("forecast cannot be used", version=version.number, reason=str(error))
        return None


@lru_cache(maxsize=1)
def _read(folder: Path, digest: str) -> DeskModel:
    return from_arrays(*read_arrays(folder, digest))


@command
def keep_forecast(actor: Actor, digest: str, found: Trial) -> int:
    """Put a trained forecast in force and return its number; the very same one is not kept twice."""
    require(actor, Permission.CONFIGURE)
    active = session().scalar(select(ForecastVersion).where(ForecastVersion.is_active))
    card: Mapping[str, Any] = asdict(found)
    if active is not None and (active.digest, active.card) == (digest, canonical_json(cast("Json", card))):
        return active.number
    number = (session().scalar(select(func.max(ForecastVersion.number))) or 0) + 1
    everything = update(ForecastVersion).where(ForecastVersion.is_active).values(is_active=False)
    session().execute(everything, execution_options={"synchronize_session": "fetch"})
    version = ForecastVersion(
        number=number,
        digest=digest,
        card=canonical_json(cast("Json", card)),
        trained_at=clock.now(),
        is_better=found.is_better,
        is_active=True,
    )
    session().add(version)
    session().flush()
    begin_stream(StreamRef(ForecastTrained.stream_kind, version.id))
    said = cast("Mapping[str, Json]", card)
    publish(ForecastTrained(stream_id=version.id, number=number, digest=digest, card=said))
    configuration_changed()
    return number
