"""SQLite keeps any bytes in any column: what the desk would not have written is found (R98).

Not collected on PostgreSQL, which refuses such values itself.
"""

import pytest
from sqlalchemy import text

from servicedesk.kernel.db import session
from tests.verify.tampering import found, hands_in_the_database


@pytest.mark.parametrize(
    ("table", "column", "change"),
    [
        ("event", "at_known", "UPDATE event SET at_known = 2 WHERE at_known = 1"),
        ("event", "at", "UPDATE event SET at = replace(at, ' ', 'T')"),
        ("event", "received_at", "UPDATE event SET received_at = '2026-13-45 00:00:00.000000'"),
        ("event", "body", "UPDATE event SET body = CAST(x'FF00FE' AS TEXT) WHERE seq = 2"),
        ("event", "body", "UPDATE event SET body = x'7B7D'"),
        ("event", "body", "UPDATE event SET body = '{' WHERE seq = 1"),
        ("event", "version", "UPDATE event SET version = 'one'"),
        ("erasable_text", "salt+body", "UPDATE erasable_text SET body = CAST(x'22FF22' AS TEXT)"),
        ("ticket", "impact", "UPDATE ticket SET impact = 1.5"),
        ("ticket", "changed_at", "UPDATE ticket SET changed_at = replace(changed_at, ' ', 'T')"),
        ("ticket", "needs_triage", "UPDATE ticket SET needs_triage = 'no'"),
        ("ticket", "subject", "UPDATE ticket SET subject = CAST(x'FF' AS TEXT)"),
        ("message", "at", "UPDATE message SET at = 'yesterday'"),
        ("sla_clock", "started_at", "UPDATE sla_clock SET started_at = ''"),
        ("sla_span", "from_at", "UPDATE sla_span SET from_at = from_at || 'Z'"),
        ("sla_firing", "fired_at", "UPDATE sla_firing SET fired_at = 'soon'"),
        ("stream", "last_seq", "UPDATE stream SET last_seq = last_seq || 'x'"),
    ],
)
def test_a_value_in_another_form_is_found(desk, table, column, change):
    with hands_in_the_database():
        session().execute(text(change))

        named = {(each.table, each.column) for each in found()}
        assert named & {(table, column), (table, "hash")}
