"""Making and changing people: create, roles, password, preferences, farewell."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from zoneinfo import available_timezones

from sqlalchemy import delete, select, update

from servicedesk.identity import passwords
from servicedesk.identity.access import require
from servicedesk.identity.actor import Actor
from servicedesk.identity.addresses import is_address
from servicedesk.identity.directory import RoleRow, groups, roles
from servicedesk.identity.events import PasswordSet, PersonChanged, PersonCreated, RolesChanged, TokenEnded
from servicedesk.identity.models import ApiToken, AuthSession, OneTimeToken, Person, PersonRole
from servicedesk.identity.names import clean_name
from servicedesk.identity.permissions import Permission
from servicedesk.identity.queries import administrator_ids, folded_email, no_such_person, roles_of
from servicedesk.identity.reach import grants_more, require_no_less, require_version
from servicedesk.kernel import clock
from servicedesk.kernel.command import command, once, remember
from servicedesk.kernel.db import insert_rows, session
from servicedesk.kernel.errors import Invalid, NotAllowed, Refused
from servicedesk.kernel.folding import fold_text
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.refs import StreamRef
from servicedesk.kernel.save import begin_stream, publish
from servicedesk.kernel.state import configuration_changed

THEMES = ("auto", "light", "dark")
BULK = 500


@dataclass(frozen=True, kw_only=True)
class NewPerson:
    """Somebody to be made known. `roles` are keys; `is_imported` marks people from history."""

    name: str
    email: str
    roles: tuple[str, ...] = ("customer",)
    organisation_id: int | None = None
    branch_id: int | None = None
    language: str = "en"
    zone: str = "UTC"
    is_imported: bool = False


def create_person(
    actor: Actor, new: NewPerson, *, password: str | None = None, key: str | None = None
) -> int:
    """Make a person known and return the id; without `password` they cannot sign in yet.

    The same `key` makes them known once.
    Raises Invalid for an address that is taken or unusable, NotAllowed where the actor may not make
    people or lacks what the roles grant.
    """
    if password is not None:
        passwords.check_password(password, email=folded_email(new.email))
    stored = passwords.hash_password(password) if password is not None else None
    return once(key, asdict(new), lambda: _create_person(actor, new, stored, key))


@command
def _create_person(actor: Actor, new: NewPerson, stored: str | None, key: str | None) -> int:
    require(actor, Permission.PEOPLE_MANAGE)
    if session().scalar(select(Person.id).where(Person.email == folded_email(new.email))) is not None:
        raise Invalid("person.email_taken", _("Somebody with this address is already here."), field="email")
    person_id = _insert(actor, [new], {folded_email(new.email): stored})[0]
    remember(key, asdict(new), person_id)
    return person_id


@command
def create_people(actor: Actor, new: Sequence[NewPerson]) -> dict[str, int]:
    """Make many people known at once and return the ids by folded address.

    Those whose address is known already stay as they are. None of the new ones can sign in yet.
    """
    require(actor, Permission.PEOPLE_MANAGE)
    wanted = {folded_email(person.email): person for person in new}
    known = _ids_by_email(list(wanted))
    missing = [person for email, person in wanted.items() if email not in known]
    for start in range(0, len(missing), BULK):
        part = missing[start : start + BULK]
        ids = _insert(actor, part, {})
        known |= {folded_email(person.email): number for person, number in zip(part, ids, strict=True)}
    return known


def _ids_by_email(emails: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for start in range(0, len(emails), BULK):
        query = select(Person.email, Person.id).where(Person.email.in_(emails[start : start + BULK]))
        found |= {row.email: row.id for row in session().execute(query)}
    return found


def _insert(actor: Actor, new: Sequence[NewPerson], stored: Mapping[str, str | None]) -> list[int]:
    """Insert people with their roles and events; as many statements for one as for a batch."""
    held = [_grantable(actor, person.roles) for person in new]
    emails = [folded_email(person.email) for person in new]
    insert_rows(
        Person, [_columns(person, stored.get(email)) for person, email in zip(new, emails, strict=True)]
    )
    known = _ids_by_email(emails)
    ids = [known[email] for email in emails]
    granted = [(number, role.id) for number, found in zip(ids, held, strict=True) for role in found]
    insert_rows(PersonRole, [{"person_id": number, "role_id": role_id} for number, role_id in granted])
    for number, person in zip(ids, new, strict=True):
        _publish_created(number, person)
    if any(Permission.QUEUE_SEE in role.permissions for found in held for role in found):
        configuration_changed()
    return ids


def _publish_created(person_id: int, person: NewPerson) -> None:
    begin_stream(StreamRef(PersonCreated.stream_kind, person_id))
    publish(
        PersonCreated(
            stream_id=person_id,
            name=person.name,
            email=folded_email(person.email),
            organisation_id=person.organisation_id,
            branch_id=person.branch_id,
            roles=person.roles,
        )
    )


def _columns(person: NewPerson, stored: str | None) -> dict[str, object]:
    email, name = folded_email(person.email), clean_name(person.name)
    if not is_address(email):
        raise Invalid("person.email", _("Write an e-mail address such as name@example.org."), field="email")
    return {
        "name": name,
        "name_folded": fold_text(name)[:240],
        "email": email,
        "organisation_id": person.organisation_id,
        "branch_id": person.branch_id,
        "language": person.language,
        "zone": person.zone,
        "theme": "auto",
        "password_hash": stored,
        "is_active": True,
        "is_imported": person.is_imported,
        "created_at": clock.now(),
        "row_version": 1,
    }


def _grantable(actor: Actor, keys: Sequence[str]) -> list[RoleRow]:
    """Return the roles with these keys; raises NotAllowed where they grant what the actor lacks."""
    known = roles()
    unknown = [key for key in keys if key not in known]
    if unknown:
        raise Invalid("role.unknown", _("There is no role %(role)s.", role=unknown[0]), field="roles")
    wanted = [known[key] for key in keys]
    for role in wanted:
        if grants_more(actor, role):
            sentence = _("You cannot give the role %(role)s: it may do more than you.", role=role.name)
            raise NotAllowed("role.grants_more", sentence, role=role.key)
    return wanted


@command
def set_roles(actor: Actor, person_id: int, *, roles: Sequence[str]) -> None:
    """Give a person these roles and no others, from their next request on.

    Nobody gives what they lack, and the last administrator stays one.
    """
    require(actor, Permission.ROLES_MANAGE)
    configuration_changed()  # also locks out others who change roles at the same time
    person = _person(person_id)
    require_no_less(actor, person_id)
    before, wanted = roles_of(person_id), _grantable(actor, roles)
    if tuple(sorted(roles)) == before:
        return
    session().execute(delete(PersonRole).where(PersonRole.person_id == person_id))
    insert_rows(PersonRole, [{"person_id": person_id, "role_id": role.id} for role in wanted])
    person.row_version += 1
    _forget_links(person_id)
    _keep_an_administrator()
    publish(RolesChanged(stream_id=person_id, before=before, after=tuple(sorted(roles))))


@command
def deactivate_person(actor: Actor, person_id: int, *, expected_version: int | None = None) -> None:
    """Let a person in no more, nor their programs; what they did stays.

    Somebody who leads a group must hand it over first.
    """
    require(actor, Permission.PEOPLE_MANAGE)
    configuration_changed()
    person = _person(person_id)
    require_no_less(actor, person_id)
    require_version(person, expected_version)
    led = [group.name for group in groups().values() if group.lead_id == person_id and group.is_active]
    if led:
        sentence = _(
            "%(name)s leads %(group)s. Give the group another lead first.", name=person.name, group=led[0]
        )
        raise Refused("person.leads_group", sentence)
    person.is_active = False
    person.row_version += 1
    session().flush()
    _end_sign_ins(person_id)
    _keep_an_administrator()
    publish(PersonChanged(stream_id=person_id, changes={"is_active": False}))


def set_password(actor: Actor, person_id: int, *, password: str, keep_session: str | None = None) -> None:
    """Set a person's password and end their sign-ins, but for the one whose digest is `keep_session`.

    Their tokens for programs end too: whoever changes a password may do so because somebody else had it,
    and with it could have made a token. People set their own (the door has asked for the old one);
    administrators anybody's.
    """
    if actor.id != person_id:
        require(actor, Permission.PEOPLE_MANAGE)
        require_no_less(actor, person_id)
    person = session().scalar(select(Person).where(Person.id == person_id))
    if person is None:
        raise no_such_person()
    passwords.check_password(password, email=person.email)
    keep_password(actor, person_id, passwords.hash_password(password), keep_session)


@command
def keep_password(actor: Actor, person_id: int, stored: str, keep_session: str | None = None) -> None:
    """Store a password's hash, end sign-ins and tokens; the caller has checked rights and password."""
    query = update(Person).where(Person.id == person_id).values(password_hash=stored)
    session().execute(query, execution_options={"synchronize_session": "fetch"})
    _end_sign_ins(person_id, keep_session)
    publish(PasswordSet(stream_id=person_id))


@command
def set_preferences(
    actor: Actor, *, language: str | None = None, zone: str | None = None, theme: str | None = None
) -> None:
    """Keep what the actor prefers on every page; None leaves a thing as it is."""
    if zone is not None and zone not in available_timezones():
        raise Invalid("zone.unknown", _("Choose a time zone from the list."), field="zone")
    if theme is not None and theme not in THEMES:
        raise Invalid("theme.unknown", _("Choose light, dark or automatic."), field="theme")
    person = _person(actor.id or 0)
    wanted = {"language": language, "zone": zone, "theme": theme}
    changes: dict[str, str | int | bool | None] = {
        name: value for name, value in wanted.items() if value is not None and value != getattr(person, name)
    }
    for name, value in changes.items():
        setattr(person, name, value)
    if changes:
        publish(PersonChanged(stream_id=person.id, changes=changes))


def _person(person_id: int) -> Person:
    session().flush()  # what this save has changed so far must be in the row that is read again
    query = select(Person).where(Person.id == person_id, Person.is_active).with_for_update()
    person = session().scalar(query, execution_options={"populate_existing": True})
    if person is None:
        raise no_such_person()
    return person


def _keep_an_administrator() -> None:
    if not administrator_ids():
        sentence = _("This is the last administrator. Make somebody else one first.")
        raise Refused("role.last_administrator", sentence)


def _end_sign_ins(person_id: int, keep_session: str | None = None) -> None:
    query = delete(AuthSession).where(AuthSession.person_id == person_id)
    if keep_session is not None:
        query = query.where(AuthSession.token_digest != keep_session)
    session().execute(query, execution_options={"synchronize_session": False})
    _forget_links(person_id)
    _end_tokens(person_id)


def _end_tokens(person_id: int) -> None:
    query = delete(ApiToken).where(ApiToken.person_id == person_id).returning(ApiToken.name)
    ended = session().scalars(query, execution_options={"synchronize_session": False})
    for name in sorted(ended):
        publish(TokenEnded(stream_id=person_id, name=name))


def _forget_links(person_id: int) -> None:
    query = delete(OneTimeToken).where(OneTimeToken.person_id == person_id)
    session().execute(query, execution_options={"synchronize_session": False})
