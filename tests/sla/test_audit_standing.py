"""The audited place of a ticket in the queue (R11): only what a log tells of has one."""

from datetime import UTC, datetime

from sla.core.audit_standing import standing_rows


def test_a_clock_of_a_ticket_that_no_log_tells_of_leads_to_no_place():
    moved = {"kind": "resolution", "stopped_at": None, "subject_id": 99}

    assert list(standing_rows((), {}, [moved], datetime(2026, 11, 22, tzinfo=UTC))) == []
