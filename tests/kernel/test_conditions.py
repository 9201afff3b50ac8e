"""The condition language: what it accepts, what it means, and why something matched."""

from datetime import UTC, datetime, timedelta

import pytest

from servicedesk.kernel.condition_parsing import BadCondition, parse
from servicedesk.kernel.conditions import (
    Field,
    FieldType,
    Operator,
    Reason,
    as_document,
    holds,
    names,
    why,
    why_not,
)

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
FIELDS = {
    field.name: field
    for field in (
        Field("subject", FieldType.TEXT),
        Field("score", FieldType.NUMBER),
        Field("replies", FieldType.INTEGER),
        Field("vip", FieldType.BOOLEAN),
        Field("opened_at", FieldType.INSTANT),
        Field("priority", FieldType.CHOICE, choices=("P1", "P2", "P3", "P4")),
        Field("group", FieldType.REFERENCE),
        Field("tags", FieldType.SET, member=FieldType.TEXT),
    )
}
TICKET = {
    "subject": "Принтер: PAPER jam",
    "score": 0.5,
    "replies": 3,
    "vip": False,
    "opened_at": NOW - timedelta(hours=2),
    "priority": "P2",
    "group": 7,
    "tags": frozenset({"Étage 2"}),
}
NOTHING = dict.fromkeys(TICKET)


def is_true(document: object, facts: dict[str, object] = TICKET) -> bool:
    return holds(parse(document, FIELDS), facts, now=NOW)


@pytest.mark.parametrize(
    "document",
    [
        {"field": "subject", "contains": "принтер"},
        {"field": "subject", "starts_with": "ПРИНТЕР"},
        {"field": "subject", "is": "принтер: paper JAM"},
        {"contains": "jam", "field": "subject"},
        {"field": "score", "at_least": 0.5},
        {"field": "score", "less_than": 1},
        {"field": "replies", "in": [1, 3]},
        {"field": "replies", "more_than": 2},
        {"field": "replies", "at_most": 3},
        {"field": "vip", "is": False},
        {"field": "opened_at", "before": {"ago_seconds": 7199}},
        {"field": "opened_at", "after": "2026-11-20T11:59:59+02:00"},
        {"field": "priority", "not_in": ["P3", "P4"]},
        {"field": "group", "is_not": 8},
        {"field": "tags", "contains": "etage 2"},
        {"not": {"field": "tags", "is_empty": True}},
        {"all": [{"field": "vip", "is": False}, {"any": [False, {"field": "group", "is": 7}]}]},
        {"all": []},
        True,
    ],
)
def test_these_hold_for_the_ticket(document):
    assert is_true(document)


@pytest.mark.parametrize(
    "document",
    [
        {"field": "subject", "starts_with": "paper"},
        {"field": "opened_at", "before": {"ago_seconds": 7200}},
        {"field": "opened_at", "after": {"ago_seconds": 7200}},
        {"field": "opened_at", "after": {"in_seconds": 60}},
        {"field": "tags", "contains": "etage"},
        {"any": []},
        False,
    ],
)
def test_these_do_not_hold_for_the_ticket(document):
    assert not is_true(document)


@pytest.mark.parametrize(
    "document",
    [
        {"field": "group", "is_not": 7},
        {"field": "group", "not_in": [7]},
        {"field": "subject", "is_not": "printer"},
        {"not": {"field": "score", "less_than": 1}},
        {"not": {"field": "score", "at_least": 1}},
        {"not": {"field": "opened_at", "before": {"in_seconds": 1}}},
        {"not": {"field": "vip", "is": False}},
        {"field": "tags", "is_empty": True},
    ],
)
def test_a_missing_value_is_equal_to_nothing_and_compares_with_nothing(document):
    assert is_true(document, NOTHING)


def test_an_empty_text_is_missing():
    assert is_true({"field": "subject", "is_empty": True}, TICKET | {"subject": ""})


def test_a_fact_that_was_not_looked_up_is_an_error_not_a_missing_value():
    with pytest.raises(KeyError):
        is_true({"field": "group", "is_not": 8}, {"subject": "Printer"})


def test_the_reasons_are_the_comparisons_that_decided_with_the_values_they_met():
    condition = parse(
        {
            "all": [
                {"any": [{"field": "priority", "is": "P1"}, {"field": "group", "in": [7, 8]}]},
                {"not": {"field": "vip", "is": True}},
            ]
        },
        FIELDS,
    )

    assert why(condition, TICKET, now=NOW) == (
        Reason("group", Operator.IN, [7, 8], 7),
        Reason("vip", Operator.IS, True, False),
    )
    assert why_not(condition, TICKET, now=NOW) == ()


def test_why_not_names_only_what_stood_in_the_way():
    condition = parse({"all": [{"field": "group", "is": 7}, {"field": "priority", "is": "P1"}]}, FIELDS)

    assert why(condition, TICKET, now=NOW) == ()
    assert why_not(condition, TICKET, now=NOW) == (Reason("priority", Operator.IS, "P1", "P2"),)


def test_the_names_are_the_fields_that_must_be_looked_up():
    document = {"any": [{"field": "group", "is": 7}, {"not": {"field": "vip", "is": True}}]}

    assert names(parse(document, FIELDS)) == {"group", "vip"}


def test_a_condition_is_written_out_as_its_author_wrote_it():
    document = {
        "all": [
            {"field": "subject", "contains": "ПРИНТЕР"},
            {"not": {"field": "opened_at", "before": {"ago_seconds": 5}}},
        ]
    }

    assert as_document(parse(document, FIELDS)) == document


def nested(depth: int) -> object:
    document: object = {"field": "vip", "is": True}
    for _ in range(depth - 1):
        document = {"not": document}
    return document


@pytest.mark.parametrize(
    "document, code, path",
    [
        (None, "condition.shape", ""),
        ({}, "condition.shape", ""),
        ({"all": {}}, "condition.shape", "all"),
        ({"all": [], "any": []}, "condition.shape", ""),
        ({"field": "vip"}, "condition.shape", ""),
        ({"field": "vip", "is": True, "in": [True]}, "condition.shape", ""),
        ({"all": [True, {"not": {"field": "colour", "is": 1}}]}, "condition.unknown_field", "all[1].not"),
        ({"field": ["vip"], "is": True}, "condition.unknown_field", ""),
        ({"field": "vip", "contains": "x"}, "condition.unknown_operator", ""),
        ({"field": "vip", "equals": True}, "condition.unknown_operator", ""),
        ({"field": "vip", "is": 1}, "condition.value", ""),
        ({"field": "vip", "is_empty": None}, "condition.value", ""),
        ({"field": "replies", "is": True}, "condition.value", ""),
        ({"field": "replies", "is": 1.0}, "condition.value", ""),
        ({"field": "replies", "is": 2**63}, "condition.value", ""),
        ({"field": "replies", "in": []}, "condition.value", ""),
        ({"field": "replies", "in": [0] * 201}, "condition.value", ""),
        ({"field": "score", "is": float("nan")}, "condition.value", ""),
        ({"field": "score", "is": float("inf")}, "condition.value", ""),
        ({"field": "score", "is": 10**400}, "condition.value", ""),
        ({"field": "subject", "is": ""}, "condition.value", ""),
        ({"field": "subject", "contains": "\u05b0"}, "condition.value", ""),
        ({"field": "subject", "contains": "\0"}, "condition.value", ""),
        ({"field": "subject", "contains": "\ud800"}, "condition.value", ""),
        ({"field": "subject", "contains": "x" * 501}, "condition.value", ""),
        ({"field": "priority", "is": "P5"}, "condition.unknown_choice", ""),
        ({"field": "opened_at", "before": "2026-11-20T12:00:00"}, "condition.value", ""),
        ({"field": "opened_at", "before": "0001-01-01T00:00:00+14:00"}, "condition.value", ""),
        ({"field": "opened_at", "before": {"ago_seconds": -1}}, "condition.value", ""),
        ({"field": "opened_at", "before": {"ago_seconds": 10**12}}, "condition.value", ""),
        ({"field": "opened_at", "before": {"ago_seconds": 1, "in_seconds": 1}}, "condition.value", ""),
        ({"any": [{"field": "vip", "is": True}] * 200}, "condition.too_large", "any[199]"),
        ({"any": [{"field": "replies", "in": [0] * 200}] * 11}, "condition.too_large", "any[10]"),
        (nested(9), "condition.too_deep", "not." * 7 + "not"),
        (nested(900), "condition.too_deep", "not." * 7 + "not"),
    ],
)
def test_what_is_no_condition_is_refused_with_a_code_and_the_place(document, code, path):
    with pytest.raises(BadCondition) as refusal:
        parse(document, FIELDS)

    assert (refusal.value.code, refusal.value.path) == (code, path)


def test_a_refused_operator_names_those_that_fit():
    with pytest.raises(BadCondition) as refusal:
        parse({"field": "vip", "contains": "x"}, FIELDS)

    assert refusal.value.details == {
        "field": "vip",
        "operator": "contains",
        "known": ["is", "is_not", "is_empty"],
    }


def test_eight_levels_are_not_too_deep():
    assert isinstance(is_true(nested(8)), bool)
