"""Model versions: keeping them, choosing the one that answers, and its arrays in this process."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from time import monotonic
from typing import cast

from sqlalchemy import func, select, update

from routing.core.model import ModelCard, Target, TrainedModel
from routing.core.model_file import BadModelFile, read
from routing.events import ModelActivated, ModelTrained
from routing.models import ModelVersion
from servicedesk.identity.access import require
from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission
from servicedesk.kernel import clock, logs
from servicedesk.kernel.command import command
from servicedesk.kernel.db import canonical_json, session
from servicedesk.kernel.errors import NotFound
from servicedesk.kernel.events import Json
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.refs import Cause, StreamRef
from servicedesk.kernel.save import begin_stream, publish
from servicedesk.kernel.state import cached_by_revision, configuration_changed
from servicedesk.kernel.this_desk import the_settings

FOLDER = "models"
KEPT_IN_MEMORY = 2  # the active one, and the one before while requests still use it
TRY_AGAIN_SECONDS = 300  # somebody may have put the files back

log = logs.logger(__name__)
# Until when (of the monotonic clock) this process leaves a bad model alone, by store and digest.
_bad_until: dict[tuple[Path, str], float] = {}


@dataclass(frozen=True, slots=True)
class ModelRow:
    """A model version; `card` is its card as JSON text."""

    id: int
    number: int
    digest: str
    target: Target
    threshold: float | None
    rows: int
    card: str
    trained_at: datetime
    is_active: bool

    @property
    def cause(self) -> Cause:
        """This version as the cause of what it decides."""
        return Cause("model", str(self.id), self.number)


def store() -> Path:
    """Return the folder of all models, shared by the processes of the desk."""
    return the_settings().data_dir / FOLDER


def model_rows() -> list[ModelRow]:
    """Return every model version, the newest first."""
    query = select(ModelVersion).order_by(ModelVersion.number.desc())
    return [_row(version) for version in session().scalars(query)]


@cached_by_revision
def active_model() -> ModelRow | None:
    """Return the version that answers now, or None before anything was trained."""
    version = session().scalar(select(ModelVersion).where(ModelVersion.is_active))
    return _row(version) if version else None


def loaded(row: ModelRow) -> TrainedModel | None:
    """Return the model's arrays; None, and one line in the log, where its files are missing or changed.

    A bad one is not looked at again for a while: hashing it would slow every proposal down.
    """
    key = (store(), row.digest)
    if _bad_until.get(key, 0.0) > monotonic():
        return None
    try:
        return _arrays(*key)
    except BadModelFile as error:
        if key not in _bad_until:
            log.error("model cannot be used", model=row.number, reason=str(error))
        _bad_until[key] = monotonic() + TRY_AGAIN_SECONDS
        return None


@command
def keep_model(actor: Actor, card: ModelCard, digest: str) -> int:
    """Make the trained model in the store the one that answers; return its number.

    The active version is kept if it is the very same model, so that training twice changes nothing.
    """
    require(actor, Permission.CONFIGURE)
    active = session().scalar(select(ModelVersion).where(ModelVersion.is_active))
    if active is not None and active.digest == digest:
        return active.number
    document = cast(Mapping[str, Json], asdict(card))
    version = ModelVersion(
        number=(session().scalar(select(func.max(ModelVersion.number))) or 0) + 1,
        digest=digest,
        target=card.target,
        threshold=card.threshold,
        rows=card.rows,
        card=canonical_json(document),
        trained_at=clock.now(),
        is_active=False,
    )
    session().add(version)
    session().flush()
    begin_stream(StreamRef(ModelTrained.stream_kind, version.id))
    publish(ModelTrained(stream_id=version.id, number=version.number, digest=digest, card=document))
    _activate(version)
    return version.number


@command
def activate_model(actor: Actor, number: int) -> None:
    """Let an earlier model answer again; raises NotFound."""
    require(actor, Permission.CONFIGURE)
    version = session().scalar(select(ModelVersion).where(ModelVersion.number == number))
    if version is None:
        raise NotFound("model.not_found", _("There is no such model."))
    if not version.is_active:
        _activate(version)


def _activate(version: ModelVersion) -> None:
    everything = update(ModelVersion).where(ModelVersion.is_active).values(is_active=False)
    session().execute(everything, execution_options={"synchronize_session": "fetch"})
    version.is_active = True
    publish(ModelActivated(stream_id=version.id, number=version.number))
    session().flush()
    configuration_changed()


@lru_cache(maxsize=KEPT_IN_MEMORY)
def _arrays(folder: Path, digest: str) -> TrainedModel:
    return read(folder, digest)


def _row(version: ModelVersion) -> ModelRow:
    return ModelRow(
        id=version.id,
        number=version.number,
        digest=version.digest,
        target=cast(Target, version.target),
        threshold=version.threshold,
        rows=version.rows,
        card=version.card,
        trained_at=version.trained_at,
        is_active=version.is_active,
    )


def card_of(row: ModelRow) -> dict[str, Json]:
    """Return the card as data: rows, labels, threshold, figures out of fold."""
    found: dict[str, Json] = json.loads(row.card)
    return found
