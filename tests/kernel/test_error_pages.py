"""Errors as people and programs see them: a sentence, never a traceback, nothing typed is lost."""

import sqlite3

import pytest
from bs4 import BeautifulSoup
from flask import request
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import RequestEntityTooLarge

from servicedesk.identity.permissions import public
from servicedesk.kernel.errors import Conflict, Invalid, TooMany

SECRET = "the inner workings"
FROM_HERE = {"Sec-Fetch-Site": "same-origin"}
JSON = {"Accept": "application/json"}


def fail(error):
    def view():
        raise error

    return view


FAILURES = {
    "conflict": Conflict("ticket.changed", "Somebody changed it.", current_version=4, secret=object()),
    "invalid": Invalid("input.invalid", "Look again.", errors={"subject": ["Fill this in."]}),
    "too-many": TooMany("too.many", "Wait.", retry_after_seconds=60),
    "locked": OperationalError("INSERT", {}, sqlite3.OperationalError("database is locked")),
    "no-table": OperationalError("SELECT", {}, sqlite3.OperationalError(f"no such table: {SECRET}")),
    "bug": ZeroDivisionError(SECRET),
    "too-large": RequestEntityTooLarge(),
}


@pytest.fixture
def lab(make_app):
    """Return a browser on a desk whose pages fail, as it would be in production."""
    desk = make_app()
    desk.testing = False
    for name, error in FAILURES.items():
        desk.add_url_rule(f"/{name}", name, public(fail(error)), methods=["GET", "POST"])
    desk.add_url_rule("/echo", "echo", public(lambda: request.form["text"]), methods=["POST"])
    return desk.test_client()


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/nothing-here", 404, "http.404"),
        ("/sign-out", 405, "http.405"),
        ("/too-large", 413, "http.413"),
        ("/conflict", 409, "ticket.changed"),
        ("/invalid", 422, "input.invalid"),
        ("/too-many", 429, "too.many"),
        ("/locked", 503, "desk.busy"),
        ("/no-table", 500, "http.500"),
        ("/bug", 500, "http.500"),
    ],
)
def test_an_error_is_a_page_for_people_and_a_problem_for_programs(lab, path, status, code):
    page, problem = lab.get(path), lab.get(path, headers=JSON)

    assert (page.status_code, page.mimetype) == (status, "text/html")
    assert "<main" in page.text
    assert (problem.status_code, problem.mimetype) == (status, "application/problem+json")
    assert (problem.json["status"], problem.json["code"]) == (status, code)


@pytest.mark.parametrize("path", ["/no-table", "/bug"])
def test_a_fault_of_ours_tells_its_number_and_nothing_else(lab, path):
    answer = lab.get(path)

    assert answer.headers["X-Request-ID"] in answer.text
    assert SECRET not in answer.text
    assert "Traceback" not in answer.text


def test_a_problem_names_the_fields_and_only_plain_details(lab):
    assert lab.get("/invalid", headers=JSON).json["errors"] == {"subject": ["Fill this in."]}
    conflict = lab.get("/conflict", headers=JSON).json
    assert conflict["current_version"] == 4
    assert "secret" not in conflict


@pytest.mark.parametrize(("path", "seconds"), [("/locked", "2"), ("/too-many", "60")])
def test_whoever_should_come_back_is_told_when(lab, path, seconds):
    assert lab.get(path).headers["Retry-After"] == seconds


def test_a_wrong_method_is_told_the_right_ones(lab):
    assert "POST" in lab.get("/sign-out").headers["Allow"]


def test_an_error_inside_a_page_is_a_fragment(lab):
    answer = lab.get("/conflict", headers={"HX-Request": "true"})

    assert answer.status_code == 409
    assert 'role="alert"' in answer.text
    assert "<html" not in answer.text


def test_errors_speak_the_readers_language(lab):
    answer = lab.get("/nothing-here", headers={"Accept-Language": "he-IL"})

    assert 'lang="he" dir="rtl"' in answer.text


def test_a_form_from_a_page_left_open_is_kept_and_can_be_sent_again(lab):
    typed = {"text": "It blinks\nand <hums>.", "password": "hunter2hunter2"}

    answer = lab.post("/echo", data=typed, csrf=False, headers=FROM_HERE)

    assert answer.status_code == 400
    assert "It blinks\nand &lt;hums&gt;." in answer.text
    assert "hunter2" not in answer.text
    assert lab.post("/echo", data=typed).text == typed["text"]


@pytest.mark.parametrize(
    "headers",
    [{}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://evil.test"}, {"Referer": "http://evil.test/"}],
)
def test_a_forged_form_is_not_offered_to_be_sent_again(lab, headers):
    answer = lab.post("/echo", data={"text": "transfer everything"}, csrf=False, headers=headers)

    assert answer.status_code == 400
    assert "transfer everything" not in answer.text


def test_a_program_without_proof_of_origin_is_refused_in_json(lab):
    answer = lab.post("/api/v1/anything", json={}, csrf=False)

    assert answer.mimetype == "application/problem+json"
    assert answer.status_code in {400, 404}


@pytest.mark.parametrize("header", ["Origin", "Referer"])
def test_an_address_that_is_none_vouches_for_nothing(lab, header):
    refused = lab.post("/echo", data={"text": "mine"}, csrf=False, headers={header: "http://["})

    assert refused.status_code == 400


def test_whoever_is_signed_in_keeps_their_places_on_an_error_page(sign_in_as):
    shown = BeautifulSoup(sign_in_as("agent").get("/nothing-here").text, "html.parser")

    assert "/desk/articles" in [link["href"] for link in shown.select("header nav a")]
    assert shown.select_one("#me-menu") is not None


def test_on_an_error_page_nobody_is_offered_places_that_are_not_theirs(client):
    assert BeautifulSoup(client.get("/nothing-here").text, "html.parser").select("nav a") == []
