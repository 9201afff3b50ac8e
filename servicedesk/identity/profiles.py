"""What is known of a person: name, organisation, site, language, zone; coming back; a link to come in."""

from dataclasses import dataclass
from zoneinfo import available_timezones

from sqlalchemy import select

from servicedesk.identity.access import require
from servicedesk.identity.actor import Actor
from servicedesk.identity.directory import branches, organisations
from servicedesk.identity.events import PersonChanged, PersonRenamed
from servicedesk.identity.models import Person
from servicedesk.identity.names import clean_name
from servicedesk.identity.permissions import Permission
from servicedesk.identity.queries import no_such_person
from servicedesk.identity.reach import require_no_less, require_version
from servicedesk.identity.tokens import SET_PASSWORD, issue_token
from servicedesk.kernel.command import command
from servicedesk.kernel.db import session
from servicedesk.kernel.errors import Invalid, Refused
from servicedesk.kernel.folding import fold_text
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.i18n import languages
from servicedesk.kernel.save import publish
from servicedesk.kernel.state import configuration_changed


@dataclass(frozen=True, kw_only=True)
class Profile:
    """All that an administrator may write down about a person, roles and groups aside."""

    name: str
    organisation_id: int | None
    branch_id: int | None
    language: str
    zone: str


@command
def change_person(
    actor: Actor, person_id: int, profile: Profile, *, expected_version: int | None = None
) -> None:
    """Write down what is known of a person; nothing happens where nothing changes."""
    require(actor, Permission.PEOPLE_MANAGE)
    configuration_changed()
    person = _locked(person_id)
    require_no_less(actor, person_id)
    require_version(person, expected_version)
    name = clean_name(profile.name)
    check_places(profile.organisation_id, profile.branch_id, profile.language, profile.zone)
    is_renamed, changes = name != person.name, _differences(person, profile)
    if is_renamed:
        person.name, person.name_folded = name, fold_text(name)[:240]
        publish(PersonRenamed(stream_id=person_id, name=name))
    for column, value in changes.items():
        setattr(person, column, value)
    if changes:
        publish(PersonChanged(stream_id=person_id, changes=changes))
    if is_renamed or changes:
        person.row_version += 1


def check_places(organisation_id: int | None, branch_id: int | None, language: str, zone: str) -> None:
    """Raise Invalid where organisation, site, language or zone are not ones of the desk."""
    if organisation_id is not None and organisation_id not in organisations():
        raise Invalid(
            "organisation.unknown", _("Choose an organisation from the list."), field="organisation_id"
        )
    if branch_id is not None:
        branch = branches().get(branch_id)
        if branch is None or branch.organisation_id != organisation_id:
            raise Invalid(
                "branch.unknown", _("Choose a site of the person's organisation."), field="branch_id"
            )
    if language not in languages():
        raise Invalid("language.unknown", _("Choose a language from the list."), field="language")
    if zone not in available_timezones():
        raise Invalid("zone.unknown", _("Choose a time zone from the list."), field="zone")


@command
def reactivate_person(actor: Actor, person_id: int, *, expected_version: int | None = None) -> None:
    """Let somebody in again who was deactivated; the password of before counts."""
    require(actor, Permission.PEOPLE_MANAGE)
    configuration_changed()
    person = _locked(person_id)
    require_no_less(actor, person_id)
    require_version(person, expected_version)
    if person.is_active:
        raise Refused("person.is_active", _("%(name)s is active already.", name=person.name))
    person.is_active = True
    person.row_version += 1
    publish(PersonChanged(stream_id=person_id, changes={"is_active": True}))


@command
def invite_person(actor: Actor, person_id: int) -> str:
    """Return the secret of a link with which a person chooses a password; earlier links count no more."""
    require(actor, Permission.PEOPLE_MANAGE)
    person = _locked(person_id)
    require_no_less(actor, person_id)
    if not person.is_active:
        raise Refused("person.inactive", _("%(name)s is not active.", name=person.name))
    return issue_token(actor, SET_PASSWORD, person_id=person_id)


def _locked(person_id: int) -> Person:
    session().flush()  # what this save has changed so far must be in the row that is read again
    query = select(Person).where(Person.id == person_id).with_for_update()
    person = session().scalar(query, execution_options={"populate_existing": True})
    if person is None:
        raise no_such_person()
    return person


def _differences(person: Person, profile: Profile) -> dict[str, str | int | bool | None]:
    columns = ("organisation_id", "branch_id", "language", "zone")
    wanted = {column: getattr(profile, column) for column in columns}
    return {column: value for column, value in wanted.items() if value != getattr(person, column)}
