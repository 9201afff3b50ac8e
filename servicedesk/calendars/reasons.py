"""Why a calendar was refused, in a sentence for each code of the pure reader."""

from flask_babel.speaklater import LazyString

from servicedesk.calendars.core.values import InvalidCalendar
from servicedesk.kernel.i18n import lazy_gettext as _l

_SENTENCES: dict[str, LazyString] = {
    "calendar.missing": _l("Something is missing here."),
    "calendar.unknown_key": _l("The desk does not know this entry."),
    "calendar.unknown_zone": _l("Choose a time zone from the list."),
    "calendar.wrong_type": _l("This entry has the wrong form."),
    "calendar.bad_time": _l("Write times like 09:30; a day begins at 00:00 and ends at 24:00."),
    "calendar.bad_date": _l("Write dates like 2026-12-16."),
    "calendar.bad_text": _l("Write opening hours like: mon-fri 09:00-18:00, sat 10:00-14:00"),
    "calendar.range_reversed": _l("The last day is before the first."),
    "calendar.too_few": _l("Choose two calendars or more."),
    "calendar.too_many": _l("These are too many entries for one calendar."),
    "calendar.too_deep": _l("These calendars are combined too often."),
}
_ANY_OTHER = _l("The desk cannot read this calendar.")


def sentence_for(error: InvalidCalendar) -> str:
    """Return what to do about `error`, in the language of the page."""
    return str(_SENTENCES.get(error.code, _ANY_OTHER))
