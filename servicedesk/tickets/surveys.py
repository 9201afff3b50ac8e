"""The customer's rating of a resolution: asking for it sparingly, taking it, and the signed link in a mail.

Asked is who got the question for a resolution (`survey_asked`); answers come from them, and from others on
the page of the request. A share of answers counts those of the asked alone.
"""

import base64
import hmac
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select

from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission, Scope
from servicedesk.identity.queries import actor_of
from servicedesk.kernel import clock
from servicedesk.kernel.command import command
from servicedesk.kernel.db import session
from servicedesk.kernel.errors import Invalid, NotFound, Refused
from servicedesk.kernel.event_log import EventRow
from servicedesk.kernel.events import stored_events, stored_texts
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.refs import Cause, StreamRef
from servicedesk.kernel.save import publish
from servicedesk.kernel.this_desk import the_settings
from servicedesk.tickets.access import not_found, ticket_for
from servicedesk.tickets.core.statuses import BY_KEY
from servicedesk.tickets.core.surveys import SCORES, TYPES, SurveyStanding, survey_standing
from servicedesk.tickets.events import STREAM, SurveyAnswered, SurveyAsked
from servicedesk.tickets.models import Ticket
from servicedesk.tickets.queries import Conversation, TicketRow, ticket_detail

ASKED_WITHIN = timedelta(days=3)  # a question that comes later than this comes no more
ASKED_AGAIN_AFTER = timedelta(days=7)  # the budget: one person, one question in this time
OPEN_FOR = timedelta(days=14)
COMMENT_LIMIT = 2000
CAUSE = "survey_link"
_CATEGORIES = {key: str(status.category) for key, status in BY_KEY.items()}


@dataclass(frozen=True, slots=True)
class Rating:
    """What may be rated, and what was said so far; `until` is when that ends."""

    resolution: int
    score: int | None
    comment: str
    until: datetime


@command
def ask_survey(actor: Actor, ticket_id: int, *, resolution: int) -> None:
    """Ask the requester how a resolution was (a job's command), unless that is not or no longer due.

    It is not where the request was opened again, rated or withdrawn meanwhile, where its requester has
    left, and where they were asked about any request within a week.
    """
    ticket = ticket_for(actor, ticket_id, Permission.TICKET_SEE)
    now, found = clock.now(), standing_of(ticket_id)
    if found.resolution != resolution or found.is_asked or found.answered is not None:
        return
    if ticket.resolved_at is None or now > ticket.resolved_at + ASKED_WITHIN:
        return
    if not _has_left(ticket.requester_id) and not _was_asked_since(
        ticket.requester_id, now - ASKED_AGAIN_AFTER
    ):
        publish(SurveyAsked(stream_id=ticket_id, resolution=resolution))


def _has_left(person_id: int) -> bool:
    try:
        actor_of(person_id)
    except NotFound:
        return True
    return False


def _was_asked_since(person_id: int, since: datetime) -> bool:
    query = (
        select(EventRow.seq)
        .join(Ticket, Ticket.id == EventRow.stream_id)
        .where(
            EventRow.stream_kind == STREAM,
            EventRow.type == SurveyAsked.type,
            EventRow.at > since,
            Ticket.requester_id == person_id,
            # What was asked about had been solved, which changed it, not long before: few rows to look at.
            Ticket.changed_at > since - ASKED_WITHIN,
        )
        .limit(1)
    )
    return session().scalar(query) is not None


@command
def rate(actor: Actor, ticket_id: int, *, resolution: int, score: int, comment: str = "") -> None:
    """Record how the requester found a resolution; a later answer about it takes the place of this one.

    score: 1 (very bad) to 5 (very good). Raises NotFound for anybody but the requester, Refused once the
    request was opened again or the time for it is over, Invalid for another score or a long comment.
    """
    ticket = ticket_for(actor, ticket_id, Permission.TICKET_REPLY)
    if actor.id != ticket.requester_id:
        raise not_found()
    if score not in SCORES:
        raise Invalid("survey.score", _("Choose one of the five."), field="score")
    comment = comment.replace("\r\n", "\n").replace("\x00", "").strip()
    if len(comment) > COMMENT_LIMIT:
        sentence = _("Use at most %(most)d characters.", most=COMMENT_LIMIT)
        raise Invalid("survey.comment", sentence, field="comment")
    found = standing_of(ticket_id)
    if found.resolution != resolution or ticket.resolved_at is None:
        raise Refused("survey.reopened", _("This request was opened again, so there is nothing to rate yet."))
    if clock.now() > ticket.resolved_at + OPEN_FOR:
        raise Refused("survey.over", _("The time to rate this request is over."))
    if (found.score, _comment_at(ticket_id, found.answered)) != (score, comment):
        has_comment = bool(comment)
        publish(
            SurveyAnswered(
                stream_id=ticket_id, resolution=resolution, score=score, comment=has_comment, text=comment
            )
        )


def standing_of(ticket_id: int) -> SurveyStanding:
    """Return how the rating of a ticket stands by its log; the caller has checked the viewer."""
    return survey_standing(stored_events(StreamRef(STREAM, ticket_id), TYPES), _CATEGORIES)


def rating_of(viewer: Actor, ticket: TicketRow, spoken: Conversation | None = None) -> Rating | None:
    """Return what the viewer may rate of a ticket of their own, with what they said; None where nothing.

    spoken: the ticket's conversation, where the caller has read it already.
    """
    if ticket.requester_id != viewer.id or ticket.resolved_at is None or not ticket.times_known:
        return None
    until = ticket.resolved_at + OPEN_FOR
    found = standing_of(ticket.id) if spoken is None else survey_standing(spoken.events, _CATEGORIES)
    if found.resolution is None or clock.now() > until:
        return None
    if spoken is None:
        comment = _comment_at(ticket.id, found.answered)
    else:
        comment = str(spoken.texts.get(found.answered or 0, {}).get("text", ""))
    return Rating(found.resolution, found.score, comment, until)


def _comment_at(ticket_id: int, seq: int | None) -> str:
    if seq is None:
        return ""
    return str(stored_texts(StreamRef(STREAM, ticket_id), [seq]).get(seq, {}).get("text", ""))


def survey_link(ticket_id: int, resolution: int, requester_id: int) -> str:
    """Return what a mail's link ends with: which resolution it rates, signed with the desk's key."""
    return f"{ticket_id}.{resolution}.{_signature(ticket_id, resolution, requester_id)}"


def _signature(ticket_id: int, resolution: int, requester_id: int) -> str:
    said = f"survey {ticket_id} {resolution} {requester_id}".encode()
    mac = hmac.digest(the_settings().secret_key.encode(), said, "sha256")
    return base64.urlsafe_b64encode(mac[:18]).decode()


def rater_of(signed: str) -> tuple[Actor, TicketRow, int]:
    """Return the requester as an actor for one request alone, that request, and the resolution of the link.

    Raises NotFound for a link that was changed, and for a requester who has left.
    """
    parts = signed.split(".")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) < 12 for part in parts[:2]):
        raise _changed()
    ticket_id, resolution = int(parts[0]), int(parts[1])
    requester_id = session().scalar(select(Ticket.requester_id).where(Ticket.id == ticket_id))
    wanted = _signature(ticket_id, resolution, requester_id or 0)
    if not hmac.compare_digest(wanted.encode(), parts[2].encode()) or requester_id is None:
        raise _changed()
    person = actor_of(requester_id)
    wanted_rights = (Permission.TICKET_SEE, Permission.TICKET_REPLY)
    rater = replace(
        person,
        group_ids=frozenset(),
        grants={one: frozenset({Scope.OWN}) for one in wanted_rights if person.has(one)},
        is_customer=True,
        only_ticket_id=ticket_id,
        because=Cause(CAUSE),
    )
    return rater, ticket_detail(rater, ticket_id), resolution


def _changed() -> NotFound:
    return NotFound("link.no_good", _("This link lost a part on its way, or is not from us."))
