"""The quiet hours that people set for themselves, on the wall clock of where they live."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from servicedesk.identity.actor import Actor
from servicedesk.identity.core.quiet import QuietHours
from servicedesk.identity.events import PersonChanged
from servicedesk.identity.models import Person
from servicedesk.identity.queries import no_such_person
from servicedesk.kernel.command import command
from servicedesk.kernel.db import session
from servicedesk.kernel.errors import Invalid
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.save import publish
from servicedesk.kernel.this_desk import the_settings


@dataclass(frozen=True, slots=True)
class QuietRow:
    """What somebody chose; `zone` is that of the desk where nobody said in which they live."""

    quiet: QuietHours | None
    zone: str

    def end_after(self, at: datetime) -> datetime:
        """Return from when on they may be told something that would be told at `at`."""
        return self.quiet.end_after(at, self.zone) if self.quiet else at


@command
def set_quiet_hours(actor: Actor, quiet: QuietHours | None) -> None:
    """Keep in which hours the actor is told nothing; None: in none."""
    if quiet is not None and quiet.from_minute == quiet.until_minute:
        raise Invalid("quiet.endless", _("Quiet hours end at another time than they begin."), field="until")
    person = session().scalar(select(Person).where(Person.id == actor.id, Person.is_active).with_for_update())
    if person is None:
        raise no_such_person()
    wanted = {
        "quiet_from_minute": quiet.from_minute if quiet else None,
        "quiet_until_minute": quiet.until_minute if quiet else None,
    }
    changes: dict[str, str | int | bool | None] = {
        name: value for name, value in wanted.items() if value != getattr(person, name)
    }
    for name, value in changes.items():
        setattr(person, name, value)
    if changes:
        publish(PersonChanged(stream_id=person.id, changes=changes))


def quiet_hours_of(person_id: int) -> QuietRow:
    """Return the quiet hours of a person."""
    query = select(Person.quiet_from_minute, Person.quiet_until_minute, Person.zone)
    row = session().execute(query.where(Person.id == person_id)).one_or_none()
    if row is None:
        raise no_such_person()
    begins, ends, zone = row
    quiet = QuietHours(begins, ends) if begins is not None and ends is not None else None
    # UTC is what a person begins with: nobody has said where they live.
    return QuietRow(quiet, zone if zone != "UTC" else the_settings().zone)
