"""Public holidays of a country as the `holidays` package knows them, as plain rows.

They are copied into a calendar's version when it is published: an upgrade of the package changes no
deadline until somebody publishes the difference.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import metadata

_ESTIMATED = "estimated)"
_LANGUAGE = "en_US"  # the one language every country with estimated dates is written in


class UnknownCountry(ValueError):
    """The package knows no such country, or no such part of it."""


@dataclass(frozen=True, slots=True)
class Holiday:
    """One holiday; not confirmed if the package estimates its date."""

    falls_on: date
    name: str
    is_confirmed: bool


@cache
def package_version() -> str:
    """Return the version of the installed package, read from its files once."""
    return metadata.version("holidays")


def holidays_of(country: str, years: Iterable[int]) -> tuple[Holiday, ...]:
    """Return the public holidays of a country such as "KZ", or of a part of it such as "DE-BY", in order.

    Days that stand in for a holiday on a weekend are among them. A country may have none: Ukraine does
    not while martial law is in force. Raises UnknownCountry.
    """
    import holidays  # 45 MB that no web process should carry

    code, _, part = country.partition("-")
    try:
        found = holidays.country_holidays(code, subdiv=part or None, years=list(years), language=_LANGUAGE)
    except NotImplementedError:
        raise UnknownCountry(country) from None
    return tuple(_holiday(day, name) for day, name in sorted(found.items()))


def _holiday(day: date, name: str) -> Holiday:
    plain = name.replace(" (estimated)", "").replace(", estimated)", ")")
    return Holiday(day, plain[:250], is_confirmed=_ESTIMATED not in name)
