"""What pages say, in the language of the reader: English sentences looked up in the translation."""

import re
from functools import cache

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from servicedesk.kernel.i18n import TRANSLATIONS

_PLACEHOLDER = re.compile(r"%\\\(\w+\\\)s|%\(\w+\)s")
_ISOLATES = re.compile("[\u2066-\u2069\u200e\u200f]")


class Speech:
    """`speech("Send")` returns the word on the button. Raises AssertionError for what is not translated."""

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, sentence: str, **values: object) -> str:
        return self._translated(sentence) % values

    def pattern(self, *sentences: str) -> re.Pattern[str]:
        """Return what finds any of the sentences, whatever stands in their gaps."""
        return re.compile("|".join(self._with_gaps(sentence) for sentence in sentences))

    def _with_gaps(self, sentence: str) -> str:
        parts = _PLACEHOLDER.split(self._translated(sentence))
        return ".+".join(re.escape(part) for part in parts).replace("%%", "%")

    def _translated(self, sentence: str) -> str:
        if self.language == "en":
            return sentence
        found = _catalogue(self.language).get(sentence)
        assert found, f"no such sentence: {sentence}"
        assert found.string, f"not translated to {self.language}: {sentence}"
        return str(found.string)


def plain(text: str) -> str:
    """Return a page's text without the marks that keep directions apart."""
    return _ISOLATES.sub("", text)


@cache
def _catalogue(language: str) -> Catalog:
    with (TRANSLATIONS / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file)
