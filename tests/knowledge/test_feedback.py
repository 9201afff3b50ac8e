"""What people say of articles, as events; and how many requests were spared (R18, R114)."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from knowledge.deflection import deflection, solved_cases
from knowledge.feedback import (
    Shown,
    reject_for_ticket,
    say_rejected,
    say_solved,
    sending_beside,
    solve_by_article,
)
from knowledge.models import ArticleUse
from servicedesk.kernel.clock import now
from servicedesk.kernel.db import session
from servicedesk.kernel.errors import NotFound
from servicedesk.kernel.events import stored_events
from servicedesk.kernel.refs import StreamRef
from servicedesk.kernel.verification import verify
from servicedesk.tickets.models import Ticket
from servicedesk.tickets.opening import Request, open_ticket
from tests.knowledge.articles import PRINTER, VPN, make_article

DAY = timedelta(days=1)


@pytest.fixture
def article(app, clock):
    return make_article({"en": VPN})


@pytest.fixture
def figures(clock, lead):
    """Return the figures of the week around the stopped clock, looked at five days on."""
    begin = now() - DAY

    def ask():
        clock.move(days=5)
        return deflection(lead, begin, begin + 7 * DAY, now=now())

    return ask


def types(kind, stream_id):
    return [event.type for event in stored_events(StreamRef(kind, stream_id))]


def file_beside(customer, *articles):
    with sending_beside(Shown("a-key", articles)):
        return open_ticket(customer, Request(subject="VPN", text="It drops."))


def test_a_request_tells_what_stood_beside_it_in_the_same_save(article, customer):
    ticket_id = file_beside(customer, (article, "en", 1))

    opened, *_rest, shown = stored_events(StreamRef("ticket", ticket_id))
    assert (shown.type, shown.body["articles"], shown.body["suggestion"]) == (
        "suggestion_shown",
        [[article, "en", 1]],
        "a-key",
    )
    assert shown.command_id == opened.command_id


def test_filing_beside_articles_costs_one_insert_more(article, customer, count_statements):
    file_beside(customer)
    with count_statements() as alone:
        file_beside(customer)
    with count_statements() as beside:
        file_beside(customer, (article, "en", 1))

    inserts = [sum(text.count("INSERT INTO") for text in seen.texts) for seen in (alone, beside)]
    assert (inserts[1] - inserts[0], beside.commits) == (1, 1), str(beside)


def test_an_article_that_solves_a_filed_request_withdraws_it(article, customer):
    ticket_id = file_beside(customer)

    solve_by_article(customer, ticket_id, article, language="en")

    assert session().get_one(Ticket, ticket_id).status == "withdrawn"
    assert types("ticket", ticket_id)[-2:] == ["suggestion_solved", "status_changed"]


def test_nobody_withdraws_somebody_else_s_request_by_praise(article, customer, make_person):
    ticket_id = file_beside(customer)

    with pytest.raises(NotFound):
        solve_by_article(make_person("customer"), ticket_id, article, language="en")


def test_an_article_that_does_not_help_leaves_the_request_open(article, customer):
    ticket_id = file_beside(customer)

    reject_for_ticket(customer, ticket_id, article, language="en")

    assert session().get_one(Ticket, ticket_id).status == "new"
    assert types("ticket", ticket_id)[-1] == "suggestion_rejected"


def test_what_is_said_before_filing_is_kept_with_the_article(article, customer):
    say_solved(customer, article, language="en", door="box", suggestion="a-key")
    say_rejected(customer, article, language="en", door="page")

    uses = session().execute(select(ArticleUse.outcome, ArticleUse.door, ArticleUse.suggestion)).all()
    assert types("article", article)[-2:] == ["suggestion_solved", "suggestion_rejected"]
    assert sorted(uses) == [("rejected", "page", None), ("solved", "box", "a-key")]


def test_uses_can_be_rebuilt_from_the_logs(article, customer):
    ticket_id = file_beside(customer, (article, "en", 1), (make_article({"en": PRINTER}), "en", 1))
    say_solved(customer, article, language="en", door="box")
    say_rejected(customer, article, language="en", door="page")
    reject_for_ticket(customer, ticket_id, article, language="en")
    solve_by_article(customer, ticket_id, article, language="en")

    found = verify()

    assert found.differences == []
    assert found.counts["article_use"] == 6


def test_a_customer_who_files_nothing_after_it_is_a_deflection(article, customer, figures):
    say_solved(customer, article, language="en", door="box")

    found = figures()

    assert (found.deflected, found.came_back, found.filed, found.rate) == (1, 0, 0, 1.0)


def test_a_customer_who_files_within_three_days_is_none(article, customer, clock, figures):
    say_solved(customer, article, language="en", door="box")
    clock.move(hours=71)
    file_beside(customer)

    found = figures()

    assert (found.deflected, found.came_back, found.filed) == (0, 1, 1)


def test_a_request_after_three_days_is_another_matter(article, customer, clock, figures):
    say_solved(customer, article, language="en", door="box")
    clock.move(hours=73)
    file_beside(customer)

    assert figures().deflected == 1


def test_the_same_person_counts_once_a_day(article, customer, clock, figures):
    for _each in range(3):
        say_solved(customer, article, language="en", door="box")
        clock.move(minutes=5)

    found = figures()

    assert (found.deflected, found.repeated) == (1, 2)


def test_what_agents_press_never_counts(article, agent, figures):
    say_solved(agent, article, language="en", door="page")

    assert figures().deflected == 0


def test_a_withdrawn_request_is_counted_apart(article, customer, figures):
    solve_by_article(customer, file_beside(customer, (article, "en", 1)), article, language="en")

    found = figures()

    assert (found.deflected, found.withdrawn, found.filed, found.filed_beside) == (0, 1, 1, 1)


def test_what_was_said_just_now_is_undecided(article, customer, lead, clock):
    say_solved(customer, article, language="en", door="box")

    (case,) = solved_cases(lead, now() - DAY, now() + DAY, now=now())

    assert case.outcome == "undecided"


def test_two_spans_add_up_to_the_whole(article, customer, lead, clock):
    begin = now()
    for _each in range(6):
        say_solved(customer, article, language="en", door="box")
        clock.move(hours=13)
    end, later = now(), now() + 5 * DAY
    middle = begin + timedelta(hours=30)

    whole = solved_cases(lead, begin, end, now=later)
    parts = [*solved_cases(lead, begin, middle, now=later), *solved_cases(lead, middle, end, now=later)]

    assert parts == whole
