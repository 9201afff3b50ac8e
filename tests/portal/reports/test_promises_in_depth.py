"""How promises ended, why they were broken, how long paused: everywhere the same (R99, R101, R106)."""

import csv
import io
import zipfile
from dataclasses import replace

import pytest
from bs4 import BeautifulSoup

from servicedesk.identity.permissions import Permission, Scope
from servicedesk.tickets.conversation import reply
from servicedesk.tickets.progress import reopen_ticket, resolve_ticket, wait_for
from sla.agreements import publish_agreement
from sla.reporting.asked import last_weeks
from sla.reporting.pauses import pause_shares
from tests.support.makers import administrator, make_organisation

BACK = "How often did it come back?"
PAGES = ("/reports/figures", "/reports/causes", "/reports/pauses")


def page(client, path):
    answer = client.get(path)
    assert answer.status_code == 200, answer.text[:2000]
    return BeautifulSoup(answer.text, "html.parser")


def panel(soup, question):
    return soup.find("h2", string=question).parent


def table_of(answer):
    return list(csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig"))))


def refs(soup):
    return [cell.get_text(strip=True) for cell in soup.select("tbody .ref")]


@pytest.fixture
def manager(sign_in_as):
    return sign_in_as("manager")


@pytest.fixture
def worked(clock, make_ticket, make_person):
    """Three urgent requests: solved in time, solved 4 h late after a pause, and open; returns their ids."""
    agent = make_person("agent", name="Noa Agent")
    kept, late, still = (make_ticket(priority=1).id for _each in range(3))
    reply(agent, kept, text="We look.")
    resolve_ticket(agent, kept, answer="Done.")
    wait_for(agent, late, status="waiting_customer", text="Which room?")
    clock.move(hours=2)
    reply(agent, late, text="Never mind.")
    wait_for(agent, late, status="waiting_supplier")
    clock.move(hours=8)
    resolve_ticket(agent, late, answer="Done.")
    clock.move(seconds=2)
    return kept, late, still


def test_the_page_tells_the_figures_and_leads_to_their_promises(worked, manager):
    soup = page(manager, "/reports/figures?clock=resolution")
    row = panel(soup, "Which promises were kept?").select_one("tbody tr")

    cells = [cell.get_text(strip=True) for cell in row.find_all("td")]
    lists = [refs(page(manager, link["href"])) for link in row.find_all("a")]

    assert cells == ["33.3%", "1", "2", "3"]
    assert lists[0] == [f"SD-{worked[0]}"]
    assert sorted(lists[1]) == [f"SD-{worked[1]}", f"SD-{worked[2]}"]
    assert len(lists[2]) == 3


def test_page_csv_and_api_tell_the_same(worked, manager):
    query = "weeks=13&clock=resolution"
    rows = table_of(manager.get(f"/reports/figures.csv?{query}"))
    told = manager.get(f"/api/v1/reports/promise-figures?{query}").json["figures"]

    assert [row[:2] for row in rows[1:]] == [[each["figure"], each["clock"]] for each in told]
    values = {row[0]: row[4] for row in rows[1:]}
    assert (float(values["attainment"]), values["late"], values["late_by_median"]) == (
        pytest.approx(1 / 3),
        "2",
        "14400",
    )


def test_causes_and_pauses_are_told_alike_everywhere(worked, manager):
    causes = manager.get("/api/v1/reports/breach-causes?clock=resolution").json
    rows = table_of(manager.get("/reports/causes.csv"))
    pauses = manager.get("/api/v1/reports/pauses?clock=resolution").json

    assert sum(causes["seconds"].values()) == causes["late_seconds"] == sum(int(row[4]) for row in rows[1:])
    assert causes["seconds"]["supplier"] > 0
    assert pauses["reasons"] == {"waiting_customer": 7200}
    assert pauses["people"] == {"Noa Agent": 7200}


def test_each_cause_leads_to_its_promises(worked, manager):
    table = panel(page(manager, "/reports/causes"), "Where did the late time go?")
    link = next(
        row.find("a") for row in table.select("tbody tr") if row.th.get_text(strip=True) == "Supplier"
    )

    assert refs(page(manager, link["href"])) == [f"SD-{worked[1]}"]
    assert refs(page(manager, "/reports/pauses/cycles")) == [f"SD-{worked[1]}"]


@pytest.mark.parametrize("name", ["figures", "causes", "pauses", "figures/cycles"])
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_asked_again_for_the_same_moment_the_bytes_are_the_same(
    worked, manager, clock, make_person, name, form
):
    address = f"/reports/{name}.{form}?clock=resolution&figure=late&at={int(clock.at.timestamp())}"
    before = manager.get(address)
    agent = make_person("agent")
    clock.move(hours=1)
    reopen_ticket(agent, worked[0])
    resolve_ticket(agent, worked[2], answer="Done.")

    after = manager.get(address)

    assert before.status_code == 200
    assert after.get_data() == before.get_data()


def test_a_workbook_holds_the_rows_and_no_formula(worked, manager):
    book = zipfile.ZipFile(io.BytesIO(manager.get("/reports/figures.xlsx?clock=resolution").get_data()))
    sheet = book.read("xl/worksheets/sheet1.xml").decode()

    assert "attainment" in sheet
    assert "<f>" not in sheet


def test_what_looks_like_a_formula_is_written_as_a_text(manager, make_person, clock, make_ticket):
    organisation = make_organisation("=1+1")
    customer = make_person(organisation=organisation)
    agreement_with_credits(clock)
    ticket_id = make_ticket(customer, priority=1).id
    clock.move(hours=9)
    resolve_ticket(make_person("agent"), ticket_id, answer="Done.")
    clock.move(seconds=2)

    rows = table_of(manager.get("/reports/figures.csv?clock=resolution"))

    assert [row[3] for row in rows if row[0] == "credit"] == ["'=1+1"]


def agreement_with_credits(clock):
    clock.move(seconds=1)
    document = {
        "rules": [{"name": "All", "when": None, "calendar": "always", "targets": {"resolution": 3600}}],
        "credits": [
            {"clock": "resolution", "below": 95, "percent": 5},
            {"clock": "resolution", "below": 50, "percent": 12.5},
        ],
    }
    publish_agreement(administrator(), "all", name="All", document=document, position=0)


def test_credits_follow_the_table_of_the_agreement(worked, manager, clock, make_ticket, make_person):
    agreement_with_credits(clock)
    agent, customer = make_person("agent"), make_person(organisation="Baker & Sons")
    for hours in (0, 2, 2):
        ticket_id = make_ticket(customer, priority=1).id
        clock.move(hours=hours)
        resolve_ticket(agent, ticket_id, answer="Done.")
    clock.move(seconds=2)

    table = panel(page(manager, "/reports/figures"), "What do agreements give back?")
    cells = [cell.get_text(strip=True) for cell in table.select_one("tbody tr").find_all(["th", "td"])]

    assert cells == ["All", "Baker & Sons", "Resolution", "1 of 3", "33.3%", "12.5%"]
    assert len(refs(page(manager, table.find("a")["href"]))) == 3


def test_what_came_back_is_a_share_of_what_is_old_enough_to_tell(worked, sign_in_as, clock, make_person):
    reopen_ticket(make_person("agent"), worked[0])
    young = panel(page(sign_in_as("manager"), "/reports/figures"), BACK).select_one("tbody tr")
    clock.move(days=20)
    manager = sign_in_as("manager")
    old = panel(page(manager, "/reports/figures"), BACK).select_one("tbody tr")

    texts = [[cell.get_text(strip=True) for cell in row.find_all(["th", "td"])] for row in (young, old)]

    assert texts == [["none", "0", "0", "2"], ["50.0%", "1", "2", "0"]]
    assert refs(page(manager, old.find("a")["href"])) == [f"SD-{worked[0]}"]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/reports/figures", "Nothing ended in this period."),
        ("/reports/causes", "No promise was broken in this period."),
        ("/reports/pauses", "Nothing ended in this period."),
    ],
)
def test_an_empty_desk_says_so_in_words(manager, path, words):
    assert words in page(manager, path).get_text()


@pytest.mark.parametrize("path", [*PAGES, *(f"{path}.csv" for path in PAGES), "/reports/pauses/cycles"])
@pytest.mark.parametrize(
    "query", ["weeks=x", "until=x", "at=x", "clock=x", "team=99", "priority=9", "organisation=x"]
)
def test_an_address_that_makes_no_sense_shows_the_usual(manager, path, query):
    assert manager.get(f"{path}?{query}").status_code == 200


@pytest.mark.parametrize("path", ["/reports/figures/cycles", "/reports/causes/cycles"])
def test_there_is_no_list_of_an_unknown_figure(manager, path):
    assert manager.get(f"{path}?figure=x&cause=x").status_code == 404


DOORS = (
    *PAGES,
    "/reports/figures.xlsx",
    "/reports/figures/cycles?figure=late",
    "/reports/causes/cycles?cause=work",
)
DOORS += ("/api/v1/reports/promise-figures", "/api/v1/reports/breach-causes", "/api/v1/reports/pauses")


@pytest.mark.parametrize("path", DOORS)
@pytest.mark.parametrize(
    ("role", "status"), [("customer", 403), ("agent", 403), ("lead", 200), ("manager", 200)]
)
def test_figures_are_for_leads_and_managers(sign_in_as, role, status, path):
    assert sign_in_as(role).get(path).status_code == status


@pytest.mark.parametrize("path", ["/reports/figures", "/reports/causes", "/reports/pauses"])
def test_statements_do_not_grow_with_requests(
    worked, sign_in_as, clock, make_ticket, make_person, count_statements, path
):
    manager = sign_in_as("manager")
    page(manager, path)
    with count_statements() as few:
        page(manager, path)
    agent = make_person("agent")
    for _each in range(12):
        ticket_id = make_ticket(priority=1).id
        clock.move(minutes=15)
        resolve_ticket(agent, ticket_id, answer="Done.")
    clock.move(seconds=2)
    manager = sign_in_as("manager")
    page(manager, path)
    with count_statements() as many:
        page(manager, path)

    assert many.count == few.count <= 20


def test_who_may_not_see_people_gets_pauses_without_them(worked, make_person, clock):
    viewer = replace(make_person(), grants={Permission.REPORT_SEE: frozenset({Scope.ALL})})
    asked = last_weeks(4, until=clock.at, as_of=clock.at, zone="UTC").of(kind="resolution")

    found = pause_shares(viewer, asked, now=clock.at)

    assert (found.people, found.reasons) == (None, {"waiting_customer": 7200})
