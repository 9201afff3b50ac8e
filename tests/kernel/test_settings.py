"""Settings: typed, documented, and strict about what they do not know (R121)."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from servicedesk.kernel.settings import InvalidSetting, load, ready
from servicedesk.kernel.settings_page import settings_page

EVERY_NETWORK = "0.0.0.0"  # noqa: S104
DOCUMENT = Path(__file__).parents[2] / "docs" / "settings.md"


def test_an_empty_environment_gives_a_desk_on_this_machine_with_sqlite_in_the_current_folder(
    monkeypatch, tmp_path
):
    monkeypatch.chdir(tmp_path)

    settings = load({})

    assert (settings.base_url, settings.is_https, settings.is_on_loopback) == (
        "http://127.0.0.1:8000",
        False,
        True,
    )
    assert settings.data_dir == tmp_path / "data"
    assert settings.database_url == f"sqlite:///{tmp_path}/data/desk.sqlite3"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "written", ["postgres://desk@db/desk", "postgresql://desk@db/desk", "postgresql+psycopg://desk@db/desk"]
)
def test_every_spelling_of_a_postgresql_address_uses_psycopg_3(written):
    assert load({"DATABASE_URL": written}).database_url == "postgresql+psycopg://desk@db/desk"


def test_a_relative_sqlite_path_starts_from_the_current_folder(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    assert load({"DATABASE_URL": "sqlite:///desk.db"}).database_url == f"sqlite:///{tmp_path}/desk.db"


@pytest.mark.parametrize(
    "variable, value, advice",
    [
        ("PORT", "http", "a whole number from 1 to 65535"),
        ("PORT", "70000", "a whole number from 1 to 65535"),
        ("DEMO", "yes", "0 or 1"),
        ("DATABASE_URL", "mysql://db/desk", "sqlite:///PATH or postgresql://"),
        ("DATABASE_URL", "sqlite://", "sqlite:///PATH or postgresql://"),
        ("DATABASE_URL", "sqlite:///:memory:", "cannot be shared"),
        ("BASE_URL", "https://desk.example.org/support", "without a path"),
        ("BASE_URL", "https://desk.example.org:port", "without a path"),
        ("REDIS_URL", "http://redis", "redis://localhost"),
        ("SECRET_KEY", "short", "at least 32 random characters"),
        ("DESK_ZONE", "Asia/Almati", "did you mean Asia/Almaty?"),
        ("DESK_ZONE", "../../etc/passwd", "the name of a time zone"),
        ("DESK_LANGUAGE", "he_IL", "one of en, he, kk, ka, ru"),
        ("DESK_LANGUAGES", "en,en", "nothing stands twice"),
        ("DESK_TICKET_PREFIX", "sd-", "capital letters"),
        ("DESK_LOG_FORMAT", "xml", "one of plain, json"),
        ("DESK_TRUSTED_HOSTS", "desk example", "host names"),
        ("DESK_TRUSTED_PROXIES", "proxy.example.org", "addresses or networks"),
        ("DESK_TRUSTED_PROXIES", "0.0.0.0/0", "not everybody"),
        ("DESK_RATE_LIMIT_FORMS", "many", "10 per 15 minutes"),
        ("DESK_GOAL_PERCENT", "101", "a whole number from 1 to 100"),
    ],
)
def test_a_bad_value_refuses_to_start_and_says_what_would_do(variable, value, advice):
    with pytest.raises(InvalidSetting) as refusal:
        load({variable: value})

    sentence = str(refusal.value)
    assert sentence.startswith(variable)
    assert advice in sentence


@pytest.mark.parametrize(
    "variable, nearest",
    [("DESK_ZONES", "DESK_ZONE"), ("DESK_PORT", "PORT"), ("DESK_GOAL", "DESK_GOAL_PERCENT")],
)
def test_an_unknown_desk_variable_refuses_to_start_and_names_the_nearest_known(variable, nearest):
    with pytest.raises(InvalidSetting, match=f"{variable} is not a setting; did you mean {nearest}\\?"):
        load({variable: "1"})


def test_a_default_language_that_nobody_may_choose_is_refused():
    with pytest.raises(InvalidSetting, match="DESK_LANGUAGES leaves out"):
        load({"DESK_LANGUAGE": "he", "DESK_LANGUAGES": "en"})


@pytest.mark.parametrize(
    "environ",
    [
        {"BASE_URL": "http://desk.example.org"},
        {"HOST": EVERY_NETWORK},
        {"HOST": EVERY_NETWORK, "BASE_URL": "http://localhost:8000"},
        {"HOST": "::"},
    ],
)
def test_plain_http_outside_this_machine_is_refused_unless_allowed(environ):
    with pytest.raises(InvalidSetting, match="DESK_ALLOW_HTTP=1"):
        load(environ)

    assert load(environ | {"DESK_ALLOW_HTTP": "1"}).is_https is False


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1.2.3", "::1"])
def test_plain_http_on_this_machine_is_fine(host):
    assert load({"HOST": host}).is_on_loopback is True


def test_an_https_address_decides_the_hosts_that_are_answered():
    settings = load({"BASE_URL": "https://Desk.Example.org/"})

    assert settings.is_https is True
    assert settings.base_url == "https://desk.example.org"
    assert settings.trusted_hosts == ("desk.example.org",)


def test_proxies_are_addresses_or_networks():
    settings = load({"DESK_TRUSTED_PROXIES": "10.0.0.5, 10.1.0.9/24,2001:db8::/32"})

    assert settings.trusted_proxies == ("10.0.0.5/32", "10.1.0.0/24", "2001:db8::/32")
    assert load({}).trusted_proxies == ()


def test_an_empty_variable_counts_as_unset():
    assert load({"PORT": "", "REDIS_URL": " "}) == load({})


def test_a_limit_can_be_switched_off():
    assert load({"DESK_RATE_LIMIT_FORMS": "off"}).rate_limit_forms is None


def test_no_secret_shows_in_the_description_the_repr_or_a_refusal():
    key = "k3y" * 20
    environ = {
        "DATABASE_URL": "postgresql://desk:pa55word@db/desk?password=pa55word",
        "REDIS_URL": "redis://:pa55word@redis/0",
        "SECRET_KEY": key,
    }
    settings = load(environ)
    with pytest.raises(InvalidSetting) as refusal:
        load({"DATABASE_URL": "mysql://desk:pa55word@db/desk"})

    shown = f"{settings.describe()} {settings!r} {refusal.value}"

    assert "pa55word" not in shown
    assert key not in shown
    assert "postgresql+psycopg://desk:***@db/desk?***" in shown


def test_a_secret_key_is_made_once_readable_by_its_owner_alone(tmp_path):
    environ = {"DATA_DIR": str(tmp_path / "desk")}

    first, second = load(environ).secret_key, load(environ).secret_key

    assert first == second
    assert len(first) >= 32
    assert [path.name for path in (tmp_path / "desk").iterdir()] == ["secret.key"]
    assert (tmp_path / "desk" / "secret.key").stat().st_mode & 0o777 == 0o600


def test_processes_that_start_together_agree_on_the_secret_key(tmp_path):
    settings = [load({"DATA_DIR": str(tmp_path)}) for _ in range(16)]

    with ThreadPoolExecutor(16) as pool:
        keys = list(pool.map(lambda each: each.secret_key, settings))

    assert len(set(keys)) == 1


def test_a_data_folder_that_cannot_be_made_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(InvalidSetting, match=r"cannot be made .*set DATA_DIR to another folder"):
        ready(load({"DATA_DIR": str(tmp_path / "file" / "data")}))


@pytest.mark.skipif(os.geteuid() == 0, reason="everything is writable for root")
def test_a_data_folder_that_cannot_be_written_is_one_sentence(tmp_path):
    tmp_path.chmod(0o500)

    with pytest.raises(InvalidSetting, match="cannot be written; make it writable"):
        ready(load({"DATA_DIR": str(tmp_path)}))


def test_ready_makes_the_folder_private_and_keeps_the_key(tmp_path):
    settings = ready(load({"DATA_DIR": str(tmp_path / "data")}))

    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700
    assert settings.given_secret_key == (tmp_path / "data" / "secret.key").read_text()


def test_the_page_of_settings_is_up_to_date():
    assert DOCUMENT.read_text() == settings_page(), "run: servicedesk settings --page > docs/settings.md"


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("smtps://mail.example.org", ("smtps", "mail.example.org", 465)),
        ("smtp+starttls://mail.example.org", ("smtp+starttls", "mail.example.org", 587)),
        ("smtp://127.0.0.1:2525", ("smtp", "127.0.0.1", 2525)),
    ],
)
def test_a_mail_server_is_an_address(url, place):
    found = load({"SMTP_URL": url}).smtp_server

    assert (found.security, found.host, found.port) == place


def test_the_user_of_a_mail_server_may_be_an_address():
    url, password = "smtps://desk%40example.org@mail.example.org", "it says nothing"

    settings = load({"SMTP_URL": url, "SMTP_PASSWORD": password})

    assert settings.smtp_server.user == "desk@example.org"
    assert password not in f"{settings!r} {settings.describe()}"


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"SMTP_URL": "smtp://mail.example.org"}, "without TLS"),
        ({"SMTP_URL": "smtps://desk:hunter2hunter2@mail.example.org"}, "SMTP_PASSWORD"),
        ({"SMTP_URL": "https://mail.example.org"}, "smtps://"),
        ({"SMTP_URL": "smtps://desk@mail.example.org"}, "SMTP_PASSWORD"),
        ({"SMTP_PASSWORD": "hunter2hunter2"}, "SMTP_URL"),
        ({"MAIL_FROM": "Desk <desk@example.org>"}, "address"),
    ],
)
def test_mail_that_would_be_read_by_others_or_by_nobody_is_refused(environ, said):
    with pytest.raises(InvalidSetting, match=said) as refusal:
        load(environ)

    assert "hunter2" not in str(refusal.value)


def test_mail_comes_from_the_desk_unless_it_is_said_otherwise():
    assert load({"BASE_URL": "https://desk.example.org"}).mail_from == "desk@desk.example.org"
    assert load({"MAIL_FROM": "help@example.org"}).mail_from == "help@example.org"
