"""The two readings of a condition, Python and SQL, agree on every row and on both databases."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Double,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    insert,
    not_,
    select,
)

from servicedesk.kernel.condition_parsing import parse
from servicedesk.kernel.conditions import (
    OPERATORS,
    Field,
    FieldType,
    Operator,
    as_document,
    holds,
    why,
    why_not,
)
from servicedesk.kernel.conditions_sql import where
from servicedesk.kernel.folding import fold_text
from servicedesk.kernel.instants import UtcDateTime
from servicedesk.kernel.setting_values import database_address

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
POSTGRESQL = os.environ.get("DATABASE_URL", "")
PRIORITIES = ("P1", "P2", "P3", "P4")
FIELDS = {
    field.name: field
    for field in (
        Field("subject", FieldType.TEXT),
        Field("score", FieldType.NUMBER),
        Field("replies", FieldType.INTEGER),
        Field("vip", FieldType.BOOLEAN),
        Field("opened_at", FieldType.INSTANT),
        Field("priority", FieldType.CHOICE, choices=PRIORITIES),
        Field("group", FieldType.REFERENCE),
        Field("tags", FieldType.SET, member=FieldType.TEXT),
        Field("watchers", FieldType.SET, member=FieldType.REFERENCE),
    )
}
METADATA = MetaData()
TICKET = Table(
    "agreeing_ticket",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("subject", Text),
    Column("score", Double),
    Column("replies", Integer),
    Column("vip", Boolean),
    Column("opened_at", UtcDateTime),
    Column("priority", String(2)),
    Column("group", Integer),
    prefixes=["TEMPORARY"],
)
TAG = Table(
    "agreeing_tag", METADATA, Column("ticket_id", Integer), Column("tag", Text), prefixes=["TEMPORARY"]
)
WATCHER = Table(
    "agreeing_watcher",
    METADATA,
    Column("ticket_id", Integer),
    Column("person", Integer),
    prefixes=["TEMPORARY"],
)
COLUMNS = {column.name: column for column in TICKET.columns} | {
    "tags": select(TAG.c.tag).where(TAG.c.ticket_id == TICKET.c.id),
    "watchers": select(WATCHER.c.person).where(WATCHER.c.ticket_id == TICKET.c.id),
}

# Few different values, so that random conditions meet random rows; the awkward ones among them.
_any_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6)
SEEN = ["Printer jam", "PRINTER", "Принтер", "הַמדפסת", "50%", "a_b", "a/b\\c'", "é"]
SOUGHT = ["%", "_", "a_", "/", "\\", "'", "p", "printer", "принтер", "מדפסת", "E", " "]
texts = st.sampled_from(SEEN) | _any_text
sought_texts = st.sampled_from(SEEN + SOUGHT) | _any_text.filter(fold_text)
numbers = st.sampled_from([0, -1, 1, 0.1, 2.5, -2.5, 1e9]) | st.floats(-1e6, 1e6)
small = st.integers(-2, 3)
integers = small | st.sampled_from([2**31 - 1, -(2**31)])
operand_integers = integers | st.sampled_from([2**31, 2**63 - 1, -(2**63)])
instants = st.builds(
    lambda seconds: NOW + timedelta(seconds=seconds), st.sampled_from([-90, -60, -1, 0, 1, 60])
)
written_instants = (
    instants.map(lambda at: at.isoformat())
    | st.builds(lambda seconds: {"ago_seconds": seconds}, st.sampled_from([0, 1, 60]))
    | st.builds(lambda seconds: {"in_seconds": seconds}, st.sampled_from([0, 1, 60]))
)
rows = st.fixed_dictionaries(
    {
        "subject": st.sampled_from([None, ""]) | texts,
        "score": st.none() | numbers,
        "replies": st.none() | integers,
        "vip": st.none() | st.booleans(),
        "opened_at": st.none() | instants,
        "priority": st.none() | st.sampled_from(PRIORITIES),
        "group": st.none() | small,
        "tags": st.frozensets(texts.filter(fold_text), max_size=3),
        "watchers": st.frozensets(small, max_size=3),
    }
)
OPERANDS = {
    FieldType.TEXT: sought_texts,
    FieldType.NUMBER: numbers,
    FieldType.INTEGER: operand_integers,
    FieldType.BOOLEAN: st.booleans(),
    FieldType.INSTANT: written_instants,
    FieldType.CHOICE: st.sampled_from(PRIORITIES),
    FieldType.REFERENCE: operand_integers,
}


@st.composite
def comparisons(draw: st.DrawFn) -> dict[str, Any]:
    field = FIELDS[draw(st.sampled_from(sorted(FIELDS)))]
    operator = draw(st.sampled_from(OPERATORS[field.type]))
    one = OPERANDS[field.member if field.type is FieldType.SET else field.type]
    many = st.lists(one, min_size=1, max_size=3)
    special = {Operator.IS_EMPTY: st.booleans(), Operator.IN: many, Operator.NOT_IN: many}
    return {"field": field.name, operator.value: draw(special.get(operator, one))}


documents = st.recursive(
    comparisons() | st.booleans(),
    lambda parts: (
        st.builds(lambda each: {"all": each}, st.lists(parts, max_size=3))
        | st.builds(lambda each: {"any": each}, st.lists(parts, max_size=3))
        | st.builds(lambda each: {"not": each}, parts)
    ),
    max_leaves=6,
)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def connection(request: pytest.FixtureRequest) -> Iterator[Connection]:
    if request.param == "postgresql" and not POSTGRESQL.startswith("postgres"):
        pytest.skip("set DATABASE_URL to a PostgreSQL database")
    url = "sqlite://" if request.param == "sqlite" else database_address(POSTGRESQL)
    engine = create_engine(url)
    with engine.connect() as connection:
        METADATA.create_all(connection)
        connection.commit()
        yield connection
    engine.dispose()


def store(connection: Connection, facts: list[dict[str, Any]]) -> None:
    sets = {"tags", "watchers"}
    plain = [{name: value for name, value in each.items() if name not in sets} for each in facts]
    tickets = [each | {"id": id_, "subject": fold(each["subject"])} for id_, each in enumerate(plain)]
    tags = [{"ticket_id": id_, "tag": fold(tag)} for id_, each in enumerate(facts) for tag in each["tags"]]
    watchers = [
        {"ticket_id": id_, "person": who} for id_, each in enumerate(facts) for who in each["watchers"]
    ]
    for table, stored in ((TICKET, tickets), (TAG, tags), (WATCHER, watchers)):
        if stored:
            connection.execute(insert(table), stored)


def selected(connection: Connection, expression: ColumnElement[bool]) -> set[int]:
    return set(connection.scalars(select(TICKET.c.id).where(expression)))


def fold(text: str | None) -> str | None:
    return None if text is None else fold_text(text)


# What chance would seldom bring together: LIKE's own signs, the moment itself, nothing at all.
EMPTY = dict.fromkeys(FIELDS) | {"tags": frozenset(), "watchers": frozenset()}
AWKWARD_ROWS = [EMPTY, *(EMPTY | {"subject": text} for text in ("", *SEEN)), EMPTY | {"opened_at": NOW}]
AWKWARD = [
    *({"field": "subject", operator: text} for operator in ("contains", "starts_with") for text in SOUGHT),
    {"field": "subject", "is_empty": True},
    {"field": "subject", "is_not": "printer"},
    {"not": {"field": "subject", "contains": "printer"}},
    {"field": "opened_at", "before": {"ago_seconds": 0}},
    {"field": "opened_at", "after": NOW.isoformat()},
]


@example(facts=AWKWARD_ROWS, written=AWKWARD)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(facts=st.lists(rows, min_size=4, max_size=8), written=st.lists(documents, min_size=4, max_size=6))
def test_python_and_sql_select_the_same_rows_and_sql_never_says_null(connection, facts, written):
    conditions = [parse(document, FIELDS) for document in written]
    store(connection, facts)

    found = [selected(connection, where(each, COLUMNS, now=NOW)) for each in conditions]
    left_out = [selected(connection, not_(where(each, COLUMNS, now=NOW))) for each in conditions]
    connection.rollback()

    expected = [{id_ for id_, fact in enumerate(facts) if holds(each, fact, now=NOW)} for each in conditions]
    assert found == expected
    assert left_out == [set(range(len(facts))) - ids for ids in expected]


@given(facts=rows, document=documents)
def test_a_condition_written_out_and_read_again_is_the_same(facts, document):
    condition = parse(document, FIELDS)

    again = parse(as_document(condition), FIELDS)

    assert again == condition


@given(facts=rows, document=documents)
def test_the_reasons_alone_are_enough_to_decide(facts, document):
    """A fact that no reason names may be anything without changing the outcome."""
    condition = parse(document, FIELDS)
    outcome = holds(condition, facts, now=NOW)
    reasons = why(condition, facts, now=NOW) if outcome else why_not(condition, facts, now=NOW)
    named = {reason.field for reason in reasons}

    emptied = {name: value if name in named else None for name, value in facts.items()}

    assert holds(condition, emptied, now=NOW) is outcome
