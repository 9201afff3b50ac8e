"""What the examination asks of the database: itself, its schema and clock, jobs, processes, delays."""

from datetime import timedelta

from sqlalchemy import text

from servicedesk.kernel import clock, health, heartbeats, job_queue, schema
from servicedesk.kernel.db import is_postgresql, session
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.settings import InvalidSetting
from servicedesk.operations.findings import Finding, act, examine_with, look, ok

OLDEST_POSTGRESQL = 13
OLDEST_SQLITE = (3, 35)  # RETURNING
SILENT_FOR = timedelta(seconds=60)
SKEW_TO_KNOW = timedelta(seconds=2)
SKEW_TO_MEND = timedelta(seconds=10)
# What PostgreSQL must not be set to: an answered request could be gone after a power cut.
SAFE = {"fsync": "on", "full_page_writes": "on"}


def register() -> None:
    """Add these checks to every examination."""
    examine_with("database", database)
    examine_with("schema", newest_schema)
    examine_with("database_clock", database_clock)
    examine_with("worker", lambda: process("worker"))
    examine_with("scheduler", lambda: process("scheduler"))
    examine_with("delays", delays)
    examine_with("dead_jobs", dead_jobs)


def database() -> Finding:
    """Ask whether the database answers, how old it is, and whether it keeps what it has confirmed."""
    try:
        schema.check_database()
    except InvalidSetting as error:
        return act(str(error), _("Nothing works without it."))
    return _postgresql() if is_postgresql() else _sqlite()


def _postgresql() -> Finding:
    number = int(_shown("server_version_num"))
    version = _shown("server_version")
    if number < OLDEST_POSTGRESQL * 10_000:
        return act(
            _("PostgreSQL %(version)s is too old.", version=version),
            _("Use version %(least)s or newer.", least=OLDEST_POSTGRESQL),
        )
    unsafe = [name for name, wanted in SAFE.items() if _shown(name) != wanted]
    unsafe += ["synchronous_commit"] if _shown("synchronous_commit") == "off" else []
    if unsafe:
        return act(
            _("PostgreSQL may lose what it has confirmed: %(names)s.", names=", ".join(unsafe)),
            _("Switch it on in postgresql.conf."),
        )
    if _shown("server_encoding") != "UTF8":
        return act(
            _("The database keeps text as %(name)s.", name=_shown("server_encoding")),
            _("Create it anew with ENCODING 'UTF8' and restore a backup into it."),
        )
    return ok(_("PostgreSQL %(version)s answers and keeps what it confirms.", version=version))


def _shown(name: str) -> str:
    query = text("SELECT current_setting(:name)")
    return str(session().execute(query, {"name": name}).scalar_one())


def _sqlite() -> Finding:
    version = str(session().execute(text("SELECT sqlite_version()")).scalar_one())
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST_SQLITE:
        return act(_("SQLite %(version)s is too old.", version=version), _("Use a newer Python or system."))
    mode = str(session().execute(text("PRAGMA journal_mode")).scalar_one())
    if mode != "wal":
        return act(
            _(
                "SQLite cannot use its write-ahead log here (%(mode)s): people wait for each other.",
                mode=mode,
            ),
            _("Put the database on a disk of this machine, not on a network drive."),
        )
    return ok(_("SQLite %(version)s answers, with its write-ahead log.", version=version))


def newest_schema() -> Finding:
    """Ask whether the database has the schema of this version."""
    stored, newest = schema.revision_in_database(), schema.newest_revision()
    if stored == newest:
        return ok(_("The database has the schema of this version, %(revision)s.", revision=newest))
    if stored is None:
        return act(_("The database is empty."), "servicedesk migrate")
    if stored not in schema.known_revisions():
        return look(
            _("The database has schema %(revision)s of a newer version.", revision=stored),
            _("Install that version here too."),
        )
    return act(
        _("The database has schema %(stored)s, this version needs %(newest)s.", stored=stored, newest=newest),
        _("Make a backup with the version before, then run servicedesk migrate."),
    )


def database_clock() -> Finding:
    """Ask how far this machine's clock is from the database's."""
    skew = database_ahead()
    seconds = f"{abs(skew).total_seconds():.1f}"
    sentence = _("This machine's clock and the database's differ by %(seconds)s s.", seconds=seconds)
    advice = _("Let both follow a time server (chrony or systemd-timesyncd).")
    if abs(skew) > SKEW_TO_MEND:
        return act(sentence, advice)
    return look(sentence, advice) if abs(skew) > SKEW_TO_KNOW else ok(sentence)


def database_ahead() -> timedelta:
    """Return how far the database's clock is ahead of this machine's."""
    if not is_postgresql():
        return timedelta(0)  # the same machine
    before = clock.system_time()
    theirs = session().execute(text("SELECT clock_timestamp()")).scalar_one()
    after = clock.system_time()
    ahead: timedelta = theirs - (before + (after - before) / 2)
    return ahead


def process(role: str) -> Finding:
    """Ask when a process of this role last showed life."""
    last = heartbeats.last_beat(role)
    advice = _("Start it: servicedesk %(role)s. Its log says why it stopped.", role=role)
    if last is None:
        return act(_("No %(role)s runs.", role=role), advice)
    age = clock.now() - last
    sentence = _(
        "The last sign of life of a %(role)s is %(seconds)s s old.",
        role=role, seconds=int(age.total_seconds()),
    )  # fmt: skip
    return act(sentence, advice) if age > SILENT_FOR else ok(sentence)


def delays() -> Finding:
    """Ask what has waited for longer than it may."""
    now = clock.now()
    late = {}
    for delay in health.delays:
        since = delay.since()
        if since is not None and now - since > timedelta(seconds=delay.limit_seconds):
            late[delay.name] = int((now - since).total_seconds())
    if late:
        waiting = ", ".join(f"{name} {seconds} s" for name, seconds in late.items())
        return act(
            _("Too long waits: %(waiting)s.", waiting=waiting),
            _("See that workers run; if they do, run more of them."),
        )
    return ok(_("Nothing waits longer than it may."))


def dead_jobs() -> Finding:
    """Ask for jobs that failed for good."""
    number = job_queue.count_by_state().get("dead", 0)
    if number:
        return act(
            _("%(number)s jobs failed for good.", number=number),
            _("servicedesk jobs dead says why; servicedesk jobs retry tries again."),
        )
    return ok(_("No job failed for good."))
