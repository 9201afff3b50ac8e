"""Importing history: mapping, errors row by row, safe to rerun (R121)."""

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from servicedesk.identity.actor import system_actor
from servicedesk.kernel.db import session
from servicedesk.kernel.jobs import Job
from servicedesk.kernel.prepared_inserts import AS_ARRAYS
from servicedesk.kernel.refs import Cause
from servicedesk.tickets.importing.mapping import BadMapping, mapping_from
from servicedesk.tickets.importing.rows import BrokenFile, RowError, WrongEncoding, check_row
from servicedesk.tickets.importing.running import run_import
from servicedesk.tickets.models import Ticket

DESK = system_actor(Cause("import", "old"))
MAPPING = mapping_from(
    {
        "source": "old",
        "zone": "Asia/Almaty",
        "columns": {
            "id": "nr",
            "text": "what",
            "category": "kind",
            "opened_at": "from",
            "resolved_at": "to",
            "status": "state",
        },
        "values": {"status": {"Done": "closed"}},
        "empty": ["?"],
    }
)
HEADER = "nr,what,kind,from,to,state\n"
GOOD = '1,"printer jams, again",Paper,2026-03-02 10:00,2026-03-02 12:30,Done\n'
NOW = datetime(2026, 11, 1, tzinfo=UTC)


def run(tmp_path: Path, content: str | bytes, name: str = "old.csv", **options):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return run_import(DESK, path, MAPPING, create_missing=True, **options)


def problem(**values: str) -> RowError:
    row = dict(zip(HEADER.strip().split(","), ["1", "x", "", "", "", ""], strict=True)) | values
    found = check_row(row, MAPPING, line=7, now=NOW)
    assert isinstance(found, RowError)
    return found


def test_a_dated_row_becomes_a_closed_ticket_of_its_time(app, tmp_path) -> None:
    run(tmp_path, HEADER + GOOD)

    ticket = session().scalars(select(Ticket)).one()
    assert (ticket.status, ticket.subject, ticket.times_known) == ("closed", "printer jams, again", True)
    assert (ticket.opened_at, ticket.resolved_at) == (
        datetime(2026, 3, 2, 5, tzinfo=UTC),
        datetime(2026, 3, 2, 7, 30, tzinfo=UTC),
    )


def test_a_row_without_a_date_is_history_of_unknown_time(app, tmp_path) -> None:
    run(tmp_path, HEADER + "1,printer,Paper,?,?,Done\n")

    ticket = session().scalars(select(Ticket)).one()
    assert (ticket.status, ticket.times_known, ticket.resolved_at) == ("closed", False, None)


def test_many_rows_begin_with_what_their_table_does_not_say(app, tmp_path) -> None:
    rows = (f"{number},printer,Paper,2026-03-02 10:00,2026-03-02 12:30,Done\n" for number in range(AS_ARRAYS))

    run(tmp_path, HEADER + "".join(rows))

    counted = select(Ticket.answer_count, Ticket.handover_count, Ticket.merged_count)
    assert session().execute(counted).all() == [(0, 0, 0)] * AS_ARRAYS


def test_history_fires_no_jobs(app, tmp_path) -> None:
    run(tmp_path, HEADER + GOOD)

    assert session().scalar(select(func.count()).select_from(Job)) == 0


def test_a_second_run_brings_nothing_twice(app, tmp_path) -> None:
    first, second = run(tmp_path, HEADER + GOOD), run(tmp_path, HEADER + GOOD)

    assert [(r.created, r.skipped) for r in (first, second)] == [(1, 0), (0, 1)]


def test_a_dry_run_writes_nothing_and_counts_the_same(app, tmp_path) -> None:
    report = run(tmp_path, HEADER + GOOD, dry_run=True)

    assert (report.created, session().scalar(select(func.count()).select_from(Ticket))) == (1, 0)


def test_a_gzipped_table_is_read_as_well(app, tmp_path) -> None:
    assert run(tmp_path, gzip.compress((HEADER + GOOD).encode()), "old.csv.gz").created == 1


def test_bad_rows_are_named_and_the_others_imported(app, tmp_path) -> None:
    report = run(tmp_path, HEADER + "2,x,Paper,yesterday,,Done\n" + GOOD + "3,y,Paper,,,Parked\n4,z\n")

    assert report.created == 1
    assert [(error.line, error.code) for error in report.errors] == [
        (2, "not_a_time"),
        (4, "unknown_status"),
        (5, "wrong_number_of_columns"),
    ]


def test_unknown_names_are_errors_unless_they_may_be_made(app, tmp_path) -> None:
    path = tmp_path / "old.csv"
    path.write_text(HEADER + GOOD)

    report = run_import(DESK, path, MAPPING)

    assert ([error.code for error in report.errors], report.new_categories) == (
        ["unknown_category"],
        {"Paper"},
    )


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"what": " "}, "missing"),
        ({"nr": ""}, "missing"),
        ({"from": "31.12.2025"}, "not_a_time"),
        ({"from": "2031-01-01"}, "time_out_of_range"),
        ({"from": "2026-03-02", "to": "2026-03-01"}, "before_opened"),
        ({"nr": "x" * 71}, "too_long"),
        ({"state": "resolved?"}, "unknown_status"),
    ],
)
def test_each_problem_has_its_code(values, code) -> None:
    assert problem(**values).code == code


def test_a_file_in_another_encoding_says_so(app, tmp_path) -> None:
    with pytest.raises(WrongEncoding):
        run(tmp_path, (HEADER + "1,принтер,Paper,,,Done\n").encode("cp1251"))


def test_the_named_encoding_is_used(app, tmp_path) -> None:
    run(tmp_path, (HEADER + "1,принтер,Paper,,,Done\n").encode("cp1251"), encoding="cp1251")

    assert session().scalars(select(Ticket.subject)).one() == "принтер"


@pytest.mark.parametrize(("content", "code"), [("", "empty"), ("a,b\n1,2\n", "columns_missing")])
def test_a_file_that_is_no_such_table_is_refused_whole(app, tmp_path, content, code) -> None:
    with pytest.raises(BrokenFile) as refused:
        run(tmp_path, content)

    assert refused.value.code == code


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ({"columns": {"id": "a"}}, "subject_missing"),
        ({"columns": {"text": "a"}}, "id_missing"),
        ({"columns": {"id": "a", "text": "b", "colour": "c"}}, "unknown_target"),
        ({"columns": {"id": "a", "text": "b"}, "zone": "Mars/Base"}, "unknown_zone"),
        ({"columns": {"id": "a", "text": "b"}, "sources": "x"}, "unknown_key"),
    ],
)
def test_a_wrong_mapping_is_refused_before_any_row_is_read(document, reason) -> None:
    with pytest.raises(BadMapping) as refused:
        mapping_from({"source": "old"} | document)

    assert refused.value.reason == reason
