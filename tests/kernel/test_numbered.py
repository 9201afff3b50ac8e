"""Words stored as numbers are asked for by their words and compared as numbers."""

import pytest
from sqlalchemy import Integer, column, select, type_coerce
from sqlalchemy.dialects import postgresql

from servicedesk.kernel.condition_parsing import parse
from servicedesk.kernel.conditions import Field, FieldType
from servicedesk.kernel.conditions_sql import where
from servicedesk.kernel.db import session
from servicedesk.kernel.numbered import Numbered

BAND = Field("band", FieldType.CHOICE, ("now", "late"))
STORED = column("band", Integer)
AS_WORD = type_coerce(STORED, Numbered({0: "now", 2: "late"}))


def test_a_condition_compares_the_number_so_that_an_index_serves():
    late = where(parse({"field": "band", "is": "late"}, {"band": BAND}), {"band": AS_WORD}, now=None)

    compiled = late.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})
    assert str(compiled) == "band IS NOT NULL AND band = 2"


@pytest.mark.parametrize(("number", "word"), [(0, "now"), (2, "late"), (None, None)])
def test_a_stored_number_is_read_as_its_word(app, number, word):
    rows = select(type_coerce(number, Integer).label("band")).subquery()

    assert session().scalar(select(type_coerce(rows.c.band, Numbered({0: "now", 2: "late"})))) == word


def test_a_word_that_nobody_stores_matches_nothing(app):
    rows = select(type_coerce(0, Integer).label("band")).subquery()
    query = select(rows).where(type_coerce(rows.c.band, Numbered({0: "now"})) == "never")

    assert session().execute(query).all() == []
