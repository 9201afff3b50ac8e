"""Combined hours in the time machine: tried, and published with a date (R11, R29, R101)."""

import json
from datetime import UTC, datetime

import pytest

from servicedesk.calendars.commands import publish_calendar
from servicedesk.calendars.hours import OpeningHours
from servicedesk.calendars.queries import calendar_in_force, versions_of
from servicedesk.tickets.progress import resolve_ticket
from sla.agreements import publish_agreement, versions, written_document
from tests.portal.admin.conftest import Editing, values_in
from tests.portal.reports.test_time_machine import PAGE, soup_of
from tests.support.mail import run_jobs
from tests.support.makers import DESK


def hours(text, zone="UTC"):
    return OpeningHours.weekly(text, zone=zone).to_exchange()


OFFICE, SUPPLIER, NIGHTS = (
    hours(f"mon-fri {span}") for span in ("08:00-16:00", "10:00-18:00", "15:00-23:00")
)
DAY = datetime(2026, 12, 24, tzinfo=UTC)


@pytest.fixture
def combined(clock, make_ticket, make_person):
    """Office and supplier combined for all of Standard, and a P3 request that took two open hours of them."""
    clock.set("2026-11-30T07:00Z")
    for key, document in (("office", OFFICE), ("supplier", SUPPLIER), ("nights", NIGHTS)):
        publish_calendar(DESK, key, name=key.title(), document=document)
    publish_calendar(DESK, "both", name="Both", document={"all_of": [SUPPLIER, OFFICE]})
    document = written_document(next(each.id for each in versions() if each.key == "standard"))
    rules = [rule | {"calendar": "both", "targets": {"resolution": 3600}} for rule in document["rules"]]
    publish_agreement(DESK, "standard", name="Standard", document=document | {"rules": rules})
    clock.set("2026-11-30T10:00Z")
    ticket = make_ticket(make_person(organisation="Baker & Sons"), priority=3)
    clock.move(hours=2)
    resolve_ticket(make_person("agent"), ticket.id, answer="Done.")
    clock.move(hours=1)


@pytest.fixture
def client(combined, sign_in_as):
    return sign_in_as("administrator")


def form_at(client, key):
    return soup_of(client.get(f"{PAGE}/new/calendar/{key}"))


def sent(client, soup, **typed):
    data = values_in(soup.select_one("main form.card")) | typed
    return client.post(PAGE, data=data | {"since": "2026-11-01", "until": "2026-11-30"})


def tried(client, key, **typed):
    """Ask for a replay, let it run, and return its page; its self-test must hold."""
    answer = sent(client, form_at(client, key), **typed)
    assert answer.status_code == 303, soup_of(answer, answer.status_code).select_one(".errors")
    run_jobs("sla.replay")
    page = soup_of(client.get(answer.location))
    assert "really became of them: 0." in page.get_text()
    return page


def onward(client, page):
    """Return the address of the form to which "Publish this" leads."""
    return client.get(page.find("a", string="Publish this …")["href"]).location


def said(key, at):
    return json.loads(calendar_in_force(key, at).document)


def test_the_form_of_combined_hours_offers_the_calendars_in_their_order(client):
    page = form_at(client, "both")
    boxes = page.select("[name=members]")

    assert [box["value"] for box in boxes][:2] == ["supplier", "office"]
    assert [box["value"] for box in boxes if box.has_attr("checked")] == ["supplier", "office"]
    assert [link["href"] for link in page.select("[aria-labelledby=parts] a")] == [
        f"{PAGE}/new/calendar/supplier",
        f"{PAGE}/new/calendar/office",
    ]


def test_other_calendars_are_combined_and_published_from_a_date_on(client):
    page = tried(client, "both", members=["office", "nights"])
    address = onward(client, page)
    editing = Editing(client)
    form = editing.page(address)

    editing.save(address, effective_from="2026-12-24T00:00")

    ticked = [box["value"] for box in form.select("[name=members][checked]")]
    assert ticked == ["office", "nights"]
    assert said("both", DAY) == {"all_of": [OFFICE, NIGHTS]}
    assert json.loads(versions_of("both")[0].document) == {"all_of": [SUPPLIER, OFFICE]}
    assert [version.effective_from for version in versions_of("both")][1:] == [DAY]


def test_a_part_is_tried_in_all_that_combine_it_and_published_with_them_from_a_date_on(client):
    page = tried(client, "office", mon="11:30-16:00")
    address = onward(client, page)
    changed = OFFICE | {"week": OFFICE["week"] | {"mon": [["11:30", "16:00"]]}}

    Editing(client).save(address, effective_from="2026-12-24T00:00")

    assert "Office, also in \u2068Both\u2069" in page.select_one("header.stack").get_text()
    assert page.select_one("a[href*='side=before']") is not None  # it was late, and would not have been
    assert (said("office", DAY), said("both", DAY)) == (changed, {"all_of": [SUPPLIER, changed]})
    assert [[each.effective_from for each in versions_of(key)][1:] for key in ("office", "both")] == [
        [DAY]
    ] * 2


def test_a_part_that_is_taken_out_of_what_combines_it_changes_nothing_there(client):
    page = tried(client, "office", mon="11:30-16:00", combined=[])
    form = Editing(client).page(onward(client, page))

    assert page.select_one("a[href*='side=before']") is None
    assert form.select("[name=combined]") != []
    assert form.select("[name=combined][checked]") == []


def test_after_publishing_a_replay_still_reproduces_what_became_of_promises(
    client, clock, make_ticket, make_person
):
    page = tried(client, "office", mon="11:30-16:00")
    Editing(client).save(onward(client, page))
    ticket = make_ticket(make_person(organisation="Baker & Sons"), priority=3)
    clock.move(hours=2)
    resolve_ticket(make_person("agent"), ticket.id, answer="Done.")
    clock.move(hours=1)

    assert "over 2 requests" in tried(client, "both", members=["office", "nights"]).get_text()


def test_one_calendar_alone_is_not_tried_and_what_was_typed_stays(client):
    page = soup_of(sent(client, form_at(client, "both"), members=["nights"], name="Alone"), 422)

    assert "Choose two calendars or more." in page.select_one(".errors").get_text()
    assert [box["value"] for box in page.select("[name=members][checked]")] == ["nights"]
    assert page.select_one("[name=name]")["value"] == "Alone"


def test_parts_that_changed_since_are_named_and_tried_as_they_are_now(client):
    publish_calendar(DESK, "office", name="Office", document=NIGHTS | {"holidays": ["2026-12-25"]})

    page = form_at(client, "both")

    assert "\u2068Office\u2069 says something else by now. That is what is replayed." in page.get_text()


def test_a_part_that_is_no_calendar_of_the_desk_is_kept(client):
    elsewhere = hours("mon-fri 09:00-17:00", "Asia/Almaty")
    publish_calendar(DESK, "both", name="Both", document={"all_of": [elsewhere, OFFICE]})

    page = tried(client, "both")
    Editing(client).save(onward(client, page))

    assert "hours that are no calendar here (Asia/Almaty)" in form_at(client, "both").get_text()
    assert said("both", DAY) == {"all_of": [elsewhere, OFFICE]}


def test_the_editor_of_combined_hours_tries_what_stands_in_its_form(client):
    editor = soup_of(client.get("/admin/calendars/both"))
    button = editor.find("button", string="Try this on the past")
    data = values_in(editor.select_one("main form")) | {"members": ["office", "nights"]}

    page = soup_of(client.post(button["formaction"], data=data))

    assert [box["value"] for box in page.select("[name=members][checked]")] == ["office", "nights"]
    assert len(versions_of("both")) == 1


@pytest.mark.parametrize("ticked", [[], ["both:1"]])
def test_the_editor_of_a_part_tries_it_where_its_form_says(client, ticked):
    editor = soup_of(client.get("/admin/calendars/office"))
    button = editor.find("button", string="Try this on the past")
    data = values_in(editor.select_one("main form")) | {"combined": ticked, "mon": "12:00-13:00"}

    page = soup_of(client.post(button["formaction"], data=data))

    assert [box["value"] for box in page.select("[name=combined][checked]")] == [each[:4] for each in ticked]
    assert page.select_one("[name=mon]")["value"] == "12:00-13:00"


@pytest.mark.parametrize("document", ['{"tz": "Mars"}', '{"all_of": []}', '{"all_of": 1}', "{}", "[]"])
def test_a_document_that_is_no_calendar_has_nothing_to_try(client, document):
    data = values_in(form_at(client, "both").select_one("main form.card")) | {"document": document}

    assert client.post(PAGE, data=data).status_code == 404
