"""Who may do what with which ticket: one permission function in two readings, and the scoped loader."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import NamedTuple, Protocol

from sqlalchemy import ColumnElement, and_, bindparam, false, or_, select, true

from servicedesk.identity.actor import Actor
from servicedesk.identity.directory import groups
from servicedesk.identity.permissions import OF_REQUESTERS, Permission, Scope
from servicedesk.kernel.db import AnySelect, Id, session
from servicedesk.kernel.errors import Conflict, NotAllowed, NotFound
from servicedesk.kernel.event_log import StreamHead
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.refs import StreamRef
from servicedesk.kernel.save import know_head
from servicedesk.tickets.events import STREAM
from servicedesk.tickets.models import Ticket

STATEMENTS_KEPT = 200
# Who is offered a ticket of another team must be able to read what they would take on.
TO_READ = frozenset({Permission.TICKET_SEE, Permission.TICKET_SEE_NOTES, Permission.QUEUE_SEE})


class OfferFacts(Protocol):
    """Whether a hand-over of a ticket is on offer, and to whom."""

    @property
    def offered_by_id(self) -> int | None: ...
    @property
    def offered_group_id(self) -> int | None: ...
    @property
    def offered_to_id(self) -> int | None: ...


class TicketFacts(OfferFacts, Protocol):
    """What the permission function looks at."""

    @property
    def id(self) -> int: ...
    @property
    def requester_id(self) -> int: ...
    @property
    def organisation_id(self) -> int | None: ...
    @property
    def branch_id(self) -> int | None: ...
    @property
    def group_id(self) -> int: ...
    @property
    def assignee_id(self) -> int | None: ...


def may(actor: Actor, permission: Permission, ticket: TicketFacts, triage_ids: frozenset[int]) -> bool:
    """Say whether `actor` has `permission` on `ticket`: the Python reading of `visible_to`.

    `triage_ids` are the ids of the triage groups.
    """
    if actor.only_ticket_id is not None and ticket.id != actor.only_ticket_id:
        return False
    scopes = scopes_of(actor, permission)
    if any(_reaches(scope, actor, ticket, triage_ids) for scope in scopes):
        return True
    return _reads_offers(permission, scopes) and is_offered_to(actor, ticket)


def is_offered_to(actor: Actor, ticket: OfferFacts) -> bool:
    """Say whether a hand-over of the ticket is on offer to the actor, alone or with their team.

    Who left the team since is not meant any more; nor is whoever offered it.
    """
    is_to_them = ticket.offered_to_id is None or ticket.offered_to_id == actor.id
    return is_to_them and ticket.offered_group_id in actor.group_ids and ticket.offered_by_id != actor.id


def _reads_offers(permission: Permission, scopes: frozenset[Scope]) -> bool:
    """Say whether a grant over a team's tickets reaches, for reading, those offered to it."""
    return Scope.GROUP in scopes and permission in TO_READ


def scopes_of(actor: Actor, permission: Permission) -> frozenset[Scope]:
    """Return how far `actor` has `permission` over tickets: as granted, and as a requester over their own."""
    granted = actor.scopes(permission)
    return granted | {Scope.OWN} if granted and permission in OF_REQUESTERS else granted


def _reaches(scope: Scope, actor: Actor, ticket: TicketFacts, triage_ids: frozenset[int]) -> bool:
    if scope is Scope.ALL:
        return True
    if scope is Scope.OWN:
        return actor.id is not None and ticket.requester_id == actor.id
    if scope is Scope.GROUP:
        is_mine = actor.id is not None and ticket.assignee_id == actor.id
        return is_mine or ticket.group_id in actor.group_ids | triage_ids
    if scope is Scope.BRANCH:
        return actor.branch_id is not None and ticket.branch_id == actor.branch_id
    return actor.organisation_id is not None and ticket.organisation_id == actor.organisation_id


class Sight(NamedTuple):
    """How far a permission reaches, and nothing else of who has it: equal where the same tickets are seen.

    Statements and counts may be kept by it. Only what the scopes look at is filled. offered_to: the teams
    whose offers it reaches; None where it reaches no offers.
    """

    scopes: frozenset[Scope]
    person_id: int | None = None
    group_ids: frozenset[int] = frozenset()
    branch_id: int | None = None
    organisation_id: int | None = None
    offered_to: frozenset[int] | None = None
    only_ticket_id: int | None = None


def sight_of(viewer: Actor, permission: Permission = Permission.TICKET_SEE) -> Sight:
    """Return how far `viewer` has `permission`."""
    scopes = scopes_of(viewer, permission)
    if Scope.ALL in scopes:
        return Sight(frozenset({Scope.ALL}), only_ticket_id=viewer.only_ticket_id)
    return Sight(
        scopes=scopes,
        person_id=viewer.id if scopes & {Scope.OWN, Scope.GROUP} else None,
        group_ids=viewer.group_ids | triage_ids() if Scope.GROUP in scopes else frozenset(),
        branch_id=viewer.branch_id if Scope.BRANCH in scopes else None,
        organisation_id=viewer.organisation_id if Scope.ORGANISATION in scopes else None,
        offered_to=viewer.group_ids if _reads_offers(permission, scopes) else None,
        only_ticket_id=viewer.only_ticket_id,
    )


def visible_to(viewer: Actor, permission: Permission = Permission.TICKET_SEE) -> ColumnElement[bool]:
    """Return the predicate over `ticket` that holds where `viewer` has `permission`."""
    return within(sight_of(viewer, permission))


def within(sight: Sight) -> ColumnElement[bool]:
    """Return the predicate over `ticket` that holds where `sight` reaches."""
    if sight.only_ticket_id is not None:
        return and_(Ticket.id == sight.only_ticket_id, within(sight._replace(only_ticket_id=None)))
    if Scope.ALL in sight.scopes:
        return true()
    readings: Mapping[Scope, Callable[[Sight], ColumnElement[bool]]] = {
        Scope.OWN: _own,
        Scope.GROUP: _of_group,
        Scope.BRANCH: _of_branch,
        Scope.ORGANISATION: _of_organisation,
    }
    return or_(false(), *(readings[scope](sight) for scope in sorted(sight.scopes)))


def _own(sight: Sight) -> ColumnElement[bool]:
    return Ticket.requester_id == sight.person_id if sight.person_id is not None else false()


def _of_group(sight: Sight) -> ColumnElement[bool]:
    in_group = Ticket.group_id.in_(sorted(sight.group_ids))
    if sight.person_id is None:
        return in_group
    found = or_(in_group, Ticket.assignee_id == sight.person_id)
    return or_(found, _offered(sight.person_id, sight.offered_to)) if sight.offered_to is not None else found


def _offered(person_id: int, group_ids: frozenset[int]) -> ColumnElement[bool]:
    """Return the SQL reading of `is_offered_to`."""
    return and_(
        Ticket.offered_group_id.in_(sorted(group_ids)),
        or_(Ticket.offered_to_id.is_(None), Ticket.offered_to_id == person_id),
        or_(Ticket.offered_by_id.is_(None), Ticket.offered_by_id != person_id),
    )


def _of_branch(sight: Sight) -> ColumnElement[bool]:
    return Ticket.branch_id == sight.branch_id if sight.branch_id is not None else false()


def _of_organisation(sight: Sight) -> ColumnElement[bool]:
    has_one = sight.organisation_id is not None
    return Ticket.organisation_id == sight.organisation_id if has_one else false()


def triage_ids() -> frozenset[int]:
    """Return the ids of the triage groups."""
    return frozenset(group.id for group in groups().values() if group.is_triage)


def ticket_for(
    actor: Actor, ticket_id: int, permission: Permission, *, expected_version: int | None = None
) -> Ticket:
    """Return the ticket, locked for this save, if `actor` has `permission` on it.

    Raises NotFound where the actor may not even see it, NotAllowed where only the permission is
    missing, Conflict where somebody changed it after `expected_version` was shown.
    """
    query = _locked(sight_of(actor, permission))
    # What an outer command of the same save has changed must be in the row that is read again.
    session().flush()
    options = {"populate_existing": True}
    row = session().execute(query, {"ticket_id": ticket_id}, execution_options=options).one_or_none()
    if row is None:
        raise _why_not(actor, ticket_id)
    ticket: Ticket = row[0]
    head: StreamHead = row[1]
    know_head(StreamRef(STREAM, ticket.id), head.last_seq, head.head_hash)
    if expected_version is not None and ticket.row_version != expected_version:
        raise Conflict(
            "ticket.changed_meanwhile",
            _("Somebody changed this request while you were writing. Look at what is new, then send again."),
            ticket_id=ticket.id,
            shown_version=expected_version,
            current_version=ticket.row_version,
        )
    return ticket


# Putting the statement together takes longer than running it: each is built once.
@lru_cache(maxsize=STATEMENTS_KEPT)
def _locked(sight: Sight) -> AnySelect:
    return (
        select(Ticket, StreamHead)
        .join(StreamHead, (StreamHead.kind == STREAM) & (StreamHead.id == Ticket.id))
        .where(Ticket.id == bindparam("ticket_id", type_=Id), within(sight))
        .with_for_update()
    )


def still_sees(viewer: Actor, ticket_id: int) -> bool:
    """Say whether a ticket that is there is within the viewer's sight; it may just have left it."""
    if Scope.ALL in viewer.scopes(Permission.TICKET_SEE) and viewer.only_ticket_id is None:
        return True
    query = select(Ticket.id).where(Ticket.id == ticket_id, visible_to(viewer))
    return session().scalar(query) is not None


def _why_not(actor: Actor, ticket_id: int) -> NotFound | NotAllowed:
    seen = session().scalar(select(Ticket.id).where(Ticket.id == ticket_id, visible_to(actor)))
    if seen is None:
        return not_found()
    return NotAllowed("ticket.not_allowed", _("Your role does not allow this on this request."))


def not_found() -> NotFound:
    """Return the error for a ticket that is not there, or not for this viewer."""
    return NotFound("ticket.not_found", _("There is no such request, or it is not shared with you."))
