"""Messages as written text: kept, because a ticket is written anew with each change, and they are not."""

from functools import lru_cache

from flask import current_app
from markupsafe import Markup

from portal.desk.timeline import Spoken
from servicedesk.kernel import i18n

# Some three megabytes a process; what is longer is written each time.
KEPT = 1024
LONGEST_KEPT = 4000


def written(row: Spoken) -> Markup:
    """Return a message or note as `macros/message.html` draws it, in the reader's language."""
    if len(row.text) > LONGEST_KEPT:
        return _drawn(row)
    return _kept(row, i18n.current_language())


# Everything that shows is in the row: words and names in the reader's language, what is their own, addresses.
@lru_cache(maxsize=KEPT)
def _kept(row: Spoken, _language: str) -> Markup:
    return _drawn(row)


def _drawn(row: Spoken) -> Markup:
    macros = current_app.jinja_env.get_template("macros/message.html").module
    text: Markup = macros.message(row)  # type: ignore[attr-defined]
    return text
