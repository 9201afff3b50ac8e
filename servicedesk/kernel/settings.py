"""The settings of one desk, read once from the environment; unknown or bad ones refuse to start."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from servicedesk.kernel import setting_values as values
from servicedesk.kernel.mail_settings import MailSettings, why_unusable
from servicedesk.kernel.secret_key import kept_secret_key
from servicedesk.kernel.setting import Setting, shown
from servicedesk.kernel.setting import setting as _setting
from servicedesk.kernel.setting_values import Unfit
from servicedesk.kernel.unsafe import why_exposed, why_unreadable, why_unsafe

LANGUAGES = ("en", "he", "kk", "ka", "ru")  # those with a catalogue; docs/translating.md adds one


class InvalidSetting(Exception):
    """A setting that cannot be used; the text is one sentence that says what to do."""


_PORT = values.whole_number(1, 65535)
_ADDRESS = values.matching(r"[A-Za-z0-9:.-]{1,253}", "a host name or address such as 127.0.0.1")
_HOST_NAME = values.matching(r"\.?[A-Za-z0-9:.\[\]-]{1,253}", "host names such as desk.example.org")
_NAME = values.matching(r"[^\x00-\x1f\x7f]{1,60}", "a name of 1 to 60 characters")
_PREFIX = values.matching(r"[A-Z][A-Z0-9]{0,7}", "1 to 8 capital letters or digits, a letter first")
_LANGUAGE = values.one_of(*LANGUAGES)
_LEVEL = values.one_of("debug", "info", "warning", "error")


@dataclass(frozen=True)
class Settings(MailSettings):
    """Everything that may differ between two installations. Made by `load`, never changed."""

    port: int = _setting("PORT", _PORT, "8000", "Port the web process listens on.")
    host: str = _setting(
        "HOST",
        _ADDRESS,
        "127.0.0.1",
        "Address the web process listens on; 0.0.0.0 is every network of this machine.",
    )
    data_dir: Path = _setting(  # noqa: RUF009  (it returns a dataclass field)
        "DATA_DIR", values.folder, "data", "Folder for the database, files, models and keys."
    )
    database_url: str = _setting(
        "DATABASE_URL",
        values.database_address,
        None,
        "Database: `sqlite:///PATH` or `postgresql://USER:PASSWORD@HOST/DATABASE`.",
        otherwise="a SQLite file in `DATA_DIR`",
    )
    redis_url: str | None = _setting(
        "REDIS_URL",
        values.redis_address,
        None,
        "Redis server, such as `redis://:PASSWORD@HOST:6379/0`, with a database number for each desk: workers"
        " on any number of machines get jobs through it, and web processes count rate limits together.",
        otherwise="none",
    )
    store_url: str | None = _setting(
        "STORE_URL",
        values.store_address,
        None,
        "Store of files: `s3://BUCKET`, or `https://HOST/BUCKET` of one that speaks as S3 does; it needs"
        " the extra `s3`.",
        otherwise="a folder in `DATA_DIR`",
    )
    store_region: str = _setting("STORE_REGION", values.region, "us-east-1", "Region of the bucket.")
    store_key: str | None = _setting(
        "STORE_KEY", values.access_key, None, "Name of the key to the bucket.", otherwise="none"
    )
    store_secret: str | None = _setting(
        "STORE_SECRET", values.store_key, None, "The key to the bucket.", otherwise="none", secret=True
    )
    base_url: str = _setting(
        "BASE_URL",
        values.web_address,
        None,
        "Address people type; links begin with it. With https, cookies are `Secure` and HSTS is sent;"
        " plain http is for this machine only.",
        otherwise="`http://HOST:PORT`",
    )
    demo: bool = _setting(
        "DEMO",
        values.flag,
        None,
        "1 fills an empty desk with the demo desk, where only this machine can reach it.",
        otherwise="1 where only this machine can reach the desk, else 0",
    )
    given_secret_key: str | None = _setting(
        "SECRET_KEY",
        values.secret,
        None,
        "Key that signs cookies and links; every web process needs the same one.",
        otherwise="made once and kept in `DATA_DIR`",
        secret=True,
    )
    metrics_token: str | None = _setting(
        "METRICS_TOKEN",
        values.token,
        None,
        "Token with which a monitor on another machine may read `/metrics` (`Authorization: Bearer …`).",
        otherwise="none: only this machine may",
        secret=True,
    )
    name: str = _setting("DESK_NAME", _NAME, "Service desk", "Name shown on every page.")
    zone: str = _setting(
        "DESK_ZONE",
        values.zone,
        None,
        "Time zone of the desk (IANA name): its opening hours, days and weeks.",
        otherwise="`Asia/Almaty` with the demo desk, else `UTC`",
    )
    language: str = _setting("DESK_LANGUAGE", _LANGUAGE, "en", "Language of people whose own is not known.")
    languages: tuple[str, ...] = _setting(
        "DESK_LANGUAGES", values.list_of(_LANGUAGE), ",".join(LANGUAGES), "Languages people may choose."
    )
    ticket_prefix: str = _setting(
        "DESK_TICKET_PREFIX", _PREFIX, "SD", "What ticket numbers begin with, as in SD-12."
    )
    web_threads: int = _setting(
        "DESK_WEB_THREADS", values.whole_number(2, 1000), "32", "Threads of the web process."
    )
    log_level: str = _setting("DESK_LOG_LEVEL", _LEVEL, "info", "The least important lines that are logged.")
    log_format: str = _setting(
        "DESK_LOG_FORMAT", values.one_of("plain", "json"), "plain", "`plain` for people, `json` for programs."
    )
    trusted_hosts: tuple[str, ...] = _setting(
        "DESK_TRUSTED_HOSTS",
        values.list_of(_HOST_NAME),
        None,
        "Host names the desk answers to; `.example.org` takes in every name below it.",
        otherwise="the host of `BASE_URL`; on loopback also `localhost` and `127.0.0.1`",
    )
    trusted_proxies: tuple[str, ...] = _setting(
        "DESK_TRUSTED_PROXIES",
        values.list_of(values.network),
        None,
        "Addresses or networks of proxies on other machines, such as `10.0.0.5,10.1.0.0/24`. Only what they"
        " say of a caller (`X-Forwarded-For`) is believed: the last address there that is no proxy's."
        " Without it, everybody behind such a proxy counts as one caller.",
        otherwise="none; a proxy on this machine is always believed",
    )
    rate_limit_sign_in: str | None = _setting(
        "DESK_RATE_LIMIT_SIGN_IN",
        values.rate,
        "10 per 15 minutes",
        "Failed attempts to sign in, by account, and ten times as many by address; `off` for none.",
    )
    rate_limit_forms: str | None = _setting(
        "DESK_RATE_LIMIT_FORMS",
        values.rate,
        "5 per 10 minutes",
        "Forms sent by somebody who is not signed in, by address; `off` for none.",
    )
    anonymous_filing: bool = _setting(
        "DESK_ANONYMOUS_FILING",
        values.flag,
        "0",
        "1 lets people without an account ask for something, at `/ask`; a private link leads them back.",
    )
    file_limit_mb: int = _setting(
        "DESK_FILE_LIMIT_MB", values.whole_number(1, 2000), "25", "The largest file people may send, in MB."
    )
    ticket_files_limit_mb: int = _setting(
        "DESK_TICKET_FILES_LIMIT_MB", values.whole_number(1, 100_000), "500", "All files of a request, in MB."
    )
    goal_percent: int = _setting(
        "DESK_GOAL_PERCENT", values.whole_number(1, 100), "95", "Share of promises to keep: the goal line."
    )
    undo_seconds: int = _setting(
        "DESK_UNDO_SECONDS",
        values.whole_number(0, 30),
        "15",
        "Seconds in which agents may take back a reply; its customer sees it when they are over. 0 for none.",
    )
    backdate_hours: int = _setting(
        "DESK_BACKDATE_HOURS", values.whole_number(0, 720), "72", "Hours within which calls are noted down."
    )
    allow_http: bool = _setting(
        "DESK_ALLOW_HTTP",
        values.flag,
        "0",
        "1 allows plain http outside this machine. Passwords then travel readable: for a trial only.",
    )

    @cached_property
    def secret_key(self) -> str:
        """Return the key that signs cookies and links; makes and keeps one where none is given."""
        return self.given_secret_key or kept_secret_key(self.data_dir)

    @property
    def is_https(self) -> bool:
        """Say whether people reach the desk by https: decides Secure, __Host- and HSTS."""
        return self.base_url.startswith("https://")

    @property
    def is_on_loopback(self) -> bool:
        """Say whether only this machine can reach the desk."""
        return values.is_loopback(self.host) and values.is_loopback(urlsplit(self.base_url).hostname or "")

    def describe(self) -> dict[str, str]:
        """Return each variable with its value as text; secrets are hidden."""
        return {setting.variable: shown(setting, getattr(self, name)) for name, setting in TABLE.items()}


# Those of the class itself first: what it inherits stands at the end of every list.
_FIELDS = sorted(fields(Settings), key=lambda row: row.name not in Settings.__annotations__)
TABLE: dict[str, Setting] = {row.name: row.metadata["setting"] for row in _FIELDS}
VARIABLES = tuple(setting.variable for setting in TABLE.values())


def load(environ: Mapping[str, str]) -> Settings:
    """Return the settings in `environ`; an empty variable counts as unset. Touches no file.

    Raises InvalidSetting for an unknown DESK_* variable, a bad value, or what is unsafe where others
    can reach the desk.
    """
    _refuse_unknown(environ)
    given = {name: _read(setting, environ) for name, setting in TABLE.items()}
    settings = Settings(**_completed(given))
    if settings.language not in settings.languages:
        raise InvalidSetting(
            f"DESK_LANGUAGE is {settings.language!r}, which DESK_LANGUAGES leaves out; add it there."
        )
    if sentence := why_unusable(settings):
        raise InvalidSetting(sentence)
    if settings.store_url is not None and not (settings.store_key and settings.store_secret):
        raise InvalidSetting("STORE_URL needs a key; set STORE_KEY and STORE_SECRET.")
    if sentence := why_unsafe(settings):
        raise InvalidSetting(sentence)
    return settings


def ready(settings: Settings) -> Settings:
    """Create the data folder and the secret key where they are missing, and return `settings`.

    Raises InvalidSetting where folder or key cannot be used, or are open to others than the desk.
    """
    folder, advice = settings.data_dir, "make it writable or set DATA_DIR to another folder."
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as why:
        raise InvalidSetting(f"The data folder {folder} cannot be made ({why.strerror}); {advice}") from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise InvalidSetting(f"The data folder {folder} cannot be written; {advice}")
    if unreadable := why_unreadable(settings):
        raise InvalidSetting(unreadable)
    done = replace(settings, given_secret_key=settings.secret_key)
    if not settings.is_on_loopback and (exposed := why_exposed(folder)):
        raise InvalidSetting(exposed)
    return done


def _refuse_unknown(environ: Mapping[str, str]) -> None:
    for variable in sorted(environ):
        if variable.startswith("DESK_") and variable not in VARIABLES:
            bare = variable.removeprefix("DESK_")
            near = [bare] if bare in VARIABLES else get_close_matches(variable, VARIABLES, n=1)
            hint = f"did you mean {near[0]}?" if near else "docs/settings.md lists those there are."
            raise InvalidSetting(f"{variable} is not a setting; {hint}")


def _read(setting: Setting, environ: Mapping[str, str]) -> object:
    text = environ.get(setting.variable, "").strip() or setting.default
    if text is None:
        return None
    try:
        return setting.read(text)
    except Unfit as unfit:
        hidden = setting.secret or setting.variable.endswith("_URL")  # an address may hold a password
        problem = "cannot be used" if hidden else f"is {text!r}"
        raise InvalidSetting(f"{setting.variable} {problem}; set it to {unfit}.") from None


def _completed(given: dict[str, Any]) -> dict[str, Any]:
    """Fill in the defaults that follow from other settings."""
    host = f"[{given['host']}]" if ":" in given["host"] else given["host"]
    base_url = given["base_url"] or f"http://{host}:{given['port']}".lower()
    name = urlsplit(base_url).hostname or ""
    hosts = tuple(dict.fromkeys((name, "localhost", "127.0.0.1"))) if values.is_loopback(name) else (name,)
    is_local = values.is_loopback(given["host"]) and values.is_loopback(name)
    demo = is_local if given["demo"] is None else given["demo"]
    return given | {
        "base_url": base_url,
        "demo": demo,
        "database_url": given["database_url"] or values.sqlite_address(given["data_dir"] / "desk.sqlite3"),
        "trusted_hosts": given["trusted_hosts"] or hosts,
        "trusted_proxies": given["trusted_proxies"] or (),
        "zone": given["zone"] or ("Asia/Almaty" if demo else "UTC"),
        "mail_from": given["mail_from"] or f"desk@{name}",
    }
