"""What happens to people, groups, roles and organisations, security events included, as the log keeps it.

Failed sign-ins for a name that nobody has stand in the stream of person 0.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from servicedesk.kernel.events import DomainEvent

PERSON = "person"
GROUP = "group"
ROLE = "role"
ORGANISATION = "organisation"
NOBODY = 0


@dataclass(frozen=True, kw_only=True)
class PersonCreated(DomainEvent):
    """Somebody became known to the desk."""

    stream_kind: ClassVar[str] = PERSON
    type: ClassVar[str] = "person_created"
    personal: ClassVar[frozenset[str]] = frozenset({"name", "email"})

    name: str
    email: str
    organisation_id: int | None
    branch_id: int | None
    roles: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class PersonChanged(DomainEvent):
    """Facts about a person changed; `changes` maps column to new value, names and addresses left out."""

    stream_kind: ClassVar[str] = PERSON
    type: ClassVar[str] = "person_changed"

    changes: dict[str, str | int | bool | None]


@dataclass(frozen=True, kw_only=True)
class PersonRenamed(DomainEvent):
    """Somebody is called something else."""

    stream_kind: ClassVar[str] = PERSON
    type: ClassVar[str] = "person_renamed"
    personal: ClassVar[frozenset[str]] = frozenset({"name"})

    name: str


@dataclass(frozen=True, kw_only=True)
class RolesChanged(DomainEvent):
    """A person's roles are now `after`."""

    stream_kind: ClassVar[str] = PERSON
    type: ClassVar[str] = "roles_changed"

    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class PasswordSet(DomainEvent):
    """A person's password was set, and every sign-in of theirs ended but the one that set it."""

    stream_kind: ClassVar[str] = PERSON
    type: ClassVar[str] = "password_set"


@dataclass(frozen=True, kw_only=True)
class SignedIn(DomainEvent):
    """Somebody signed in; `session` is the beginning of the stored digest."""

    stream_kind: ClassVar[str] = PERSON
    type: ClassVar[str] = "signed_in"
    personal: ClassVar[frozenset[str]] = frozenset({"address", "user_agent"})

    session: str
    address: str
    user_agent: str


@dataclass(frozen=True, kw_only=True)
class SignInFailed(DomainEvent):
    """Somebody tried to sign in under this name and could not."""

    stream_kind: ClassVar[str] = PERSON
    type: ClassVar[str] = "sign_in_failed"
    personal: ClassVar[frozenset[str]] = frozenset({"address", "email"})

    address: str
    email: str


@dataclass(frozen=True, kw_only=True)
class SignedOut(DomainEvent):
    """A sign-in ended: by the person (`own`), or by somebody who may."""

    stream_kind: ClassVar[str] = PERSON
    type: ClassVar[str] = "signed_out"

    sessions: int
    own: bool


@dataclass(frozen=True, kw_only=True)
class LinkIssued(DomainEvent):
    """A one-time link was made."""

    stream_kind: ClassVar[str] = PERSON
    type: ClassVar[str] = "link_issued"

    purpose: str
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class TokenIssued(DomainEvent):
    """A token for the API was made."""

    stream_kind: ClassVar[str] = PERSON
    type: ClassVar[str] = "token_issued"

    name: str
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class TokenEnded(DomainEvent):
    """A token for the API counts no longer."""

    stream_kind: ClassVar[str] = PERSON
    type: ClassVar[str] = "token_ended"

    name: str


@dataclass(frozen=True, kw_only=True)
class GroupCreated(DomainEvent):
    """An assignment group began, with its lead."""

    stream_kind: ClassVar[str] = GROUP
    type: ClassVar[str] = "group_created"

    key: str
    name: str
    lead_id: int
    is_triage: bool


@dataclass(frozen=True, kw_only=True)
class GroupNamed(DomainEvent):
    """A group is called something else; `names` maps language to name."""

    stream_kind: ClassVar[str] = GROUP
    type: ClassVar[str] = "group_named"

    name: str
    names: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class MembersChanged(DomainEvent):
    """People joined or left a group, or it has another lead."""

    stream_kind: ClassVar[str] = GROUP
    type: ClassVar[str] = "members_changed"

    joined: tuple[int, ...] = ()
    left: tuple[int, ...] = ()
    lead_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class RoleSaved(DomainEvent):
    """A role was made or changed."""

    stream_kind: ClassVar[str] = ROLE
    type: ClassVar[str] = "role_saved"

    key: str
    name: str
    scope: str
    permissions: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class OrganisationCreated(DomainEvent):
    """An organisation became known."""

    stream_kind: ClassVar[str] = ORGANISATION
    type: ClassVar[str] = "organisation_created"

    key: str
    name: str
    tier: str


@dataclass(frozen=True, kw_only=True)
class BranchCreated(DomainEvent):
    """An organisation has a site more."""

    stream_kind: ClassVar[str] = ORGANISATION
    type: ClassVar[str] = "branch_created"

    key: str
    name: str
    zone: str
