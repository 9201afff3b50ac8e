"""Reading people: actors for those who act, rows for those who are shown."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from typing import cast as typing_cast

from sqlalchemy import Row, Select, String, bindparam, cast, func, literal_column, select

from servicedesk.identity.actor import Actor
from servicedesk.identity.directory import grants_of, roles
from servicedesk.identity.models import GroupMember, Organisation, Person, PersonRole
from servicedesk.identity.permissions import Permission
from servicedesk.kernel.db import session
from servicedesk.kernel.errors import NotFound
from servicedesk.kernel.folding import fold_text
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.log_mark import know_mark, log_mark
from servicedesk.kernel.state import THE_ROW, DeskState, know_revision


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person as lists and side panels show them."""

    id: int
    name: str
    email: str
    organisation_id: int | None
    organisation_name: str | None
    branch_id: int | None
    language: str
    zone: str
    is_active: bool


# Written out: as a parameter it would keep the statement from being prepared.
_COMMA = typing_cast(str, literal_column("','"))
_GROUP_IDS = (
    select(func.aggregate_strings(cast(GroupMember.group_id, String), _COMMA))
    .where(GroupMember.person_id == Person.id)
    .correlate(Person)
    .scalar_subquery()
)
_ROLE_IDS = (
    select(func.aggregate_strings(cast(PersonRole.role_id, String), _COMMA))
    .where(PersonRole.person_id == Person.id)
    .correlate(Person)
    .scalar_subquery()
)

# Everything that makes an actor, with the configuration's revision, in one statement.
ACTOR_COLUMNS = (
    Person.id,
    Person.name,
    Person.email,
    Person.organisation_id,
    Person.branch_id,
    Person.language,
    Person.zone,
    Person.theme,
    _GROUP_IDS.label("group_ids"),
    _ROLE_IDS.label("role_ids"),
    DeskState.revision,
    log_mark().label("log_mark"),
)
_ACTOR_BY_ID = (
    select(*ACTOR_COLUMNS)
    .join(DeskState, DeskState.id == THE_ROW)
    .where(Person.id == bindparam("person_id"), Person.is_active)
)


def actor_of(person_id: int) -> Actor:
    """Return the person as an actor with the rights of this moment; raises NotFound for nobody active."""
    row = session().execute(_ACTOR_BY_ID, {"person_id": person_id}).one_or_none()
    if row is None:
        raise no_such_person()
    return actor_from(row)


def no_such_person() -> NotFound:
    """Return the error for somebody who is not there or no longer active."""
    return NotFound("person.not_found", _("There is no such person."))


def actor_from(row: Row[Any]) -> Actor:
    """Return the actor in a row of ACTOR_COLUMNS (and tell the caches what else it brought)."""
    know_revision(row.revision)
    know_mark(row.log_mark)
    grants = grants_of(_ids(row.role_ids))
    return Actor(
        kind="person",
        id=row.id,
        name=row.name,
        email=row.email,
        organisation_id=row.organisation_id,
        branch_id=row.branch_id,
        group_ids=_ids(row.group_ids),
        grants=grants,
        language=row.language,
        zone=row.zone,
        theme=row.theme,
        is_customer=Permission.QUEUE_SEE not in grants,
    )


def _ids(text: str | None) -> frozenset[int]:
    return frozenset(int(part) for part in text.split(",")) if text else frozenset()


def _person_rows() -> Select[*tuple[Any, ...]]:
    return select(
        Person.id,
        Person.name,
        Person.email,
        Person.organisation_id,
        Organisation.name,
        Person.branch_id,
        Person.language,
        Person.zone,
        Person.is_active,
    ).outerjoin(Organisation, Organisation.id == Person.organisation_id)


def people(ids: Collection[int]) -> Mapping[int, PersonRow]:
    """Return the people with these ids, by id; unknown ids are left out."""
    if not ids:
        return {}
    query = _person_rows().where(Person.id.in_(sorted(ids)))
    return {row[0]: PersonRow(*row) for row in session().execute(query)}


def person_by_email(email: str) -> PersonRow | None:
    """Return the person with this address in any case, or None."""
    row = session().execute(_person_rows().where(Person.email == folded_email(email))).one_or_none()
    return PersonRow(*row) if row else None


def people_matching(viewer: Actor, text: str, *, limit: int = 20) -> list[PersonRow]:
    """Return active people whose name begins with `text` or contains a word that does, by name.

    Empty for a viewer who may not file for others.
    """
    if not viewer.has(Permission.TICKET_FILE_FOR_OTHERS) or not text.strip():
        return []
    wanted = fold_text(text.strip())
    query = (
        _person_rows()
        .where(
            Person.is_active,
            Person.name_folded.startswith(wanted, autoescape=True)
            | Person.name_folded.contains(f" {wanted}", autoescape=True)
            | Person.email.startswith(folded_email(text), autoescape=True),
        )
        .order_by(Person.name, Person.id)
        .limit(limit)
    )
    return [PersonRow(*row) for row in session().execute(query)]


def roles_of(person_id: int) -> tuple[str, ...]:
    """Return the keys of the person's roles, sorted."""
    held = set(session().scalars(select(PersonRole.role_id).where(PersonRole.person_id == person_id)))
    return tuple(sorted(key for key, role in roles().items() if role.id in held))


def has_administrator() -> bool:
    """Say whether anybody active may manage roles."""
    return bool(administrator_ids())


def is_deserted() -> bool:
    """Say whether the desk knows nobody at all yet."""
    return session().scalar(select(Person.id).limit(1)) is None


def administrator_ids() -> frozenset[int]:
    """Return the active people who may manage roles over the whole desk."""
    able = {
        role.id
        for role in roles().values()
        if Permission.ROLES_MANAGE in role.permissions and role.scope == "all"
    }
    query = (
        select(PersonRole.person_id)
        .join(Person, Person.id == PersonRole.person_id)
        .where(PersonRole.role_id.in_(sorted(able)), Person.is_active)
    )
    return frozenset(session().scalars(query))


def folded_email(email: str) -> str:
    """Return an address as it is stored and compared. Accents stay: they make another mailbox."""
    return email.strip().lower()
