"""One setting: how it is spelt in the environment, read, explained and shown."""

from dataclasses import dataclass, field
from typing import Any

from servicedesk.kernel.setting_values import Reader, without_secrets


@dataclass(frozen=True)
class Setting:
    """How one field of Settings is spelt in the environment, read, and explained.

    default: as one would write it; None where it follows from other settings: `otherwise` then says how.
    """

    variable: str
    read: Reader[object]
    default: str | None
    purpose: str
    otherwise: str = ""
    secret: bool = False


def setting(
    variable: str,
    read: Reader[object],
    default: str | None,
    purpose: str,
    *,
    otherwise: str = "",
    secret: bool = False,
) -> Any:
    """Return a field of Settings; secrets and addresses stay out of its repr."""
    about = Setting(variable, read, default, purpose, otherwise, secret)
    return field(repr=not secret and not variable.endswith("_URL"), metadata={"setting": about})


def shown(setting: Setting, value: object) -> str:
    """Return a value as anybody may see it."""
    if setting.secret:
        return "***" if value else setting.otherwise
    if value is None:
        return setting.otherwise or "off"
    if isinstance(value, tuple):
        return ",".join(value) or setting.otherwise
    if isinstance(value, bool):
        return str(int(value))
    return without_secrets(value) if isinstance(value, str) and "://" in value else str(value)
