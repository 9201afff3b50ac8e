"""What the examination asks of the machine: folder, disk, key, languages, zones, address, Redis."""

import os
import shutil
import socket
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from servicedesk.calendars.core.wallclock import tzdata_version
from servicedesk.calendars.queries import CalendarVersionRow
from servicedesk.calendars.upgrades import versions_with_other_zone_data
from servicedesk.kernel import clock
from servicedesk.kernel.i18n import are_translations_stale
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.redis_link import connect
from servicedesk.kernel.secret_key import FILE_NAME
from servicedesk.kernel.this_desk import the_settings
from servicedesk.operations.findings import Finding, act, examine_with, look, ok
from servicedesk.operations.last_backup import last_backup_at

LEAST_FREE = 256 << 20  # bytes; below this the next upload or vacuum may fail
LITTLE_FREE = 2 << 30
ANSWERS_WITHIN_SECONDS = 3
CERTIFICATE_MUST_LAST = timedelta(days=14)
BACKUP_EVERY = timedelta(days=2)
ZONES_LAST_YEARS = 1
NAMED = 5  # calendars


def register() -> None:
    """Add these checks to every examination."""
    examine_with("settings", settings)
    examine_with("data_folder", data_folder)
    examine_with("disk_space", disk_space)
    examine_with("secret_key", secret_key)
    examine_with("address", address)
    examine_with("certificate", certificate)
    examine_with("translations", translations)
    examine_with("time_zones", time_zones)
    examine_with("calendars", calendars)
    examine_with("redis", redis)
    examine_with("backup", backup)


def settings() -> Finding:
    """Look for settings that are allowed and unwise."""
    found = the_settings()
    if not found.is_on_loopback and found.rate_limit_sign_in is None:
        return look(
            _("Passwords may be tried as often as somebody likes."),
            _("Remove DESK_RATE_LIMIT_SIGN_IN=off, unless something else limits sign-ins."),
        )
    if not found.is_on_loopback and os.geteuid() == 0:
        return look(
            _("The desk runs as root, which it does not need."),
            _("Run it as a user of its own that owns the data folder."),
        )
    return ok(_("The settings are in order."))


def data_folder() -> Finding:
    """Ask who may look into the folder of database, files and keys."""
    folder = the_settings().data_dir
    mode = folder.stat().st_mode & 0o777
    if mode & 0o007:
        return act(
            _("Everybody on this machine may look into the data folder %(folder)s.", folder=folder),
            f"chmod 700 {folder}",
        )
    return ok(_("The data folder %(folder)s is the desk's alone.", folder=folder))


def disk_space() -> Finding:
    """Ask how much fits into the data folder."""
    free = shutil.disk_usage(the_settings().data_dir).free
    sentence = _("%(free)s MiB are free in the data folder.", free=free >> 20)
    if free < LEAST_FREE:
        return act(sentence, _("Make room: with a full disk nothing can be saved."))
    if free < LITTLE_FREE:
        return look(sentence, _("Make room soon."))
    return ok(sentence)


def secret_key() -> Finding:
    """Ask where the key that signs cookies and links is kept, and who may read it."""
    file = the_settings().data_dir / FILE_NAME
    if not file.exists():
        return ok(_("The key that signs cookies and links comes from SECRET_KEY."))
    if file.stat().st_mode & 0o077:
        return act(_("Others may read the key %(file)s.", file=file), f"chmod 600 {file}")
    return ok(_("The key that signs cookies and links is kept in the data folder."))


def address() -> Finding:
    """Ask whether passwords travel in the clear."""
    found = the_settings()
    if found.is_https:
        return ok(_("People reach the desk by https."))
    if found.is_on_loopback:
        return ok(_("Only this machine reaches the desk."))
    return look(
        _("Over plain http others on the network can read passwords."),
        _("Set BASE_URL to an https address and remove DESK_ALLOW_HTTP."),
    )


def certificate() -> Finding:
    """Ask the address that people type how long its certificate is good."""
    if not the_settings().is_https:
        return ok(_("No certificate is needed."))
    url = the_settings().base_url
    try:
        ends_at = certificate_ends_at(url)
    except ssl.SSLCertVerificationError as error:
        return act(
            _(
                "Browsers refuse the certificate of %(url)s: %(reason)s.",
                url=url,
                reason=error.verify_message,
            ),
            _("Renew it, or give the proxy the whole chain."),
        )
    except OSError as error:
        return look(
            _("%(url)s does not answer from here (%(reason)s).", url=url, reason=error.strerror or error),
            _("Start the proxy, or ask from where people are."),
        )
    left = ends_at - clock.now()
    sentence = _("The certificate of %(url)s is good for %(days)s days.", url=url, days=left.days)
    if left < CERTIFICATE_MUST_LAST:
        return act(sentence, _("Renew it, and see why that does not happen by itself."))
    return ok(sentence)


def certificate_ends_at(url: str) -> datetime:
    """Return until when the certificate of an https address is good. Raises OSError."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    context = ssl.create_default_context()
    with (
        socket.create_connection((host, parts.port or 443), ANSWERS_WITHIN_SECONDS) as plain,
        context.wrap_socket(plain, server_hostname=host) as secured,
    ):
        found = secured.getpeercert() or {}
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(found["notAfter"])), UTC)


def translations() -> Finding:
    """Ask whether pages speak what the translations say."""
    if are_translations_stale():
        return act(_("Translations are not compiled."), "servicedesk i18n compile")
    return ok(_("Translations are compiled."))


def time_zones() -> Finding:
    """Ask how old the rules of the world's clocks are."""
    version = tzdata_version()
    year = version.partition(".")[0]
    sentence = _("Time zones are those of tzdata %(version)s.", version=version)
    if year.isdigit() and clock.now().year - int(year) > ZONES_LAST_YEARS:
        return look(
            sentence, _("Install a newer version of the desk: countries change their clocks each year.")
        )
    return ok(sentence)


def calendars() -> Finding:
    """Ask whether calendars are measured by older zone data than is installed."""
    older = versions_with_other_zone_data(clock.now())
    if not older:
        return ok(_("All calendars are measured by the time zones installed."))
    return look(
        _("Published with other time zones than are installed: %(names)s.", names=_first_names(older)),
        _("See on the page of each calendar what moves, and publish it anew."),
    )


def _first_names(versions: Sequence[CalendarVersionRow]) -> str:
    names = ", ".join(version.name for version in versions[:NAMED])
    return f"{names}, …" if len(versions) > NAMED else names


def redis() -> Finding:
    """Ask Redis whether it answers and keeps what it gets."""
    url = the_settings().redis_url
    if url is None:
        return ok(_("No Redis is set, and none is needed on one host."))
    from redis.exceptions import RedisError

    server = connect(url, answers_within_seconds=ANSWERS_WITHIN_SECONDS)
    try:
        about = server.info("memory")
    except RedisError as error:
        return act(
            _("Redis does not answer (%(reason)s).", reason=type(error).__name__),
            _("Start it, or correct REDIS_URL. Meanwhile workers take jobs from the database."),
        )
    finally:
        server.close()
    policy = about.get("maxmemory_policy", "noeviction")
    if policy != "noeviction":
        return act(
            _("Redis throws away keys when its memory is full (%(policy)s).", policy=policy),
            _("Set maxmemory-policy noeviction."),
        )
    return ok(_("Redis answers and throws nothing away."))


def backup() -> Finding:
    """Ask when the desk was last backed up."""
    if the_settings().demo:
        return ok(_("The demo desk needs no backup."))
    at = last_backup_at(the_settings().data_dir)
    advice = _("Let a timer run servicedesk backup each night; docs/production.md has one.")
    if at is None:
        return look(_("The desk was never backed up by servicedesk backup."), advice)
    hours = int((clock.now() - at).total_seconds() // 3600)
    sentence = _("The last backup was made %(hours)s hours ago.", hours=hours)
    return look(sentence, advice) if clock.now() - at > BACKUP_EVERY else ok(sentence)
