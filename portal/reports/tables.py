"""Figures as tables to take away: CSV that a spreadsheet opens in any language, and that runs nothing."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime

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


def _cell(value: Value) -> object:
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, str) and value.startswith(_BEGINS_A_FORMULA):
        return f"'{value}"
    return value
