"""What merging and splitting keep is found when hands change it (R98)."""

import pytest

from servicedesk.tickets.conversation import reply
from servicedesk.tickets.merging import merge_tickets
from servicedesk.tickets.splitting import split_ticket
from tests.support import makers
from tests.verify.tampering import TABLES, change, found, hands_in_the_database, rows


@pytest.fixture
def pair(app, clock, make_person):
    """Two tickets of a customer: the first goes on in the second, which was split, too."""
    customer, agent = make_person(), make_person("agent")
    source, target = (makers.make_ticket(customer).id for _ in range(2))
    reply(customer, target, text="And the screen.")
    split_ticket(agent, target, seqs=[4], subject="The screen")
    merge_tickets(agent, source, into_id=target)
    assert found() == []
    return source, target


@pytest.mark.parametrize(("of", "column", "value"), [
    (0, "merged_into_id", None), (0, "merged_into_id", 3), (1, "merged_into_id", 1), (1, "merged_count", 0),
    (0, "merged_count", 1), (0, "status", "withdrawn"),
])  # fmt: skip
def test_a_changed_column_of_a_merge_is_found(pair, of, column, value):
    [row] = rows("ticket", TABLES["ticket"].c.id == pair[of])
    with hands_in_the_database():
        change("ticket", row, **{column: value})
        assert [(each.key, each.column) for each in found() if each.column == column] == [
            ({"id": pair[of]}, column)
        ]


@pytest.mark.parametrize("type_", ["tickets_merged", "ticket_split"])
def test_a_link_that_points_elsewhere_is_found(pair, type_):
    event = TABLES["event"]
    [row] = rows("event", event.c.stream_id == pair[1], event.c.type == type_)
    with hands_in_the_database():
        change("event", row, body=row["body"].replace('"other_id":', '"other_id":9'))
        assert {"stream_kind": "ticket", "stream_id": pair[1], "seq": row["seq"]} in [
            each.key for each in found()
        ]
