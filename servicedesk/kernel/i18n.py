"""Languages: which one a page speaks, which locale writes its dates and numbers, and names kept as data."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from gettext import NullTranslations
from pathlib import Path

from babel import Locale
from flask import Flask, has_request_context, request
from flask import session as cookie
from flask.globals import _cv_app
from flask_babel import Babel, LazyString, get_domain, get_locale

from servicedesk.kernel.settings import Settings
from servicedesk.kernel.slot import Slot
from servicedesk.kernel.this_desk import the_settings

# With a territory, or weeks begin on Monday everywhere and English dates are American.
_LOCALES = {
    "en": "en_GB",
    "he": "he_IL",
    "ar": "ar_SA",
    "fa": "fa_IR",
    "kk": "kk_KZ",
    "ka": "ka_GE",
    "ru": "ru_RU",
}
_RIGHT_TO_LEFT = frozenset({"he", "ar", "fa", "ur", "yi"})
TRANSLATIONS = Path(__file__).parents[1] / "translations"
COOKIE_KEY = "language"
_NO_TRANSLATIONS = NullTranslations()


@dataclass(frozen=True, slots=True)
class Reader:
    """How the person who reads a page wants it."""

    language: str
    zone: str
    theme: str = "auto"


def _nobody() -> Reader | None:
    return None


# Filled by the room of identity, which stands above this one: who is signed in, None for nobody.
reader_source: Slot[Callable[[], Reader | None]] = Slot(_nobody)


def init_app(app: Flask, settings: Settings) -> None:
    """Let every page of `app` speak its reader's language."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(TRANSLATIONS)
    app.config["BABEL_DEFAULT_LOCALE"] = _LOCALES.get(settings.language, settings.language)
    Babel(app, locale_selector=lambda: _locale(locale_of(reader().language)))
    app.jinja_env.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]


def gettext(string: str, **variables: object) -> str:
    """Return `string` in the language of the present page, with `variables` put in.

    The same as flask_babel's. A list of fifty rows asks for hundreds of words, and theirs asks for the
    application context six times a word: a third of the page's time.
    """
    found = _translations().gettext(string)
    return found % variables if variables else found


def ngettext(singular: str, plural: str, num: int, **variables: object) -> str:
    """Return the form that goes with `num` in the language of the present page."""
    return _translations().ngettext(singular, plural, num) % {"num": num, **variables}


def lazy_gettext(string: str, **variables: object) -> LazyString:
    """Return a text that is translated when it is used: for tables made at import."""
    return LazyString(gettext, string, **variables)


def current_locale() -> Locale | None:
    """Return the locale that writes dates and numbers of the present page; None outside of the app."""
    return _speaking()[0]


def _translations() -> NullTranslations:
    return _speaking()[1]


def _speaking() -> tuple[Locale | None, NullTranslations]:
    """Return locale and texts of the present page; asked hundreds of times a page, so kept with it."""
    context = _cv_app.get(None)
    if context is None:
        return None, _NO_TRANSLATIONS
    kept = vars(context.g)
    chosen = getattr(kept.get("_flask_babel"), "babel_locale", None)
    found: tuple[Locale | None, NullTranslations] | None = kept.get("desk_translations")
    if found is None or chosen is None or found[0] is not chosen:
        found = (get_locale(), get_domain().get_translations())
        kept["desk_translations"] = found
    return found


def are_translations_stale() -> bool:
    """Say whether a translation was never compiled, or changed since."""
    pairs = [(source, source.with_suffix(".mo")) for source in TRANSLATIONS.glob("*/LC_MESSAGES/*.po")]
    return any(not made.exists() or made.stat().st_mtime < source.stat().st_mtime for source, made in pairs)


def reader() -> Reader:
    """Return for whom the present page is written: whoever is signed in, else what the browser asks for."""
    found = reader_source.value() if has_request_context() else None
    if found is None:
        return Reader(offered_language(), desk_zone())
    return (
        found if found.language in languages() else Reader(the_settings().language, found.zone, found.theme)
    )


def offered_language() -> str:
    """Return the language chosen in this browser, else the best that it accepts, else the desk's."""
    if not has_request_context():
        return the_settings().language
    chosen = cookie.get(COOKIE_KEY)
    if isinstance(chosen, str) and chosen in languages():
        return chosen
    return request.accept_languages.best_match(languages()) or the_settings().language


def choose_language(language: str) -> None:
    """Keep the choice in this browser, also once it was closed."""
    cookie[COOKIE_KEY] = language
    cookie.permanent = True


def languages() -> tuple[str, ...]:
    """Return the languages that people of this desk may choose."""
    return the_settings().languages


def language_names() -> dict[str, str]:
    """Return each language in its own words."""
    return {language: own_name(language) for language in languages()}


@cache
def _locale(name: str) -> Locale:
    """Return the locale with this name; reading it anew for every page costs as much as a query."""
    return Locale.parse(name)


# As Babel has them. Every page offers these languages, and asking it reads all that it knows of each, a
# megabyte and a half, also of those that nobody here reads.
_OWN_NAMES = {"en": "English", "he": "עברית", "ka": "ქართული", "kk": "Қазақ тілі", "ru": "Русский"}


@cache
def own_name(language: str) -> str:
    """Return the name of a language as its speakers write it."""
    return _OWN_NAMES.get(language) or _own_name(language)


def _own_name(language: str) -> str:
    return capitalised(Locale.parse(language).get_display_name(language) or language)


def capitalised(text: str) -> str:
    """Return `text` with the letter that begins a sentence or a heading."""
    # title(), not upper(): the capital of a Georgian letter begins no sentence.
    return text[:1].title() + text[1:]


def desk_zone() -> str:
    """Return the time zone of the desk."""
    return the_settings().zone


def locale_of(language: str) -> str:
    """Return the locale, with its territory, that writes `language`."""
    return _LOCALES.get(language, language)


def current_language() -> str:
    """Return the language of the present page, such as "he"; the desk's outside of a page."""
    locale = _speaking()[0]
    return str(locale.language) if locale is not None else "en"


def direction(language: str) -> str:
    """Return "rtl" or "ltr"."""
    return "rtl" if language.partition("_")[0] in _RIGHT_TO_LEFT else "ltr"


def localised(names: str | Mapping[str, str], fallback: str, language: str | None = None) -> str:
    """Return the name in `language` (None: the page's) out of `names`, a map or its JSON, else `fallback`."""
    found: Mapping[str, str] = json.loads(names) if isinstance(names, str) else names
    return found.get(language or current_language()) or fallback
