"""Did we keep our promises? Figures equal a recount, and lead to exactly their tickets (R98, R101, R113)."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup

from servicedesk.tickets.conversation import reply
from servicedesk.tickets.progress import resolve_ticket


@pytest.fixture
def manager(sign_in_as):
    return sign_in_as("manager")


def page(client, path="/reports"):
    answer = client.get(path)
    assert answer.status_code == 200, answer.text[:2000]
    return BeautifulSoup(answer.text, "html.parser")


def figures(soup) -> dict[str, str]:
    return {
        card.find("h2").get_text(strip=True): card.find(class_="num").get_text(strip=True)
        for card in soup.select(".cards-figures .card")
    }


def refs(soup) -> list[str]:
    return [cell.get_text(strip=True) for cell in soup.select("tbody .ref")]


@pytest.fixture
def answered(clock, make_ticket, make_person):
    """Two requests: one answered and solved in time, one answered late and still open."""
    agent = make_person("agent")
    kept, late = make_ticket().id, make_ticket().id
    clock.move(hours=1)
    reply(agent, kept, text="On it.")
    resolve_ticket(agent, kept, answer="Done.")
    clock.move(days=3)
    reply(agent, late, text="Sorry.")
    return kept, late


def test_an_empty_desk_says_so_instead_of_a_hundred_percent(manager) -> None:
    assert figures(page(manager))["Resolution on time"] == "none"


def test_the_share_counts_what_was_kept_of_what_ended(manager, answered) -> None:
    shown = figures(page(manager))

    assert (shown["First response on time"], shown["Resolution on time"]) == ("50.0%", "100.0%")


def test_each_figure_leads_to_exactly_its_tickets_and_to_the_late_ones(manager, answered) -> None:
    kept, late = answered
    card = page(manager).find("h2", string="First response on time").parent

    all_of_them, late_ones = (refs(page(manager, link["href"])) for link in card.find_all("a"))

    assert set(all_of_them) == {f"SD-{kept}", f"SD-{late}"}
    assert late_ones == [f"SD-{late}"]


def test_the_cells_of_the_table_add_up_to_the_figure(manager, answered) -> None:
    cells = [
        cell.get_text(strip=True) for cell in page(manager, "/reports?clock=first_response").select(".cell-n")
    ]

    kept, ended = zip(*(map(int, cell.split("/")) for cell in cells), strict=True)
    assert (sum(kept), sum(ended)) == (1, 2)


def test_an_empty_period_leads_to_the_last_one_that_holds_anything(clock, sign_in_as, answered) -> None:
    clock.move(days=7 * 60)
    manager = sign_in_as("manager")
    soup = page(manager, "/reports?weeks=4")

    link = soup.find("a", string=lambda text: text and "The last promise ended" in text)

    assert figures(page(manager, link["href"]))["Resolution on time"] == "100.0%"


def test_work_shows_by_stage(manager, make_ticket) -> None:
    make_ticket()

    stages = page(manager).find("h2", string="Where is the work now?").parent

    assert [cell.get_text(strip=True) for cell in stages.select("tbody tr")[0].find_all("td")][:2] == [
        "1",
        "1",
    ]


def test_risk_today_lists_late_requests(clock, sign_in_as, make_ticket) -> None:
    number = make_ticket().id
    clock.move(days=7)
    manager = sign_in_as("manager")

    assert refs(page(manager, "/reports/risk?risk=late")) == [f"SD-{number}"]


@pytest.mark.parametrize(
    "query",
    [
        "clock=x",
        "weeks=-1",
        "weeks=99999999999999999999",
        "until=9999-99-99",
        "team=7777",
        "until=3000-01-01",
    ],
)
def test_an_address_that_makes_no_sense_shows_the_usual(manager, query) -> None:
    assert page(manager, f"/reports?{query}").find("h1")


@pytest.mark.parametrize(
    "query", ["from=x", "after=~", "after=nan~1", "after=1e400~3", "met=2", "team=" + "9" * 30]
)
def test_a_list_address_that_makes_no_sense_is_no_error(manager, query) -> None:
    assert page(manager, f"/reports/cycles?{query}").find("h1")


@pytest.mark.parametrize("role", ["customer", "agent"])
def test_figures_are_not_for_everybody(sign_in_as, role) -> None:
    assert sign_in_as(role).get("/reports").status_code == 403


def test_statements_do_not_grow_with_tickets(manager, make_ticket, count_statements) -> None:
    make_ticket()
    page(manager)
    with count_statements() as few:
        page(manager)
    for _ in range(10):
        make_ticket()
    page(manager)

    with count_statements() as many:
        page(manager)

    assert (few.count, many.count) == (many.count, few.count)
    assert many.count <= 10


def test_the_page_speaks_hebrew_from_right_to_left(sign_in_as, answered) -> None:
    html = page(sign_in_as("manager", language="he")).find("html")

    assert (html["lang"], html["dir"]) == ("he", "rtl")


def test_a_week_without_anything_leaves_a_gap_and_no_zero(clock, sign_in_as, answered) -> None:
    clock.set(clock.at + timedelta(days=21))
    rows = page(sign_in_as("manager"), "/reports?weeks=4").select(".chart-key ~ details tbody tr")

    assert [row.find_all("td")[1].get_text(strip=True) for row in rows][-1] == "none"


@pytest.mark.parametrize("until", ["0001-01-01", "0002-06-30", "9999-12-31"])
def test_a_period_before_any_desk_is_answered(manager, until) -> None:
    assert manager.get(f"/reports?until={until}&weeks=104").status_code == 200
