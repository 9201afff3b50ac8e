"""What a new desk begins with has a name in every language; what people named stays as it is (R30)."""

import json
from collections.abc import Iterator

import pytest
from flask_babel import force_locale
from sqlalchemy import select

from portal.words import _SEEDED, in_pairs, seeded_name, words_of_page
from servicedesk.calendars.queries import calendars
from servicedesk.identity.directory import groups, roles
from servicedesk.kernel.db import session
from servicedesk.kernel.settings import LANGUAGES
from servicedesk.tickets.models import StatusRow, TicketCategory
from sla.agreements import versions


def test_a_seeded_name_is_told_in_the_readers_language_and_others_as_written(app):
    with force_locale("he_IL"):
        names = [seeded_name(name) for name in ("Around the clock", "Gold P1", "P2", "Nights in Haifa")]

    assert names == ["מסביב לשעון", "זהב P1", "P2", "Nights in Haifa"]


def test_every_calendar_agreement_and_role_of_a_new_desk_can_be_translated(app):
    names = {row.name for row in (*calendars(), *versions(), *roles().values())}

    assert names - set(_SEEDED) == set()


def _kept_names() -> Iterator[str]:
    for column in (StatusRow.names, TicketCategory.names):
        yield from session().scalars(select(column))
    yield from (json.dumps(dict(group.names)) for group in groups().values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_status_category_and_group_of_a_new_desk_has_a_name(app, language):
    assert [names for names in _kept_names() if not json.loads(names).get(language)] == []


@pytest.mark.parametrize(("locale", "mark"), [("ru_RU", "\u200e"), ("he_IL", "\u200f")])
def test_a_text_that_begins_with_a_name_of_another_script_runs_as_the_page_does(app, locale, mark):
    with force_locale(locale):
        assert words_of_page("עברית: нет").startswith(mark)


def test_a_duration_breaks_between_its_parts_only():
    assert in_pairs("117 h 36 m") == "117\u00a0h 36\u00a0m"
