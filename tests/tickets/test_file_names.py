"""Names of files as strangers give them (security.md class 24)."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.http import parse_options_header

from servicedesk.tickets.core.file_names import MOST_CHARACTERS, clean_name, disposition


@pytest.mark.parametrize(
    ("given_name", "name"),
    [
        ("cat.png", "cat.png"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\dana\\report.docx", "report.docx"),
        ("/", "file"),
        ("..", "file"),
        ("", "file"),
        ("a\x00b\r\nSet-Cookie: x=1.txt", "abSet-Cookie_ x=1.txt"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("\u2066hidden\u2069.pdf", "hidden.pdf"),
        ("דוח חודשי.pdf", "דוח חודשי.pdf"),
        ("Отчёт.xlsx", "Отчёт.xlsx"),
        ("a<b>|c?.txt", "a_b__c_.txt"),
        ("  spaced   out .txt ", "spaced out .txt"),
        ("\ud800half.txt", "half.txt"),
    ],
)
def test_a_name_keeps_its_letters_and_loses_what_acts(given_name, name):
    assert clean_name(given_name) == name


def test_a_name_of_300_characters_is_cut_and_keeps_its_ending():
    name = clean_name("n" * 296 + ".pdf")

    assert (len(name), name[-5:]) == (MOST_CHARACTERS, "….pdf")


@given(st.text(max_size=400))
def test_no_name_breaks_out_of_its_header(text):
    name = clean_name(text)
    header = disposition(name, in_place=False)

    assert 0 < len(name) <= MOST_CHARACTERS
    assert re.fullmatch(
        r"attachment; filename=\"[A-Za-z0-9 ._()-]+\"; filename\*=UTF-8''[A-Za-z0-9%._~-]+", header
    )
    assert parse_options_header(header)[1]["filename"] == name


@given(st.text(max_size=400))
def test_cleaning_a_clean_name_changes_nothing(text):
    assert clean_name(clean_name(text)) == clean_name(text)


def test_old_programs_get_plain_letters():
    assert 'filename="file.pdf"' in disposition("דוח.pdf", in_place=False)
    assert 'filename="Uber uns.txt"' in disposition("Über uns.txt", in_place=False)
    assert disposition("cat.png", in_place=True).startswith("inline; ")
