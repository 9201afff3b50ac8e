"""`servicedesk i18n`: texts of the code into the catalogues, what they lack, and filling it in."""

from pathlib import Path

import click

from servicedesk.kernel.catalogues import (
    ROOT,
    SOURCE_LANGUAGE,
    collected,
    compile_missing,
    fill,
    lacking,
    po_file,
    to_fill,
    update,
    written,
)
from servicedesk.kernel.settings import LANGUAGES

TRANSLATED = tuple(language for language in LANGUAGES if language != SOURCE_LANGUAGE)
_language = click.argument("language", type=click.Choice(TRANSLATED))


@click.group("i18n")
def i18n_group() -> None:
    """Translations of the desk."""


@i18n_group.command("extract")
def extract_command() -> None:
    """Bring the files of all translations up to date with the texts of the code."""
    texts = collected()
    for language in LANGUAGES:
        update(language, texts)
        wrong = len(lacking(language, texts)) if language in TRANSLATED else 0
        hint = f": servicedesk i18n missing {language}" if wrong else ""
        click.echo(f"{po_file(language).relative_to(ROOT)}: {len(texts)} texts, {wrong} to translate{hint}")


@i18n_group.command("missing")
@_language
def missing_command(language: str) -> None:
    """Print what LANGUAGE lacks, and what is wrong, as a PO file to be filled and given to `fill`."""
    click.echo(written(to_fill(language, collected())).decode(), nl=False)


@i18n_group.command("fill")
@_language
@click.argument("sheet", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def fill_command(language: str, sheet: Path) -> None:
    """Take the translations of SHEET, a PO file, over into LANGUAGE."""
    update(language, collected())
    click.echo(f"{fill(language, sheet)} taken over")
    _tell(language)


@i18n_group.command("check")
@click.argument("languages", nargs=-1, type=click.Choice(TRANSLATED))
def check_command(languages: tuple[str, ...]) -> None:
    """Say what LANGUAGES (none: all) lack or have wrong; ends with 1 where there is anything."""
    if sum(_tell(language) for language in languages or TRANSLATED):
        raise SystemExit(1)


def _tell(language: str) -> int:
    found = lacking(language, collected())
    for message, wrong in found:
        click.echo(f"{language}: {message.id!r}: {'; '.join(wrong)}")
    click.echo(f"{language}: {len(found)} to mend")
    return len(found)


@i18n_group.command("compile")
def compile_command() -> None:
    """Compile the translations that changed."""
    compile_missing()
