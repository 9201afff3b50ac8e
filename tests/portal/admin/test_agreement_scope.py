"""Publishing for open clocks and taking an agreement out of use: seen before it is done (P2, P5, P6; R31)."""

import pytest

from sla.agreements import in_force, versions
from sla.sweep import sweep
from tests.sla.stored import clocks

STANDARD = "/admin/agreements/standard"
END = f"{STANDARD}/deactivate"
OPEN = {"scope": "open"}


@pytest.fixture
def ticket(clock, make_ticket):
    found = make_ticket(priority=2, subject="The lift is stuck")
    clock.move(hours=2)
    sweep()
    return found


def numbers(key="standard"):
    return [version.number for version in versions() if version.key == key]


def lines_of(answer):
    return answer.get_data(as_text=True).lstrip("\ufeff").splitlines()


def test_who_would_become_late_is_shown_before_it_is_published(editing, effect, ticket):
    said = effect(editing.look(STANDARD, r2_resolution="1:00", **OPEN))

    assert "1 open clock would change." in said
    assert "1 request would become late." in said
    assert "The lift is stuck" in said
    assert numbers() == [1]


def test_who_would_stop_being_late_is_shown(editing, effect, ticket):
    said = effect(editing.look(STANDARD, r2_first_response="9:00", **OPEN))

    assert "1 request would stop being late." in said


def test_a_version_for_open_clocks_is_published_for_them(editing, ticket):
    editing.save(STANDARD, r2_resolution="1:00", **OPEN)

    found = clocks(ticket.id)["resolution"]
    assert (found.target_seconds, found.state) == (3600, "overdue")


def test_a_version_for_new_requests_leaves_open_clocks_alone(editing, ticket):
    editing.save(STANDARD, r2_resolution="1:00")

    assert clocks(ticket.id)["resolution"].target_seconds == 28_800


def test_the_clocks_that_change_can_be_downloaded(editing, ticket):
    sent = editing.typed(STANDARD, {"r2_resolution": "1:00", **OPEN})
    answer = editing.client.post(f"{STANDARD}/changes.csv", data=sent)

    head, resolution = lines_of(answer)
    assert head.startswith("request,subject,clock,target_seconds_before,target_seconds_after")
    assert f"SD-{ticket.id},The lift is stuck,resolution,28800,3600," in resolution
    assert resolution.endswith(",0,1")
    assert numbers() == [1]


def test_what_is_wrong_is_said_in_place_of_a_download(editing, ticket):
    sent = editing.typed(STANDARD, {"r2_resolution": "200000:00"})

    assert editing.client.post(f"{STANDARD}/changes.csv", data=sent).status_code == 422


def test_an_agreement_is_taken_out_of_use_once_its_clocks_were_seen(editing, effect, ticket, clock):
    shown = effect(editing.page(END))
    editing.save(END)

    assert "2 clocks would end uncounted." in shown
    assert {row.state for row in clocks(ticket.id).values()} == {"cancelled"}
    assert [version.key for version in in_force(clock.at)] == ["gold"]
    assert "not in use" in editing.page("/admin/agreements").get_text(" ", strip=True)


def test_the_clocks_that_would_end_can_be_downloaded(editing, ticket):
    found = lines_of(editing.client.get(f"{STANDARD}/deactivate.csv"))

    assert len(found) == 3
    assert ",28800,," in found[2]


def test_publishing_again_brings_an_agreement_back(editing, ticket, clock):
    editing.save(END)
    editing.save(STANDARD)

    assert [version.key for version in in_force(clock.at)] == ["gold", "standard"]


def test_requests_of_the_last_quarter_without_a_rule_are_named(editing, effect, ticket):
    said = effect(editing.look(STANDARD, r2_name=""))

    assert "No rule holds for 1 request of the last 90 days." in said


def test_a_person_who_may_not_publish_downloads_nothing(sign_in_as, ticket, make_person):
    client = sign_in_as(make_person("agent"))

    assert client.get(f"{STANDARD}/deactivate.csv").status_code == 403


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"r1_resolution": "0:00"}, "A target is longer than nothing and shorter than five years."),
        ({"r1_resolution": "99999:00"}, "A target is longer than nothing and shorter than five years."),
        ({"r1_resolution": "4 h"}, "Write hours and minutes, such as 4:00 or 0:15."),
    ],
)
def test_a_target_of_nothing_or_of_many_years_is_refused_in_words(editing, typed, sentence):
    refused = editing.look(STANDARD, 422, **typed)

    assert sentence in refused.get_text(" ", strip=True)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        (
            {"r1_first_response": "9:00", "r1_resolution": "1:00"},
            "the first answer after the solution.",
        ),
        (
            {"r1_update": "9:00", "r1_resolution": "1:00"},
            "or further answers after the solution.",
        ),
        ({"r2_priority": ["P1"]}, "is never reached:"),
    ],
)
def test_what_contradicts_itself_is_said_in_words(editing, effect, typed, sentence):
    assert sentence in effect(editing.look(STANDARD, **typed))
