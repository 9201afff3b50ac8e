"""Tables of people, organisations, groups, roles and server-side sessions. Columns only."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from servicedesk.kernel.db import Base, Id


class Organisation(Base):
    """A customer firm, or our own. `tier` is one of tiers.Tier; agreements match on it."""

    __tablename__ = "organisation"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    tier: Mapped[str] = mapped_column(String(16), default="standard")
    is_active: Mapped[bool] = mapped_column(default=True)
    row_version: Mapped[int] = mapped_column(default=1)


class Branch(Base):
    """A site of an organisation, with its own zone."""

    __tablename__ = "branch"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    zone: Mapped[str] = mapped_column(String(64))
    row_version: Mapped[int] = mapped_column(default=1)


class Person(Base):
    """Anybody known to the desk. `email` is stored folded and is what people sign in with.

    `password_hash` is argon2id, or None for somebody who cannot sign in. Quiet hours are minutes of the day
    on the wall clock of `zone`; both are None for somebody who has none.
    """

    __tablename__ = "person"
    __table_args__ = (Index("ix_person_name", "name_folded", "id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    name_folded: Mapped[str] = mapped_column(String(240))
    email: Mapped[str] = mapped_column(String(254), unique=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    branch_id: Mapped[int | None] = mapped_column(ForeignKey("branch.id"))
    language: Mapped[str] = mapped_column(String(12), default="en")
    zone: Mapped[str] = mapped_column(String(64), default="UTC")
    theme: Mapped[str] = mapped_column(String(8), default="auto")
    quiet_from_minute: Mapped[int | None]
    quiet_until_minute: Mapped[int | None]
    password_hash: Mapped[str | None] = mapped_column(Text)
    is_active: Mapped[bool] = mapped_column(default=True)
    is_imported: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    row_version: Mapped[int] = mapped_column(default=1)


class AssignmentGroup(Base):
    """A team that tickets are assigned to; the lead is accountable for what has no assignee.

    `names` is JSON of language to name; `name` is what is shown where a language is missing.
    """

    __tablename__ = "assignment_group"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    names: Mapped[str] = mapped_column(Text, default="{}")
    lead_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    is_triage: Mapped[bool] = mapped_column(default=False)
    is_active: Mapped[bool] = mapped_column(default=True)
    row_version: Mapped[int] = mapped_column(default=1)


class GroupMember(Base):
    """Who belongs to which assignment group."""

    __tablename__ = "group_member"

    group_id: Mapped[int] = mapped_column(ForeignKey("assignment_group.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, index=True)


class Role(Base):
    """A named set of permissions that reaches as far as `scope`."""

    __tablename__ = "role"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    scope: Mapped[str] = mapped_column(String(16))
    row_version: Mapped[int] = mapped_column(default=1)


class RolePermission(Base):
    """One permission that a role grants."""

    __tablename__ = "role_permission"

    role_id: Mapped[int] = mapped_column(ForeignKey("role.id"), primary_key=True)
    permission: Mapped[str] = mapped_column(String(48), primary_key=True)


class PersonRole(Base):
    """Which roles a person holds; it takes effect on the next request."""

    __tablename__ = "person_role"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    role_id: Mapped[int] = mapped_column(ForeignKey("role.id"), primary_key=True)


class AuthSession(Base):
    """A sign-in that can be listed and revoked. `token_digest` is SHA-256 of the cookie's random token.

    `address` is from where the person was seen last, None for sign-ins older than the column.
    """

    __tablename__ = "auth_session"
    __table_args__ = (Index("ix_auth_session_person", "person_id", "expires_at"),)

    token_digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    user_agent: Mapped[str] = mapped_column(String(200), default="")
    address: Mapped[str | None] = mapped_column(String(64))


class SignInAttempt(Base):
    """Failed sign-ins, counted per account and per address to slow guessing down."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (Index("ix_sign_in_attempt_subject", "subject", "at"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    subject: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime]


class OneTimeToken(Base):
    """A one-time link; `digest` is SHA-256 of its secret. `person_id` None is for whoever comes first."""

    __tablename__ = "one_time_token"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(32))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class ApiToken(Base):
    """A program's way in, with the rights of the person it belongs to. `digest` is SHA-256 of its secret."""

    __tablename__ = "api_token"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
