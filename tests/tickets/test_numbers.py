"""Ticket numbers as people write them (R28)."""

import pytest

from servicedesk.tickets.core.numbers import number_from, number_text


@pytest.mark.parametrize("text", ["SD-12", "sd-12", " SD-12 ", "#12", "12", "#SD-12"])
def test_a_number_is_read_however_it_is_written(text: str) -> None:
    assert number_from(text, "SD") == 12


@pytest.mark.parametrize("text", ["", "SD-", "SD-1x", "１２", "99999999999999", "XX-12", "-12"])
def test_anything_else_is_no_ticket_number(text: str) -> None:
    assert number_from(text, "SD") is None


def test_what_is_shown_can_be_read_again() -> None:
    assert number_from(number_text(2041, "HELP"), "HELP") == 2041
