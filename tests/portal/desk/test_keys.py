"""Keys: one table, no key twice in a mode, and each does something on the page it works on (R28)."""

from collections import Counter

import pytest

from portal.desk.keys import LIST, TABLE, TICKET, rows_of
from routing.jobs import route
from servicedesk.tickets.assignment import assign

# Words that components know themselves (static/js/queue-list.js, keys.js), or the composer (Ctrl+Enter).
BY_SCRIPT = {"next-row", "previous-row", "open", "help", ""}
# What appears only when something arrived or was just sent, or only to whoever has the request.
AT_TIMES = {"refresh", "hand_over", "undo", "acknowledge"}


@pytest.mark.parametrize("mode", [LIST, TICKET])
def test_no_mode_has_a_key_twice(mode):
    counted = Counter(row.keys for row in rows_of(mode))

    assert [keys for keys, count in counted.items() if count > 1] == []


@pytest.mark.parametrize("mode", [LIST, TICKET])
def test_no_key_begins_a_longer_one(mode):
    keys = [row.keys for row in rows_of(mode)]

    assert [one for one in keys for other in keys if other.startswith(f"{one} ")] == []


def test_the_help_dialog_is_the_table(desk, page):
    rows = page(desk.get("/desk/queue/all")).select("#key-table [data-keys]")

    assert [(row["data-keys"], row["data-key-does"]) for row in rows_in_order(rows)] == sorted(
        (row.keys, row.does) for row in rows_of(LIST)
    )


def rows_in_order(rows):
    return sorted(rows, key=lambda row: (row["data-keys"], row["data-key-does"]))


def test_every_key_of_the_list_has_something_to_act_on(desk, dana, page, make_ticket, routed):
    listed = page(desk.get("/desk/queue/all"))
    pane = page(desk.get(listed.select_one("tr[data-peek]")["data-peek"], headers={"HX-Request": "true"}))

    found = {each["data-does"] for tree in (listed, pane) for each in tree.select("[data-does]")}

    assert {row.does for row in rows_of(LIST) if not row.goes} - found - BY_SCRIPT - AT_TIMES == set()


def test_every_key_of_the_ticket_page_has_something_to_act_on(desk, page, routed):
    tree = page(desk.get(f"/desk/tickets/SD-{routed}"))

    found = {each["data-does"] for each in tree.select("[data-does]")}

    assert {row.does for row in rows_of(TICKET) if not row.goes} - found - BY_SCRIPT - AT_TIMES == set()


@pytest.fixture
def routed(make_ticket, administrator, network):
    """A free request with a proposal, between two others."""
    ids = [
        make_ticket(priority=priority, subject="the printer prints blank pages").id for priority in (2, 3, 4)
    ]
    for ticket_id in ids:
        route(stream_kind="ticket", stream_id=ticket_id, seq=1)
        assign(administrator, ticket_id, group_id=network.id)
    return ids[1]


def test_every_address_of_the_table_is_there(desk, page):
    rows = page(desk.get("/desk/queue/all")).select("#key-table [data-key-goes]")

    assert len(rows) == len([row for row in TABLE if row.goes])
    assert {desk.get(row["data-key-goes"]).status_code for row in rows} == {200}
