"""Rating a resolution: asked sparingly, answered by the requester, changed while open, never by a scanner.

R102, R116, R118; security.md 14, 19.
"""

import pytest
from bs4 import BeautifulSoup

from servicedesk.identity.commands import deactivate_person
from servicedesk.kernel.errors import Invalid, NotFound, Refused
from servicedesk.kernel.events import stored_events, stored_texts
from servicedesk.kernel.refs import StreamRef
from servicedesk.tickets.conversation import reply
from servicedesk.tickets.erasing import erase_text
from servicedesk.tickets.progress import reopen_ticket, resolve_ticket, withdraw_ticket
from servicedesk.tickets.surveys import rate, standing_of, survey_link
from tests.support.mail import link_in, run_jobs, send_mails
from tests.verify.tampering import found


@pytest.fixture
def noa(make_person):
    return make_person("customer", name="Noa Bar", email="noa@desk.test", organisation="Baker & Sons")


@pytest.fixture
def agent(make_person):
    return make_person("agent")


@pytest.fixture
def solved(noa, agent, make_ticket, clock):
    return solve(make_ticket(noa), agent)


def solve(ticket, agent):
    resolve_ticket(agent, ticket.id, answer="Mended.")
    return ticket.id


def after_an_hour(clock, **more):
    """Run what is due once the customer may be asked; return the mails there are."""
    clock.move(hours=1, **more)
    run_jobs("survey.ask")
    run_jobs("notify.asked")
    return send_mails()


def events(ticket_id, kind="survey_answered"):
    return [event.body for event in stored_events(StreamRef("ticket", ticket_id), {kind})]


def resolution_of(ticket_id):
    return standing_of(ticket_id).resolution


def main(answer):
    return BeautifulSoup(answer.text, "html.parser").select_one("main")


def test_the_customer_is_asked_once_an_hour_after_the_resolution(solved, clock):
    assert after_an_hour(clock, minutes=-1) == []

    [mail] = after_an_hour(clock, minutes=-59)
    after_an_hour(clock)

    assert (mail["To"], len(send_mails())) == ("noa@desk.test", 1)
    assert events(solved, "survey_asked") == [{"resolution": resolution_of(solved)}]


def test_whoever_opens_it_again_in_time_is_not_asked(solved, noa, clock):
    reopen_ticket(noa, solved)

    assert (after_an_hour(clock), events(solved, "survey_asked")) == ([], [])


def test_nobody_is_asked_twice_within_a_week_whatever_was_solved(solved, noa, agent, make_ticket, clock):
    after_an_hour(clock)
    others = [solve(make_ticket(noa), agent) for _each in range(3)]
    after_an_hour(clock)
    assert [events(number, "survey_asked") for number in others] == [[], [], []]

    clock.move(days=7)
    later = solve(make_ticket(noa), agent)
    after_an_hour(clock)

    assert len(events(later, "survey_asked")) == 1


def test_a_question_that_is_late_does_not_come(solved, clock):
    assert after_an_hour(clock, days=3) == []
    assert events(solved, "survey_asked") == []


def test_nobody_is_asked_who_has_left_or_withdrew(solved, noa, agent, make_ticket, administrator, clock):
    withdrawn = make_ticket(noa).id
    withdraw_ticket(noa, withdrawn)
    deactivate_person(administrator, noa.id)

    assert after_an_hour(clock) == []
    assert resolution_of(withdrawn) is None


def test_a_mail_that_waited_is_not_sent_once_the_answer_is_there(solved, noa, clock):
    clock.move(hours=1)
    run_jobs("survey.ask")
    run_jobs("notify.asked")
    rate(noa, solved, resolution=resolution_of(solved), score=4)

    assert send_mails() == []


def test_a_program_that_opens_every_link_rates_nothing(solved, client, clock):
    path = link_in(after_an_hour(clock)[0])

    statuses = [client.open(path, method=method).status_code for method in ("GET", "HEAD", "GET")]

    assert (statuses, events(solved)) == ([200, 200, 200], [])


def test_the_link_of_the_mail_rates_without_signing_in_and_may_change_it(solved, client, clock):
    path = link_in(after_an_hour(clock)[0])

    answer = client.post(path, data={"score": "4", "comment": "quick"})
    again = main(client.get(path))
    client.post(path, data={"score": "2", "comment": ""})

    assert (answer.status_code, answer.location) == (303, path)
    assert again.select_one("input[checked]")["value"] == "4"
    assert "quick" in again.select_one("textarea").text
    resolution = resolution_of(solved)
    assert events(solved) == [
        {"resolution": resolution, "score": 4, "comment": True},
        {"resolution": resolution, "score": 2, "comment": False},
    ]


def test_the_same_answer_twice_is_one_event(solved, client, clock):
    path = link_in(after_an_hour(clock)[0])

    for _time in range(2):
        client.post(path, data={"score": "5", "comment": "quick"})

    assert len(events(solved)) == 1


def test_answers_from_one_place_are_limited(solved, client, clock):
    path = link_in(after_an_hour(clock)[0])

    answers = [client.post(path, data={"score": str(1 + number % 5)}) for number in range(6)]

    assert [answer.status_code for answer in answers] == [303] * 5 + [429]
    assert (main(answers[-1]).select(".errors") != [], len(events(solved))) == (True, 5)


@pytest.mark.parametrize("data", [{}, {"score": "6"}, {"score": "x"}, {"score": "5", "comment": "x" * 2001}])
def test_what_is_no_answer_is_refused(solved, client, clock, data):
    path = link_in(after_an_hour(clock)[0])

    assert client.post(path, data=data).status_code == 422
    assert events(solved) == []


def test_a_changed_link_rates_nothing_and_says_what_to_do(solved, noa, client):
    good = survey_link(solved, resolution_of(solved), noa.id)
    number, resolution, mac = good.split(".")
    bad = [
        f"{number}.{resolution}.{mac[:-1]}x",
        f"{number}.9.{mac}",
        f"9.{resolution}.{mac}",
        "x",
        f"{good}.1",
    ]

    answers = [client.post(f"/rate/{signed}", data={"score": "5"}) for signed in bad]

    assert [answer.status_code for answer in answers] == [404] * 5
    assert main(client.get(f"/rate/{bad[0]}")).select('a[href="/sign-in/link"]') != []
    assert events(solved) == []


def test_an_old_link_says_that_there_is_nothing_to_rate(solved, noa, client, clock):
    path = f"/rate/{survey_link(solved, resolution_of(solved), noa.id)}"
    clock.move(days=14, seconds=1)

    late = client.post(path, data={"score": "5"})

    assert (client.get(path).status_code, late.status_code, events(solved)) == (200, 409, [])
    assert main(client.get(path)).select("form") == []


def test_a_link_is_for_the_resolution_it_asked_about(solved, noa, agent, client):
    path = f"/rate/{survey_link(solved, resolution_of(solved), noa.id)}"
    reopen_ticket(noa, solved)
    assert client.post(path, data={"score": "1"}).status_code == 409
    resolve_ticket(agent, solved, answer="Now it is.")

    assert client.post(path, data={"score": "1"}).status_code == 409
    assert events(solved) == []


def test_the_requester_rates_on_the_page_of_the_request(solved, noa, sign_in_as):
    browser = sign_in_as(noa)
    form = main(browser.get("/requests/SD-1")).select_one('form[action="/requests/SD-1/rating"]')
    data = {"resolution": form.select_one("[name=resolution]")["value"], "score": "3", "comment": "so"}

    answer = browser.post("/requests/SD-1/rating", data=data)

    page = main(browser.get("/requests/SD-1"))
    assert (answer.status_code, answer.location) == (303, "/requests/SD-1")
    assert page.select_one('form[action$="/rating"] input[checked]')["value"] == "3"
    assert [body["score"] for body in events(solved)] == [3]


def test_there_is_nothing_to_rate_before_and_long_after(make_ticket, noa, agent, sign_in_as, clock):
    ticket, browser = make_ticket(noa), sign_in_as(noa)
    pages = [browser.get("/requests/SD-1").text]
    solve(ticket, agent)
    clock.move(days=15)
    pages.append(browser.get("/requests/SD-1").text)

    assert ["/rating" in page for page in pages] == [False, False]


def test_nobody_else_rates(solved, agent, make_person):
    for who in (agent, make_person("administrator"), make_person("organisation_viewer")):
        with pytest.raises(NotFound):
            rate(who, solved, resolution=resolution_of(solved), score=5)


def test_colleagues_who_read_along_see_neither_box_nor_words(solved, noa, sign_in_as, make_person):
    rate(noa, solved, resolution=resolution_of(solved), score=1, comment="canary of the comment")
    reader = make_person(("customer", "organisation_viewer"), organisation="Baker & Sons")

    page = sign_in_as(reader).get("/requests/SD-1")

    assert (page.status_code, "canary" in page.text, "/rating" in page.text) == (200, False, False)


def test_agents_read_score_and_words_and_erased_ones_are_gone(solved, noa, agent, sign_in_as, administrator):
    rate(noa, solved, resolution=resolution_of(solved), score=2, comment="It blinks <b>again</b>")
    browser = sign_in_as(agent)
    page = browser.get("/desk/tickets/SD-1").text
    assert ("rated the solution 2 of 5" in page, "&lt;b&gt;again" in page) == (True, True)

    [seq] = [seq for seq, text in stored_texts(StreamRef("ticket", 1)).items() if "blinks <b>" in str(text)]
    erase_text(administrator, solved, seqs=[seq])

    assert "again&lt;" not in browser.get("/desk/tickets/SD-1").text


@pytest.mark.parametrize("bad", [{"score": 0}, {"score": 6}, {"score": 3, "comment": "x" * 2001}])
def test_a_command_takes_no_other_score(solved, noa, bad):
    with pytest.raises(Invalid):
        rate(noa, solved, resolution=resolution_of(solved), **bad)


def test_a_rating_is_refused_once_the_request_is_open_again(solved, noa):
    resolution = resolution_of(solved)
    reply(noa, solved, text="It is back.")

    with pytest.raises(Refused):
        rate(noa, solved, resolution=resolution, score=5)


def test_what_was_asked_and_answered_can_be_proved_from_the_log(solved, noa, clock):
    after_an_hour(clock)
    rate(noa, solved, resolution=resolution_of(solved), score=5, comment="quick")
    withdraw_ticket(noa, solved)
    rate(noa, solved, resolution=resolution_of(solved), score=4)

    assert found() == []
