"""The time machine: what is proposed is tried on the past before anybody switches it on (R11, R101)."""

import csv
import io

import pytest
from bs4 import BeautifulSoup

from servicedesk.tickets.progress import resolve_ticket
from sla.agreements import publish_agreement, versions, written_document
from tests.portal.admin.conftest import values_in
from tests.support.mail import run_jobs
from tests.support.makers import DESK

PAGE = "/reports/time-machine"
NEW = f"{PAGE}/new/agreement/standard"


def soup_of(answer, status=200):
    assert answer.status_code == status, answer.text[:2000]
    return BeautifulSoup(answer.text, "html.parser")


def form_in(soup):
    """Return what a browser would send of the page's own form."""
    form = soup.select_one("main form.card")
    fields = form.select("input[name]:not([name=csrf_token])")
    return {field["name"]: field.get("value", "") for field in fields}


def tried(client, path=NEW, **typed):
    """Ask for a replay, let it run, and return its page."""
    sent = client.post(PAGE, data={**form_in(soup_of(client.get(path))), **typed})
    assert sent.status_code == 303, BeautifulSoup(sent.text, "html.parser").select_one(".errors")
    run_jobs("sla.replay")
    return soup_of(client.get(sent.location))


@pytest.fixture
def solved(clock, make_ticket, make_person):
    """A P3 request that was solved after two open hours, on a Monday."""
    clock.set("2026-11-30T09:00Z")
    ticket = make_ticket(make_person(organisation="Baker & Sons"), priority=3)
    clock.move(hours=2)
    resolve_ticket(make_person("agent"), ticket.id, answer="Done.")
    clock.move(hours=1)
    return ticket.id


@pytest.fixture
def manager(sign_in_as):
    return sign_in_as("manager")


def today(**typed):
    return {"since": "2026-11-01", "until": "2026-11-30", **typed}


def test_a_tighter_target_says_who_would_have_been_late(solved, manager):
    page = tried(manager, **today(r3_resolution="1:00"))
    late = soup_of(manager.get(page.select_one("a[href*='side=after']")["href"]))

    assert "over 1 requests and 2 promises" in page.get_text()
    assert "became of them: 0." in page.get_text()
    assert [each.get_text(strip=True) for each in late.select("tbody .ref")] == [f"SD-{solved}"]
    assert "late: 2\u00a0h of 1\u00a0h" in late.get_text()


def test_other_hours_are_tried(solved, manager):
    page = tried(manager, f"{PAGE}/new/calendar/desk", **today(mon="09:00-10:30 11:00-18:00"))

    assert page.select_one("h1").get_text() == "Desk hours on the past"
    assert "0 of 1" not in page.get_text()


def test_both_lists_can_be_taken_away(solved, manager):
    page = tried(manager, **today(r3_resolution="1:00"))

    taken = manager.get(page.find("a", string="Take away as CSV")["href"])
    head, row = csv.reader(io.StringIO(taken.get_data().decode("utf-8-sig")))
    told = dict(zip(head, row, strict=True))

    assert (told["side"], told["ticket_id"], told["state_before"]) == ("after", str(solved), "met")
    assert (told["target_after"], told["elapsed_after"]) == ("3600", "7200")


def test_the_week_is_drawn_with_a_table(solved, manager):
    maps = tried(manager, **today(r3_resolution="1:00")).select(".week-map")

    states = [[cell["data-state"] for cell in each.select("rect[data-state]")] for each in maps]
    table = maps[1].find_next("table")

    assert states == [["met"], ["late"]]
    assert [cell.get_text() for cell in table.select("td") if cell.get_text()] == ["0/1"]


@pytest.mark.parametrize(
    "typed, said",
    [
        ({"until": "2026-10-01"}, "This period is empty"),
        ({"since": "2026-01-01", "until": "2026-02-01"}, "there was no request that you can see"),
        ({"since": "2020-01-01"}, "two years at most"),
        ({"since": "soon"}, "Write a date."),
        ({"r3_resolution": "soon"}, "Write hours and minutes"),
        ({"r3_resolution": "0:00"}, "A target is longer than nothing"),
        ({"name": ""}, "Fill this in."),
    ],
)
def test_what_cannot_be_replayed_is_said_at_the_form(solved, manager, typed, said):
    sent = manager.post(PAGE, data={**form_in(soup_of(manager.get(NEW))), **today(), **typed})

    assert said in soup_of(sent, 422).select_one(".errors").get_text()


def test_the_last_day_of_a_period_is_the_one_that_was_asked_for(solved, sign_in_as, clock):
    clock.move(days=2)

    page = tried(sign_in_as("manager"), since="2026-11-28", until="2026-11-30")

    assert "28 Nov 2026 to 30 Nov 2026" in page.select_one("header.stack").get_text()


def test_the_pages_of_a_replay_belong_to_the_time_machine(manager):
    page = soup_of(manager.get(NEW))

    assert page.select_one(".tabs [aria-current]").get_text() == "Time machine"


def test_a_replay_under_way_says_how_far_it_is(solved, manager):
    sent = manager.post(PAGE, data={**form_in(soup_of(manager.get(NEW))), **today()})

    page = soup_of(manager.get(sent.location))
    line = soup_of(manager.get(page.select_one("live-poll")["src"]))

    assert line.select_one("progress")["value"] == "0"
    run_jobs("sla.replay")
    told = manager.get(page.select_one("live-poll")["src"])
    assert "The replay is done." in soup_of(told).get_text()
    again = manager.get(page.select_one("live-poll")["src"], headers={"If-None-Match": told.headers["ETag"]})
    assert again.status_code == 204  # and the page asks no more


def test_publishing_goes_to_the_form_with_what_was_tried(solved, manager):
    page = tried(manager, **today(r3_resolution="1:00"))
    onward = manager.get(page.find("a", string="Publish this …")["href"])
    form = soup_of(manager.get(onward.location))

    assert form.select_one("[name=r3_resolution]")["value"] == "1:00"
    assert form.select_one("[name=effective_from]")["value"] == ""
    assert [version.number for version in versions()] == [1] * len(versions())


@pytest.mark.parametrize("path", ["/admin/agreements/standard", "/admin/calendars/desk"])
def test_editors_try_what_stands_in_their_form(solved, sign_in_as, path):
    client = sign_in_as("administrator")
    editor = soup_of(client.get(path))
    button = editor.find("button", string="Try this on the past")
    changed = {"r3_resolution": "0:30"} if "agreements" in path else {"mon": "12:00-13:00"}

    sent = values_in(editor.select_one("main form")) | changed
    page = soup_of(client.post(button["formaction"], data=sent))

    (name, typed), kept = *changed.items(), {version.number for version in versions()}
    assert (page.select_one(f"[name={name}]")["value"], kept) == (typed, {1})


def test_who_may_not_try_is_told_so(solved, sign_in_as):
    agent = sign_in_as("agent")

    assert [agent.get(path).status_code for path in (PAGE, NEW, f"{PAGE}/1")] == [403, 403, 403]


def test_rules_that_the_form_has_no_room_for_are_tried_as_they_are(solved, manager):
    last = written_document(versions()[-1].id)
    rules = [last["rules"][0] | {"name": f"No. {number}"} for number in range(75)]
    publish_agreement(DESK, "standard", name="Standard", document=last | {"rules": rules})
    page = tried(manager, **today(r3_resolution="1:00"))

    form = soup_of(manager.get(manager.get(page.find("a", string="Publish this …")["href"]).location))

    assert form.select_one("[name=r3_resolution]")["value"] == "1:00"
    assert "15 more rules follow" in form.get_text()
