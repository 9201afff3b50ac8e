"""What was done to clocks by hand: counted by person, and each count leads to its rows (P7, R99)."""

import csv
import io
from dataclasses import replace
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup

from servicedesk.identity.permissions import Permission, Scope
from sla.holding import hold_clock, override_clock, release_clock
from sla.reporting.asked import last_weeks
from sla.reporting.interventions import count_interventions

FIGURES, LIST = "/reports/figures", "/reports/interventions"
QUESTION = "What was done to clocks by hand?"


@pytest.fixture
def manager(sign_in_as):
    return sign_in_as("manager")


@pytest.fixture
def lead(make_person):
    return make_person("lead", name="Lela Lead")


@pytest.fixture
def done(clock, make_ticket, lead):
    """Two tickets: one clock of the first was held and let go on, that of the second got another moment."""
    first, second = (make_ticket(priority=1).id for _each in range(2))
    hold_clock(lead, first, kind="resolution", reason="The part is on its way.")
    clock.move(minutes=5)
    release_clock(lead, first, kind="resolution", reason="It is here.")
    override_clock(
        lead, second, kind="resolution", until=clock.at + timedelta(hours=9), reason="Agreed by phone."
    )
    clock.move(seconds=2)
    return first, second


def page(client, path):
    answer = client.get(path)
    assert answer.status_code == 200, answer.text[:2000]
    return BeautifulSoup(answer.text, "html.parser")


def panel(client, query=""):
    return page(client, FIGURES + query).find("h2", string=QUESTION).parent


def cells(row):
    return [cell.get_text(strip=True) for cell in row.find_all(["th", "td"])]


def test_they_are_counted_by_person(done, manager):
    rows = panel(manager).select("tbody tr")

    assert [cells(row) for row in rows] == [["Lela Lead", "1", "1", "1"], ["All", "1", "1", "1"]]


def test_each_count_leads_to_its_rows_with_who_and_why(done, manager):
    links = [link["href"] for link in panel(manager).select("tbody tr:first-child a")]

    lists = [page(manager, link).select("tbody tr") for link in links]

    refs = [[row.select_one(".ref").get_text(strip=True) for row in rows] for rows in lists]
    assert refs == [[f"SD-{done[0]}"], [f"SD-{done[0]}"], [f"SD-{done[1]}"]]
    assert [cells(rows[0])[1] for rows in lists] == [
        "Stopped by handResolutionLela LeadThe part is on its way.",
        "Let go onResolutionLela LeadIt is here.",
        "Set another due momentResolutionLela LeadAgreed by phone.",
    ]


def test_the_file_holds_the_same_rows_without_reasons(done, manager):
    answer = manager.get(f"{LIST}.csv")

    rows = list(csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig"))))
    assert [[row[0], *row[2:]] for row in rows[1:]] == [
        [str(done[1]), "override", "resolution", "Lela Lead"],
        [str(done[0]), "release", "resolution", "Lela Lead"],
        [str(done[0]), "hold", "resolution", "Lela Lead"],
    ]


def test_those_of_another_clock_are_left_out(done, manager):
    assert "Nothing was done by hand" in panel(manager, "?clock=first_response").get_text()


def test_what_was_done_later_is_not_known_yet(done, manager, clock, lead):
    asked = last_weeks(4, until=clock.at, as_of=clock.at - timedelta(minutes=3), zone="UTC")

    assert [row.deed for row in count_interventions(lead, asked).rows] == ["hold"]


def test_who_may_not_see_people_gets_no_names_and_no_reasons(done, make_person, clock):
    viewer = replace(make_person(), grants={Permission.REPORT_SEE: frozenset({Scope.ALL})})
    asked = last_weeks(4, until=clock.at, as_of=clock.at, zone="UTC")

    found = count_interventions(viewer, asked)

    assert found.names is None
    assert [(row.person_id, row.reason) for row in found.rows] == [(None, "")] * 3


def test_a_deed_that_there_is_not_has_no_list(done, manager):
    assert manager.get(f"{LIST}?deed=break").status_code == 404


@pytest.mark.parametrize(
    ("role", "status"), [("customer", 403), ("agent", 403), ("lead", 200), ("manager", 200)]
)
def test_the_list_is_for_leads_and_managers(sign_in_as, role, status):
    assert sign_in_as(role).get(LIST).status_code == status
