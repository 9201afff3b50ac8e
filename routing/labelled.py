"""Texts with labels: what training learns from and evaluation compares with."""

import csv
import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from routing.core.request_text import request_text


class NotLabelled(ValueError):
    """The file is not a table with the columns `label`, and `text` or `subject` and `body`."""


@dataclass(frozen=True, slots=True)
class LabelledTexts:
    """Texts and their labels, side by side."""

    texts: list[str]
    labels: list[str]


def labelled_texts(path: Path) -> LabelledTexts:
    """Return the rows of a CSV file (also gzipped): column `label`, and `text` or `subject` and `body`.

    Raises NotLabelled, also for a file that is no UTF-8 text or no gzip.
    """
    try:
        with _open_text(path) as file:
            rows = list(_rows(csv.DictReader(file)))
    except (ValueError, csv.Error, EOFError, gzip.BadGzipFile) as error:
        raise NotLabelled(f"{path.name}: {error}") from error
    return LabelledTexts([text for text, _label in rows], [label for _text, label in rows])


def _open_text(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8", newline="")
    return path.open(encoding="utf-8", newline="")


def _rows(reader: "csv.DictReader[str]") -> Iterator[tuple[str, str]]:
    columns = set(reader.fieldnames or ())
    if not {"text", "label"} <= columns and not {"subject", "body", "label"} <= columns:
        raise NotLabelled("there are no columns text and label")
    for row in reader:
        text = row["text"] if "text" in columns else request_text(row["subject"] or "", row["body"] or "")
        yield text or "", row["label"] or ""
