"""Filing a labelled sample through the portal counts what routing did (R8)."""

from collections.abc import Mapping

import pytest

from routing.filing_client import Answer, Customer, NotServed
from routing.filing_sample import file_rows, result_of, wait_until_decided
from servicedesk.identity.commands import set_password
from tests.routing.desk import DOORS, PAPER, run_jobs, train_desk
from tests.support.makers import DESK

PASSWORD = "a long enough password of a test"


class InProcess:
    """Sends to the app itself what the client would send over HTTP."""

    def __init__(self, browser) -> None:
        self.browser = browser

    def __call__(self, method: str, path: str, fields: Mapping[str, str] | None = None) -> Answer:
        answer = self.browser.open(path, method=method, data=fields, csrf=False)
        return Answer(answer.status_code, answer.headers.get("Location", ""), answer.get_data(as_text=True))


@pytest.fixture
def customer(client, make_person):
    person = make_person()
    set_password(DESK, person.id, password=PASSWORD)
    found = Customer(InProcess(client))
    found.sign_in(person.email, PASSWORD)
    return found


def test_rows_are_filed_through_the_form_and_counted(customer):
    train_desk()
    rows = [
        ("the printer on my floor eats its paper and blinks", PAPER),
        ("something with our building", DOORS),
    ]

    filed = file_rows(customer, rows)
    run_jobs()
    wait_until_decided(filed, seconds=5)

    found = result_of(filed)
    assert (found.filed, found.decided, found.routed, found.right, found.in_three) == (2, 2, 1, 1, 2)
    assert (found.precision, found.coverage) == (1.0, 0.5)
    assert found.filing[0] > 0 < found.proposal[0]


def test_a_request_routed_to_another_category_counts_as_wrong(customer):
    train_desk()
    filed = file_rows(customer, [("the printer on my floor eats its paper and blinks", DOORS)])
    run_jobs()

    assert result_of(filed).precision == 0.0


def test_what_routing_has_not_looked_at_is_not_counted_as_triage(customer):
    filed = file_rows(customer, [("my printer", PAPER)])
    wait_until_decided(filed, seconds=0.01)

    found = result_of(filed)
    assert (found.decided, found.routed, found.precision) == (0, 0, None)


def test_a_wrong_password_is_said_so(client, make_person):
    with pytest.raises(NotServed, match="not signed in"):
        Customer(InProcess(client)).sign_in(make_person().email, "wrong")


def test_a_page_without_the_box_is_said_so(client):
    with pytest.raises(NotServed, match=r"answered 303|no form"):
        Customer(InProcess(client)).file("text")


def test_nothing_filed_has_no_figures(app):
    found = result_of([])

    assert (found.precision, found.coverage) == (None, 0.0)
