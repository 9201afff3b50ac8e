"""Figures as tables to take away: CSV and XLSX that a spreadsheet opens anywhere, and that run nothing."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime

import xlsxwriter
from flask import Response

from servicedesk.kernel.db import instant_text

Value = str | int | float | date | datetime | None
# What a spreadsheet would take for a formula.
_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_answer(name: str, head: Sequence[str], rows: Iterable[Sequence[Value]]) -> Response:
    """Return rows as a file to save; moments are in UTC, empty is not known."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    writer.writerows([_cell(value) for value in row] for row in rows)
    # With its mark in front, spreadsheets read it as UTF-8.
    answer = Response(out.getvalue().encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def xlsx_answer(name: str, head: Sequence[str], rows: Iterable[Sequence[Value]], *, at: datetime) -> Response:
    """Return rows as a workbook to save; moments are texts in UTC. `at` is when it says it was made."""
    out = io.BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False}
    with xlsxwriter.Workbook(out, options | {"strings_to_urls": False, "strings_to_numbers": False}) as book:
        # The same rows give the same bytes, whenever they are asked for.
        book.set_properties({"created": at.replace(tzinfo=None), "title": name})
        sheet = book.add_worksheet(name[:31])
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, list(head), book.add_format({"bold": True}))
        for number, row in enumerate(rows, start=1):
            sheet.write_row(number, 0, [_cell(value) for value in row])
    answer = Response(out.getvalue(), content_type=XLSX)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return answer


def table_answer(
    form: str, name: str, head: Sequence[str], rows: Iterable[Sequence[Value]], *, at: datetime
) -> Response:
    """Return rows as `csv` or `xlsx`."""
    return xlsx_answer(name, head, rows, at=at) if form == "xlsx" else csv_answer(name, head, rows)


def _cell(value: Value) -> object:
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, str) and value.startswith(_BEGINS_A_FORMULA):
        return f"'{value}"
    return value
