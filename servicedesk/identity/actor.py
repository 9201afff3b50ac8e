"""The actor: who is acting, with which rights, as one immutable value. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from servicedesk.identity.permissions import Permission, Scope
from servicedesk.kernel.refs import ActorRef, Cause

Grants = Mapping[Permission, frozenset[Scope]]


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody (or something) that acts or looks, with the grants in force for this request.

    `kind` is person, system or automation. `group_ids` are the assignment groups of the person;
    `may_everything` is for the desk itself, never for a person. `only_ticket_id` is for somebody who holds
    the private link of one request: whatever is granted reaches that one and no other.
    """

    kind: str
    id: int | None = None
    name: str = ""
    email: str = ""
    organisation_id: int | None = None
    branch_id: int | None = None
    group_ids: frozenset[int] = frozenset()
    grants: Grants = field(default_factory=dict)
    language: str = "en"
    zone: str = "UTC"
    theme: str = "auto"
    is_customer: bool = False
    may_everything: bool = False
    only_ticket_id: int | None = None
    because: Cause | None = None

    @property
    def ref(self) -> ActorRef:
        """Who, for the event log."""
        return ActorRef(self.kind, self.id)

    @property
    def cause(self) -> Cause:
        """Because of what; a person acts of their own accord."""
        return self.because or Cause("person", str(self.id) if self.id is not None else None)

    def scopes(self, permission: Permission) -> frozenset[Scope]:
        """Return how far the actor's grant of `permission` reaches; empty means not at all."""
        if self.may_everything:
            return frozenset({Scope.ALL})
        return self.grants.get(permission, frozenset())

    def has(self, permission: Permission) -> bool:
        """Say whether the actor has `permission` in any scope."""
        return bool(self.scopes(permission))


def anonymous_actor(language: str = "en", zone: str = "UTC") -> Actor:
    """Return somebody who is not signed in: no grants at all."""
    return Actor(kind="anonymous", language=language, zone=zone, is_customer=True)


def system_actor(cause: Cause) -> Actor:
    """Return the desk itself acting because of `cause` (schedule, import, demo)."""
    return Actor(kind="system", may_everything=True, because=cause)


def automation_actor(cause: Cause) -> Actor:
    """Return a rule, model or agreement acting; `cause` names it with its version."""
    return Actor(kind="automation", may_everything=True, because=cause)
