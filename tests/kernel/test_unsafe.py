"""A desk that others can reach does not start with settings that let them in (R121; security.md 36, 37)."""

import pytest

from servicedesk.kernel.settings import InvalidSetting, load, ready

EVERY_NETWORK = "0.0.0.0"  # noqa: S104
HTTPS = {"BASE_URL": "https://desk.example.org"}
A_KEY = "Zb3-kq9_TfW0xLr7YvN2sHd8MgC5pJeU"


@pytest.mark.parametrize(
    ("unsafe", "mended", "advice"),
    [
        ({"BASE_URL": "http://desk.example.org"}, HTTPS, "set BASE_URL to the https address"),
        ({"HOST": EVERY_NETWORK} | HTTPS, {"HOST": ""}, "leave HOST out"),
        ({"HOST": EVERY_NETWORK} | HTTPS, {"DESK_TRUSTED_PROXIES": "10.0.0.5"}, "DESK_TRUSTED_PROXIES"),
        ({"HOST": "10.0.0.7"} | HTTPS, {"DESK_TRUSTED_PROXIES": "10.0.0.0/24"}, "past the proxy"),
        ({"DEMO": "1"} | HTTPS, {"DEMO": "0"}, "set DEMO=0"),
        ({"DEMO": "1"} | HTTPS, {"DEMO": ""}, "made-up people who can sign in"),
        ({"SECRET_KEY": "x" * 64} | HTTPS, {"SECRET_KEY": A_KEY}, "leave it out and one is made"),
        ({"SECRET_KEY": f"CHANGE-ME-{A_KEY}"} | HTTPS, {"SECRET_KEY": ""}, "can be guessed"),
        ({"SECRET_KEY": f"your_secret_{A_KEY}"} | HTTPS, {"SECRET_KEY": A_KEY}, "token_urlsafe"),
    ],
)
def test_what_is_unsafe_where_others_can_reach_the_desk_is_refused_in_one_sentence(unsafe, mended, advice):
    with pytest.raises(InvalidSetting) as refusal:
        load(unsafe)

    sentence = str(refusal.value)
    assert advice in sentence
    assert "\n" not in sentence
    assert unsafe.get("SECRET_KEY", "no key") not in sentence
    assert load(unsafe | mended).is_https


def test_on_this_machine_alone_all_of_it_is_allowed():
    settings = load({"DEMO": "1", "SECRET_KEY": "x" * 64})

    assert settings.is_on_loopback is True


@pytest.mark.parametrize(("environ", "demo"), [({}, True), (HTTPS, False), ({"DEMO": "0"}, False)])
def test_the_demo_is_for_this_machine_unless_said_otherwise(environ, demo):
    assert load(environ).demo is demo
    assert load(environ).zone == ("Asia/Almaty" if demo else "UTC")


def test_a_data_folder_that_anybody_may_write_into_is_refused(tmp_path):
    tmp_path.chmod(0o777)

    with pytest.raises(InvalidSetting, match=f"chmod o-rwx {tmp_path}"):
        ready(load(HTTPS | {"DATA_DIR": str(tmp_path)}))
    ready(load({"DATA_DIR": str(tmp_path)}))


def test_a_key_that_the_desk_cannot_read_is_told_in_one_sentence(tmp_path):
    (tmp_path / "secret.key").mkdir()  # nobody can read that, not even root, as whom tests may run

    with pytest.raises(InvalidSetting, match="chown it to the user as whom the desk runs"):
        ready(load({"DATA_DIR": str(tmp_path)}))


def test_a_key_that_anybody_may_read_is_refused(tmp_path):
    (tmp_path / "secret.key").write_text(A_KEY)
    (tmp_path / "secret.key").chmod(0o644)

    with pytest.raises(InvalidSetting, match="chmod 600"):
        ready(load(HTTPS | {"DATA_DIR": str(tmp_path)}))

    (tmp_path / "secret.key").chmod(0o600)
    assert ready(load(HTTPS | {"DATA_DIR": str(tmp_path)})).secret_key == A_KEY
