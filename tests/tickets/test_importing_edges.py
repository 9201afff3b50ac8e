"""Importing files as they are: names with marks, words that are no addresses, broken archives (R121)."""

import gzip
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from servicedesk.identity.actor import system_actor
from servicedesk.identity.models import Person
from servicedesk.kernel.db import session
from servicedesk.kernel.refs import Cause
from servicedesk.tickets.cli import import_group
from servicedesk.tickets.importing import rows, running
from servicedesk.tickets.importing.mapping import mapping_from
from servicedesk.tickets.importing.rows import BrokenFile
from servicedesk.tickets.importing.running import run_import
from servicedesk.tickets.models import Ticket

DESK = system_actor(Cause("import", "old"))
COLUMNS = {"id": "nr", "text": "what", "requester": "who", "requester_email": "mail", "language": "tongue"}
HEADER = "nr,what,who,mail,tongue\n"


def run(tmp_path: Path, content: str, source: str = "old"):
    path = tmp_path / "old.csv"
    path.write_text(content, encoding="utf-8")
    return run_import(DESK, path, mapping_from({"source": source, "columns": COLUMNS}))


def requester() -> Person:
    return session().scalars(select(Person).join(Ticket, Ticket.requester_id == Person.id)).one()


def test_marks_of_direction_in_a_name_stop_no_import(app, tmp_path) -> None:
    report = run(tmp_path, HEADER + "1,printer,\u200fדנה לוי\u200f,,he\n")

    assert (report.created, requester().name) == (1, "דנה לוי")


def test_a_word_that_is_no_address_is_one_bad_row(app, tmp_path) -> None:
    report = run(tmp_path, HEADER + "1,printer,Dana,unknown,en\n2,printer,Dana,dana@old.test,en\n")

    assert report.created == 1
    assert [(error.line, error.target, error.code) for error in report.errors] == [
        (2, "requester_email", "not_an_address")
    ]


def test_a_language_that_fits_no_column_is_one_bad_row(app, tmp_path) -> None:
    report = run(tmp_path, HEADER + "1,printer,Dana,,the language of Rome\n")

    assert [error.code for error in report.errors] == ["too_long"]


def test_an_address_keeps_the_letters_that_make_it_another_mailbox(app, tmp_path) -> None:
    run(tmp_path, HEADER + "1,printer,Dana,Straße@old.test,en\n")

    assert requester().email == "straße@old.test"


def test_a_source_of_several_words_can_be_imported(app, tmp_path) -> None:
    assert run(tmp_path, HEADER + "1,printer,Dana,,en\n", source="old desk").created == 1


def test_a_line_without_end_is_not_read_into_memory(app, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(running, "LONGEST_LINE", 1000)

    with pytest.raises(OSError, match="1000"):
        run(tmp_path, HEADER + "1," + "x" * 1001)


@pytest.fixture
def short_records(monkeypatch):
    monkeypatch.setattr(rows, "LONGEST_RECORD", 1000)


def test_a_row_over_many_lines_without_end_is_one_bad_row(app, tmp_path, short_records) -> None:
    """Each of its fields is short; together they would fill the memory."""
    endless = '2,"' + '","\n'.join("x" * 10 for _field in range(200))

    report = run(tmp_path, f"{HEADER}1,printer,,,\n{endless}\n")

    assert report.created == 1
    assert [(error.line, error.target, error.code) for error in report.errors[:1]] == [(3, "row", "too_long")]


def test_rows_after_one_that_is_too_long_are_imported(app, tmp_path, short_records) -> None:
    long = '2,"' + "x" * 499 + "\n" + "x" * 499 + "\n" + 'x",,,\n'

    report = run(tmp_path, f"{HEADER}1,printer,,,\n{long}3,paper,,,\n")

    assert report.created == 2
    assert [error.line for error in report.errors][0] == 3


def test_a_row_over_many_lines_that_is_short_is_imported(app, tmp_path, short_records) -> None:
    text = "line\n" * 100

    report = run(tmp_path, HEADER + "".join(f'{number},"{text}",,,\n' for number in range(1, 6)))

    assert (report.created, report.errors) == (5, [])


def test_a_header_without_end_is_no_header(app, tmp_path, short_records) -> None:
    with pytest.raises(BrokenFile):
        run(tmp_path, '"' + "nr\n" * 500 + '",what\n')


def on_command_line(path: Path, *pairs: str):
    maps = [word for pair in pairs for word in ("--map", pair)]
    return CliRunner().invoke(import_group, ["tickets", str(path), *maps], color=True)


@pytest.mark.parametrize("end", [b"\xff" * 400, b""])
def test_a_damaged_archive_says_so(app, tmp_path, end) -> None:
    path = tmp_path / "old.csv.gz"
    whole = gzip.compress((HEADER + "".join(f"{n},{n * n},,,\n" for n in range(5000))).encode())
    path.write_bytes(whole[: len(whole) // 2] + end)

    said = on_command_line(path, "id=nr", "text=what")

    assert (said.exit_code, "cannot be read" in said.output) == (1, True)


def test_refused_values_cannot_steer_the_terminal(app, tmp_path) -> None:
    path = tmp_path / "old.csv"
    path.write_text("nr,what,opened\n1,x,\x1b[2Jnever\n")

    said = on_command_line(path, "id=nr", "text=what", "opened_at=opened")

    assert ("never" in said.output, "\x1b" in said.output) == (True, False)
