"""Message catalogues: collecting the texts of the code, updating the translations, compiling them."""

import os
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from servicedesk.kernel.i18n import TRANSLATIONS
from servicedesk.kernel.translation_faults import count_fault, faults, strings

ROOT = Path(__file__).parents[2]
SOURCE_LANGUAGE = "en"
# Where gettext needs another rule than Babel has: CLDR has two forms of Georgian, Babel one.
_PLURALS = {"ka": "nplurals=2; plural=(n != 1);"}
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
    catalog = kept(language)
    catalog.update(texts, no_fuzzy_matching=True)
    catalog.obsolete.clear()
    write(catalog, file)


def kept(language: str) -> Catalog:
    """Return the translations of one language; none where nobody has begun it."""
    file = po_file(language)
    catalog = read(file, language) if file.exists() else Catalog(locale=language)
    if language in _PLURALS:
        catalog.mime_headers = [*catalog.mime_headers, ("Plural-Forms", _PLURALS[language])]
    return catalog


def write(catalog: Catalog, file: Path) -> None:
    """Write translations to `file`, the same bytes for the same texts."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(written(catalog))


def written(catalog: Catalog) -> bytes:
    """Return translations as a PO file has them."""
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
    # Of the header only what a reader of the file needs: dates and tools would change it for nothing.
    lines = out.getvalue().splitlines(keepends=True)
    return b"".join(line for line in lines if not line.startswith(_NOISE))


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


def lacking(language: str, texts: Catalog) -> list[tuple[Message, list[str]]]:
    """Return the texts of the code that `language` lacks or has with faults, each with what is wrong."""
    catalog = kept(language)
    found = [(wanted, _faults(language, wanted, catalog)) for wanted in texts if wanted.id]
    return [(wanted, wrong) for wanted, wrong in found if wrong]


def _faults(language: str, wanted: Message, catalog: Catalog) -> list[str]:
    found = catalog.get(wanted.id, wanted.context)
    if found is not None and (wrong := count_fault(found, catalog)):
        return [wrong]
    return faults(language, wanted, found)


def to_fill(language: str, texts: Catalog) -> Catalog:
    """Return a catalogue of what `language` lacks, ready to be filled: faults stand as comments."""
    have, sheet = kept(language), Catalog(locale=language)
    sheet.mime_headers = [*sheet.mime_headers, ("Plural-Forms", have.plural_forms)]
    for wanted, wrong in lacking(language, texts):
        found = have.get(wanted.id, wanted.context)
        sheet.add(
            wanted.id,
            found.string if found is not None else None,
            wanted.locations,
            auto_comments=[*wanted.auto_comments, *(f"! {each}" for each in wrong)],
            context=wanted.context,
        )
    return sheet


def fill(language: str, sheet: Path) -> int:
    """Take the translations of a filled sheet over into the language's file; return how many."""
    catalog, taken = kept(language), 0
    for message in read(sheet, language):
        found = catalog.get(message.id, message.context) if message.id else None
        if found is not None and any(strings(message)) and found.string != message.string:
            found.string = message.string
            found.flags.discard("fuzzy")
            taken += 1
    write(catalog, po_file(language))
    return taken
