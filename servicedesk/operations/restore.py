"""Bringing a backup back: into an empty desk, or in the place of one; whole, or not at all."""

import hmac
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

from flask import current_app
from sqlalchemy import func, inspect, select, table
from sqlalchemy.exc import DBAPIError

from servicedesk.kernel import clock, heartbeats, schema, statistics
from servicedesk.kernel.db import db, is_postgresql, session
from servicedesk.kernel.errors import Refused
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.this_desk import the_settings
from servicedesk.operations import loading
from servicedesk.operations.archive import BadArchive, Reader
from servicedesk.operations.data_files import SECRETS, staging
from servicedesk.operations.drafts import draft
from servicedesk.operations.exporting import Tell
from servicedesk.operations.manifest import DIGEST_NAME, LARGEST, NAME, Manifest, read_manifest

LONGEST_DIGEST = 200
# Of rows as text: what a database with its indexes takes at most, as far as measured.
DATABASE_GROWTH = 3
PROCESSES = ("worker", "scheduler")
SILENT_FOR = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Opened:
    """An archive whose stored bytes are those that were written."""

    manifest: Manifest
    reader: Reader


@contextmanager
def opened(file: Path) -> Iterator[Opened]:
    """Open an archive and check every stored byte. Raises BadArchive, or Refused where it cannot be read."""
    try:
        source = file.open("rb")
    except OSError as error:
        reason = error.strerror or str(error)
        raise Refused(
            "restore.no_file", _("%(file)s cannot be read (%(reason)s).", file=file, reason=reason)
        ) from None
    with source:
        reader = Reader(source)
        manifest = _manifest_of(reader)
        for member in manifest.members:
            reader.check_stored(member)
        yield Opened(manifest, reader)


def _manifest_of(reader: Reader) -> Manifest:
    content = reader.plain(NAME, LARGEST)
    digest = reader.plain(DIGEST_NAME, LONGEST_DIGEST).split()[:1]
    if not digest or not hmac.compare_digest(digest[0], sha256(content).hexdigest().encode()):
        raise BadArchive(_("%(member)s was changed since it was written.", member=NAME))
    manifest = read_manifest(content)
    described = {member.name for member in manifest.members}
    if len(described) != len(manifest.members):
        raise BadArchive(_("%(member)s is not as the desk writes it.", member=NAME))
    for name in sorted(described - set(reader.places)):
        raise BadArchive(_("%(member)s is missing.", member=name))
    for name in sorted(set(reader.places) - described - {NAME, DIGEST_NAME}):
        raise BadArchive(_("%(member)s is not in the list of what the backup holds.", member=name))
    return manifest


def check_contents(archive: Opened) -> None:
    """Unpack everything and keep nothing. Raises BadArchive."""
    for part in archive.manifest.tables:
        for _row in loading.rows_of(part, archive.reader, sqlite=True):
            pass
    for each in archive.manifest.files:
        for _piece in archive.reader.unpacked(each.member):
            pass


def require_known_schema(manifest: Manifest) -> None:
    """Raise BadArchive where the backup comes from a newer version than this one."""
    if manifest.revision not in schema.known_revisions():
        raise BadArchive(
            _(
                "The backup was made by version %(version)s with schema %(revision)s, which this version does"
                " not know; install that version or a newer one.",
                version=manifest.version, revision=manifest.revision,
            )
        )  # fmt: skip


def what_is_there() -> dict[str, int]:
    """Return how many people and requests the present desk has; empty for a desk without either."""
    schema.check_database()
    known = set(inspect(db.engine).get_table_names())
    if known and "alembic_version" not in known:
        raise Refused(
            "restore.foreign",
            _("The database holds tables of another program; create one for the desk alone."),
        )
    counts = {
        name: int(session().execute(select(func.count()).select_from(table(name))).scalar_one())
        for name in ("person", "ticket")
        if name in known
    }
    session().rollback()
    return {name: count for name, count in counts.items() if count}


def restore(archive: Opened, *, replace: bool, tell: Tell = lambda _name: None) -> None:
    """Make the present desk the one of the archive; where Refused or BadArchive is raised nothing changes."""
    require_known_schema(archive.manifest)
    if what_is_there() and not replace:
        raise Refused(
            "restore.not_empty",
            _("This desk is not empty; restore into an empty one, or say --replace."),
        )
    _require_silence()
    _require_space(archive.manifest)
    with _telling_what_failed(), staging(the_settings().data_dir) as stage, draft() as made:
        with made.app.app_context():
            _load(archive, tell)
        tell("files")
        for part in archive.manifest.files:
            if archive.manifest.with_secrets or part.path not in SECRETS:
                stage.unpack(part, archive.reader)
        try:
            stage.place()
            made.take_place()
        except BaseException:
            stage.take_back()
            raise


def _load(archive: Opened, tell: Tell) -> None:
    """Fill the database of the present app: the schema of the backup, its rows, then the newest schema."""
    from flask_migrate import upgrade

    schema.prepare(current_app._get_current_object())  # type: ignore[attr-defined]
    upgrade(revision=archive.manifest.revision)
    loading.load(archive.manifest, archive.reader, tell)
    if not schema.is_current():
        upgrade()
    statistics.refresh()


def _require_silence() -> None:
    """Raise Refused while processes of the desk are at work; they would go on with what they remember."""
    if not inspect(db.engine).has_table("heartbeat"):
        return
    beats = [heartbeats.last_beat(role) for role in PROCESSES]
    session().rollback()
    if any(at is not None and clock.now() - at < SILENT_FOR for at in beats):
        raise Refused(
            "restore.running",
            _("The desk is still running: stop its web, worker and scheduler processes, then restore again."),
        )


def _require_space(manifest: Manifest) -> None:
    """Raise Refused where the disk cannot hold what the manifest announces."""
    growth = 0 if is_postgresql() else DATABASE_GROWTH
    tables = sum(part.member.bytes for part in manifest.tables)
    needed = sum(part.member.bytes for part in manifest.files) + growth * tables
    free = shutil.disk_usage(the_settings().data_dir).free
    if needed > free:
        raise Refused(
            "restore.no_space",
            _(
                "The backup may need %(needed)s MiB in %(folder)s, where %(free)s MiB are free.",
                needed=needed >> 20, folder=the_settings().data_dir, free=free >> 20,
            ),
        )  # fmt: skip


@contextmanager
def _telling_what_failed() -> Iterator[None]:
    """Say in one sentence what the disk or the database refused."""
    try:
        yield
    except (DBAPIError, OSError) as error:
        reason = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
        raise Refused(
            "restore.not_written",
            _("The backup cannot be restored (%(reason)s). Nothing was changed.", reason=reason),
        ) from error
