"""Message catalogues: collecting the texts of the code, updating the translations, compiling them."""

import os
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import click
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from servicedesk.kernel.i18n import TRANSLATIONS
from servicedesk.kernel.settings import LANGUAGES

ROOT = Path(__file__).parents[2]
SOURCE_LANGUAGE = "en"
SOURCES = ("app.py", "servicedesk", "sla", "routing", "knowledge", "portal")
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2"), ("**/templates/**.txt", "jinja2")]
_KEYWORDS = {
    "_": None,
    "_l": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "lazy_ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "lazy_pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
_NOISE = (b'"Project', b'"Report', b'"POT', b'"PO-', b'"Last', b'"Language-Team', b'"Generated')
_HEADER = "# Translations of the desk. `servicedesk i18n extract` updates this file.\n"


def po_file(language: str) -> Path:
    """Return where the translations of one language are kept."""
    return TRANSLATIONS / language / "LC_MESSAGES" / "messages.po"


def read(file: Path, language: str | None = None) -> Catalog:
    """Return the translations kept in `file`."""
    return read_po(BytesIO(file.read_bytes()), locale=language)


def collected(root: Path = ROOT) -> Catalog:
    """Return every text of the code and the templates under `root`, in a steady order."""
    catalog = Catalog(project="servicedesk", charset="utf-8", fuzzy=False)
    for file, text, comments, context in sorted(_texts(root), key=lambda found: (found[0], str(found[1]))):
        catalog.add(text, None, [(file, 0)], auto_comments=comments, context=context)
    return catalog


def _texts(root: Path) -> Iterator[tuple[str, str | tuple[str, ...], list[str], str | None]]:
    options = {"jinja2": {"newstyle_gettext": "true", "trimmed": "true", "silent": "false"}}
    for source in SOURCES:
        place = root / source
        if place.is_file():
            continue
        found = extract_from_dir(
            str(place),
            METHODS,
            {pattern: options.get(method, {}) for pattern, method in METHODS},
            _KEYWORDS,
            comment_tags=("i18n:",),
            strip_comment_tags=True,
        )
        for file, _line, text, comments, context in found:
            yield f"{source}/{file}", text, comments, context


def update(language: str, texts: Catalog) -> None:
    """Bring the file of one language up to date with `texts`; translations of vanished texts are dropped."""
    file = po_file(language)
    catalog = read(file, language) if file.exists() else Catalog(locale=language)
    catalog.update(texts, no_fuzzy_matching=True)
    catalog.obsolete.clear()
    catalog.fuzzy = False
    catalog.header_comment = _HEADER.strip()
    out = BytesIO()
    write_po(
        out,
        catalog,
        width=100,
        sort_by_file=False,
        no_location=False,
        omit_header=False,
        include_lineno=False,
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    # Of the header only what a reader of the file needs: dates and tools would change it for nothing.
    lines = out.getvalue().splitlines(keepends=True)
    file.write_bytes(b"".join(line for line in lines if not line.startswith(_NOISE)))


def compile_missing() -> None:
    """Compile each translation whose compiled file is missing or older."""
    for source in sorted(TRANSLATIONS.glob("*/LC_MESSAGES/messages.po")):
        compiled = source.with_suffix(".mo")
        if not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime:
            with suppress(PermissionError):  # an installation that may not change itself was compiled before
                compile_one(source)


def compile_one(source: Path) -> None:
    """Write the compiled file beside `source`, at once and whole: another process may be reading it."""
    draft = source.with_suffix(f".{os.getpid()}.draft")
    with draft.open("wb") as file:
        write_mo(file, read(source))
    draft.replace(source.with_suffix(".mo"))


def untranslated(language: str, texts: Catalog) -> list[str]:
    """Return the texts that the language does not have, or has with other placeholders."""
    file = po_file(language)
    if not file.exists():
        return ["the whole language"]
    catalog = read(file, language)
    problems = []
    for wanted in texts:
        if wanted.id:
            found = catalog.get(wanted.id, wanted.context)
            problems += [f"{wanted.id!r}: {problem}" for problem in _problems(found, catalog)]
    return problems


def _problems(found: Message | None, catalog: Catalog) -> list[str]:
    strings = found.string if found is not None else ""
    parts = strings if isinstance(strings, tuple | list) else (strings,)
    if found is None or not all(parts):
        return ["no translation"]
    return [str(error) for error in found.check(catalog)]


@click.group("i18n")
def i18n_group() -> None:
    """Translations of the desk."""


@i18n_group.command("extract")
def extract_command() -> None:
    """Bring the files of all translations up to date with the texts of the code."""
    texts = collected()
    for language in LANGUAGES:
        update(language, texts)
        missing = len(untranslated(language, texts)) if language != SOURCE_LANGUAGE else 0
        click.echo(f"{po_file(language).relative_to(ROOT)}: {len(texts)} texts, {missing} to translate")


@i18n_group.command("compile")
def compile_command() -> None:
    """Compile the translations that changed."""
    compile_missing()
