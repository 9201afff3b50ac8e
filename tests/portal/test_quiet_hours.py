"""People set on a page of their own when nothing is mailed to them."""

import pytest
from bs4 import BeautifulSoup

from servicedesk.identity.core.quiet import QuietHours
from servicedesk.identity.quiet_hours import quiet_hours_of

PAGE = "/account/quiet-hours"
TYPED = {"begin": "22:00", "until": "07:30", "zone": "Asia/Tbilisi"}


@pytest.mark.parametrize("role", ["customer", "agent", "manager", "administrator"])
def test_everybody_finds_the_page_in_their_menu(sign_in_as, role):
    shown = sign_in_as(role).get(PAGE)

    assert shown.status_code == 200
    assert BeautifulSoup(shown.text, "html.parser").select_one(f'#me-menu a[href="{PAGE}"]') is not None


def test_what_is_set_is_kept_and_shown_again(sign_in_as):
    browser = sign_in_as("agent")

    sent = browser.post(PAGE, data=TYPED)

    shown = BeautifulSoup(browser.get(PAGE).text, "html.parser")
    row = quiet_hours_of(browser.actor.id)
    assert (sent.status_code, row.quiet, row.zone) == (303, QuietHours(1320, 450), "Asia/Tbilisi")
    assert [shown.select_one(f"[name={name}]")["value"] for name in ("begin", "until")] == ["22:00", "07:30"]
    assert "Saved." in shown.text


def test_both_empty_is_none(sign_in_as):
    browser = sign_in_as("agent")
    browser.post(PAGE, data=TYPED)

    browser.post(PAGE, data={"begin": "", "until": "", "zone": "Asia/Tbilisi"})

    assert quiet_hours_of(browser.actor.id).quiet is None


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"until": ""}, "Quiet hours have a beginning and an end."),
        ({"until": "22:00"}, "Quiet hours end at another time than they begin."),
        ({"begin": "25:00"}, "Write a time such as 22:00."),
        ({"zone": "Mars/Olympus"}, "Choose a time zone from the list."),
    ],
)
def test_what_cannot_be_is_said_at_the_form_and_nothing_is_kept(sign_in_as, typed, said):
    browser = sign_in_as("agent")

    sent = browser.post(PAGE, data=TYPED | typed)

    assert sent.status_code == 422
    assert said in BeautifulSoup(sent.text, "html.parser").select_one(".errors").get_text()
    assert quiet_hours_of(browser.actor.id).quiet is None


def test_nobody_without_a_sign_in_has_the_page(client):
    assert client.get(PAGE).status_code in {302, 303, 401}
