"""The files of translations: kept up to date, compiled, what they lack is told and filled in (R30)."""

from io import BytesIO

import pytest
from babel.messages.mofile import read_mo
from click.testing import CliRunner

from servicedesk.kernel import catalogues
from servicedesk.kernel.catalogue_commands import TRANSLATED, i18n_group
from servicedesk.kernel.catalogues import (
    Catalog,
    collected,
    compile_one,
    fill,
    kept,
    lacking,
    po_file,
    to_fill,
)

SHEET = b"""msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"

msgid "%(count)s late"
msgstr "%(number)s"
"""


@pytest.fixture(params=[each for each in TRANSLATED if po_file(each).exists()])
def language(request) -> str:
    return request.param


@pytest.fixture
def texts(monkeypatch, tmp_path):
    """Two texts of the code, and no translations yet."""
    monkeypatch.setattr(catalogues, "TRANSLATIONS", tmp_path)
    found = Catalog()
    found.add("Late", locations=[("portal/words.py", 0)])
    found.add("%(count)s late", flags=["python-format"])
    return found


def test_the_files_of_translations_are_up_to_date(language):
    wanted = {(message.id, message.context) for message in collected() if message.id}

    found = {(message.id, message.context) for message in kept(language) if message.id}
    assert found == wanted, "run: servicedesk i18n extract"


def test_a_language_that_nobody_began_lacks_everything(texts):
    assert [wrong for _text, wrong in lacking("ru", texts)] == [["no translation"]] * 2


def test_what_is_lacking_is_printed_to_be_filled_and_taken_over(texts, tmp_path):
    catalogues.update("ru", texts)
    sheet = tmp_path / "sheet.po"
    empty = catalogues.written(to_fill("ru", texts)).decode()
    sheet.write_text(empty.replace('msgid "Late"\nmsgstr ""', 'msgid "Late"\nmsgstr "Поздно"'))

    assert fill("ru", sheet) == 1
    assert [text.id for text, _wrong in lacking("ru", texts)] == ["%(count)s late"]


def test_what_is_wrong_is_printed_with_the_translation_that_is_there(texts):
    po_file("ru").parent.mkdir(parents=True)
    po_file("ru").write_bytes(SHEET)

    printed = catalogues.written(to_fill("ru", texts)).decode()

    assert "#. ! placeholders: %(number)s instead of %(count)s" in printed
    assert 'msgstr "%(number)s"' in printed


def test_russian_has_three_forms_and_georgian_two(texts):
    texts.add(("%(num)s day", "%(num)s days"))

    sheets = {each: catalogues.written(to_fill(each, texts)).decode() for each in ("ru", "ka", "kk")}
    assert {each: sheet.count("msgstr[") for each, sheet in sheets.items()} == {"ru": 3, "ka": 2, "kk": 2}


def test_the_command_line_says_which_languages_are_whole():
    done = CliRunner().invoke(i18n_group, ["check", "he"])

    assert (done.output, done.exit_code) == ("he: 0 to mend\n", 0)


def test_compiling_writes_what_gettext_reads(tmp_path):
    file = tmp_path / "messages.po"
    file.write_bytes(SHEET)

    compile_one(file)

    assert read_mo(BytesIO(file.with_suffix(".mo").read_bytes())).get("%(count)s late").string == "%(number)s"
    assert len(list(tmp_path.iterdir())) == 2
