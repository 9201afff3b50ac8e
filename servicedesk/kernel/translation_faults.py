"""What is wrong with a translation, told by looking: placeholders, scripts, look-alike letters, end marks.

Whether it says the right thing only a reader can tell; what is found here no reader should have to see.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence

from babel.messages.catalog import Catalog, Message

# Names and measures that every language writes as English does.
SAME_EVERYWHERE = frozenset({"macro-F1", "%(file)s: %(size)s MiB, %(content)s."})
# What programs, processes, commands and formats are called in every script; so is what has two capitals.
NAMES = re.compile(
    "backup|chrony|conf|cookie|database|dead|fri|http|https|idempotency|jobs|key|macro|markdown|maxmemory"
    "|migrate|mon|noeviction|python|redis|retry|root|sat|scheduler|schema|servicedesk|systemd|tzdata|web|worker",
    re.IGNORECASE,
)
SCRIPTS = {"en": "LATIN", "he": "HEBREW", "kk": "CYRILLIC", "ka": "GEORGIAN", "ru": "CYRILLIC"}
# Letters by which one language of a script shows among the others of it.
OWN_LETTERS = {"kk": frozenset("әғқңөұүһі")}
_FOREIGN_LETTERS = {"ru": frozenset("әғқңөұүһіїєґў"), "kk": frozenset("їєґў")}
_PLACEHOLDER = re.compile(r"%(?:\((\w+)\))?([sd%])")
_NUMBER = re.compile(r"%\(num\)[ds]")
_WORD = re.compile(r"[^\W\d_]+")
# An address and what is typed at a prompt are no words, and a Latin letter in them is meant.
_CODE = re.compile(r"https?://\S+|\S+@\S+|--?[a-z][\w-]*|\b\w+[._/=]\w[\w./=-]*")
_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»‹›״", '"'))
_ENDS = ".?!…:;,"


def faults(language: str, wanted: Message, found: Message | None) -> list[str]:
    """Return what is wrong with `found`, the translation of `wanted`, each in a few English words."""
    texts = strings(found)
    if found is None or not texts or not all(texts):
        return ["no translation"]
    if found.fuzzy:
        return ["marked as fuzzy: somebody has to look at it"]
    pairs = zip(texts, _sources(wanted, texts), strict=True)
    return [fault for text, source in pairs for fault in _faults_of(language, source, text)]


def strings(message: Message | None) -> Sequence[str]:
    """Return the texts of a translation: one, or one for each plural form."""
    found = message.string if message is not None else ()
    return tuple(text or "" for text in found) if isinstance(found, tuple | list) else (found or "",)


def count_fault(found: Message, catalog: Catalog) -> str:
    """Return what is wrong with the number of plural forms; empty where it is the language's."""
    texts, wanted = strings(found), catalog.num_plurals
    if not found.pluralizable or len(texts) == wanted:
        return ""
    return f"{len(texts)} plural forms instead of {wanted}"


def _sources(wanted: Message, texts: Sequence[str]) -> list[str]:
    """Return the English text beside each translated one: its plural beside every form.

    Of two forms the first is for one thing alone and may say "one" in place of the number; the first of
    three is for 21 and 31, too.
    """
    if not isinstance(wanted.id, tuple | list):
        return [wanted.id] * len(texts)
    sources = [wanted.id[1]] * len(texts)
    if len(texts) == 2 and not _NUMBER.search(texts[0]):
        sources[0] = _NUMBER.sub("1", sources[0])
    return sources


def _faults_of(language: str, source: str, text: str) -> Iterator[str]:
    if not letters(source):
        yield from _difference("placeholders", _placeholders(source), _placeholders(text))
        return
    if text == source and source not in SAME_EVERYWHERE:
        yield "the same as in English"
    yield from _difference("placeholders", _placeholders(source), _placeholders(text))
    yield from _difference("spaces at the ends", _margins(source), _margins(text))
    yield from _difference("line ends", source.count("\n"), text.count("\n"))
    yield from _difference("last mark", last_mark(source), _mark_of(text, last_mark(source)))
    if "  " in text:
        yield "two spaces side by side"
    yield from script_faults(language, text)
    yield from _english_left(language, source, text)


def _difference(what: str, wanted: object, found: object) -> Iterator[str]:
    if wanted != found:
        yield f"{what}: {_shown(found)} instead of {_shown(wanted)}"


def _shown(value: object) -> str:
    return " ".join(sorted(value.elements())) or "none" if isinstance(value, Counter) else repr(value)


def _placeholders(text: str) -> Counter[str]:
    return Counter(match.group() for match in _PLACEHOLDER.finditer(text))


def _margins(text: str) -> tuple[str, str]:
    return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]


def last_mark(text: str) -> str:
    """Return the kind of mark a text ends with, quotes and brackets that close after it left out."""
    plain = _without_placeholders(text).translate(_QUOTES).rstrip().rstrip("\")*'")
    return plain[-1:] if plain[-1:] in _ENDS else ""


def _mark_of(text: str, wanted: str) -> str:
    """Return the last mark of a translation; a colon before a value is no fault: word order may need one."""
    found = last_mark(text)
    return wanted if (wanted, found) == ("", ":") else found


def letters(text: str) -> list[str]:
    """Return the words of a text without its placeholders and without what is code."""
    return _WORD.findall(_CODE.sub(" ", _without_placeholders(text)))


def _without_placeholders(text: str) -> str:
    # Something stands in its place, or the mark before one would count as the last.
    return _PLACEHOLDER.sub("0", text)


def _english_left(language: str, source: str, text: str) -> Iterator[str]:
    """Say which Latin words neither are names nor could be."""
    if SCRIPTS[language] == "LATIN":
        return
    english = {word.lower() for word in _WORD.findall(source)}
    for word in letters(text):
        if script_of(word[0]) != "LATIN" or len(word) == 1:
            continue
        if not english & {word.lower(), f"{word.lower()}s"}:
            yield f"a Latin word that English does not have: {word}"
        elif not NAMES.fullmatch(word) and sum(letter.isupper() for letter in word) < 2:
            yield f"an English word, or a name that NAMES should have: {word}"


def script_faults(language: str, text: str) -> Iterator[str]:
    """Say which words have letters of another script than the language's or Latin, or of two scripts."""
    own, foreign = SCRIPTS[language], _FOREIGN_LETTERS.get(language, frozenset())
    for word in letters(text):
        scripts = {script_of(letter) for letter in word} - {""}
        if len(scripts) > 1:
            yield f"letters of {' and '.join(sorted(scripts))} in one word: {word}"
        elif scripts - {own, "LATIN"}:
            yield f"letters of {scripts.pop()}: {word}"
        elif foreign & set(word.lower()):
            yield f"a letter of another language: {word}"


def script_of(letter: str) -> str:
    """Return the script of a letter by its Unicode name, such as "CYRILLIC"; empty for a mark above."""
    return "" if unicodedata.combining(letter) else unicodedata.name(letter, "").partition(" ")[0]


def share_with_own_letters(language: str, catalog: Catalog) -> float:
    """Return which share of the translations of three words or more has a letter of this language alone.

    Kazakh written in truth in Russian shows here: hardly a Kazakh sentence does without such letters.
    """
    texts = [text.lower() for message in catalog for text in strings(message) if message.id and text]
    long = [text for text in texts if len(letters(text)) >= 3]
    return sum(bool(OWN_LETTERS[language] & set(text)) for text in long) / max(len(long), 1)
