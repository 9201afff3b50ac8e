"""What may be a password, and how it is kept (security.md V6)."""

import pytest
from argon2 import PasswordHasher

from servicedesk.identity import passwords
from servicedesk.identity.passwords import check_password, hash_password, is_outdated, is_password
from servicedesk.kernel.errors import Busy, Invalid


@pytest.mark.parametrize(
    "good", ["correct horse battery", "סיסמה ארוכה מאוד", "x7!pQ-2m", "a" * 20 + "bc" * 54]
)
def test_any_long_enough_uncommon_text_may_be_a_password(app, good):
    check_password(good, email="dana@desk.test")


@pytest.mark.parametrize(
    "bad", ["short 1", "a" * 129, "password", "Password123", "qwertyuiop", "12345678", "aaaaaaaa", "abababab"]
)
def test_short_endless_and_common_ones_may_not(app, bad):
    with pytest.raises(Invalid) as refused:
        check_password(bad)

    assert refused.value.field == "password"


@pytest.mark.parametrize("bad", ["danalevi@desk.test", "danalevi"])
def test_ones_own_address_may_not(app, bad):
    with pytest.raises(Invalid):
        check_password(bad, email="danalevi@desk.test")


def test_a_hash_is_argon2id_and_tells_right_from_wrong():
    stored = hash_password("correct horse battery")

    assert stored.startswith("$argon2id$")
    assert is_password("correct horse battery", stored)
    assert not is_password("correct horse batterz", stored)
    assert not is_password("anything", None)


def test_a_hash_made_with_weaker_parameters_is_outdated():
    weaker = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("correct horse battery")

    assert not is_outdated(weaker)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "hasher", PasswordHasher())
        assert is_outdated(weaker)


def test_no_more_than_a_few_hashes_at_a_time(app, monkeypatch):
    monkeypatch.setattr(passwords, "_WAIT_SECONDS", 0.01)
    taken = [passwords._room.acquire() for _place in range(4)]

    with pytest.raises(Busy):
        hash_password("correct horse battery")

    for _place in taken:
        passwords._room.release()
