"""Names in the languages of the desk, as fields of a form."""

from collections.abc import Mapping
from functools import lru_cache

from flask_babel import LazyString

from portal.admin.editing import EditForm
from portal.words import language_name
from servicedesk.kernel.forms import Limit, Text
from servicedesk.kernel.i18n import direction, languages
from servicedesk.kernel.i18n import lazy_gettext as _l
from servicedesk.kernel.this_desk import the_settings

LONGEST_NAME = 120


def with_names(base: type[EditForm], *, longest: int = LONGEST_NAME) -> type[EditForm]:
    """Return `base` with a name in each language of the desk, that in the desk's own required."""
    return _with_names(base, longest, the_settings().language, languages())


@lru_cache(64)
def _with_names(base: type[EditForm], longest: int, own: str, codes: tuple[str, ...]) -> type[EditForm]:
    made = {f"name_{code}": _field(code, longest, is_own=code == own) for code in _own_first(codes, own)}
    return type(f"{base.__name__}In{''.join(codes)}", (base,), made)


def _own_first(codes: tuple[str, ...], own: str) -> list[str]:
    return sorted(codes, key=lambda code: code != own)


def _field(code: str, longest: int, *, is_own: bool) -> Text:
    about = {"label": _label(code), "attrs": {"lang": code, "dir": direction(code)}}
    if is_own:
        return Text(required=True, validate=Limit(longest), metadata=about)
    return Text(load_default="", validate=Limit(longest), metadata=about)


def _label(code: str) -> LazyString:
    return _l("Name in %(language)s", language=in_words(code))


def in_words(code: str) -> LazyString:
    """Return a language by its name in the reader's language, found when it is shown."""
    return LazyString(language_name, code)


def name_fields() -> tuple[str, ...]:
    """Return the fields of `with_names`, the desk's own language first."""
    return tuple(f"name_{code}" for code in _own_first(languages(), the_settings().language))


def stored_names(names: Mapping[str, str], name: str) -> dict[str, str]:
    """Return the values of the fields; the plain name stands in the desk's own language where none does."""
    own = the_settings().language
    return {f"name_{code}": names.get(code, name if code == own else "") for code in languages()}


def given_names(data: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """Return the plain name and the names by language that a valid form says."""
    names = {code: data[f"name_{code}"] for code in languages()}
    return names[the_settings().language], names
