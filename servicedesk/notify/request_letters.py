"""Letters about a request: the way back for somebody who filed it without signing in, and how it was."""

from datetime import timedelta

from sqlalchemy import func, select

from servicedesk.channels.letters import Letter, letter, post, speaking
from servicedesk.identity.actor import system_actor
from servicedesk.identity.queries import actor_of
from servicedesk.kernel import clock
from servicedesk.kernel.chain import LoggedEvent
from servicedesk.kernel.command import saving
from servicedesk.kernel.db import session
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.jobs import Job, follow, job
from servicedesk.kernel.links import full_link
from servicedesk.kernel.refs import Cause
from servicedesk.kernel.this_desk import the_settings
from servicedesk.tickets.core.numbers import number_text
from servicedesk.tickets.guests import CAUSE, NOWHERE
from servicedesk.tickets.private_links import make_private_link
from servicedesk.tickets.queries import ticket_detail
from servicedesk.tickets.surveys import ASKED_WITHIN, standing_of, survey_link

FILED, FOLLOW_FILED = "request_filed", "notify.filed"
SURVEY, FOLLOW_ASKED = "survey", "notify.asked"
# To addresses that nobody has proved to be theirs the whole desk writes no more than this an hour, and to
# each of them once: after that it is known here, and a request that names it belongs to a guest.
MOST_UNPROVEN_AN_HOUR = 60
_DESK = system_actor(Cause(FILED))


def _came_by_form(event: LoggedEvent) -> bool:
    return event.cause.kind == CAUSE


@job(FOLLOW_FILED)
def filed(*, stream_kind: str, stream_id: int, seq: int) -> None:
    """Let the way back be mailed to whoever filed a request without signing in."""
    with saving(_DESK):
        post(FILED, str(stream_id), ticket_id=stream_id)


@letter(FILED)
def request_filed(*, ticket_id: int) -> Letter | None:
    """Return the letter with the private link; it holds nothing that the sender wrote.

    None for a guest without an address, and beyond what the desk writes to unproven addresses an hour.
    """
    person = actor_of(ticket_detail(_DESK, ticket_id).requester_id)
    if person.email.endswith(f"@{NOWHERE}") or _sent_within_the_hour() >= MOST_UNPROVEN_AN_HOUR:
        return None
    secret = make_private_link(_DESK, ticket_id)
    ref = number_text(ticket_id, the_settings().ticket_prefix)
    with speaking(person.language) as language:
        return Letter(
            to=person.email,
            language=language,
            subject=_("Your request %(ref)s", ref=ref),
            paragraphs=(
                _("We have received a request with your address. The link leads to it: read there how it"
                  " stands, and answer. Whoever has the link can do so: keep it to yourself."),
                _("You did not ask for anything? Then do nothing, or tell us so at the link."),
            ),
            link=full_link("private.follow", secret=secret),
            link_words=_("Open the request"),
            why=_("You get this mail because a request was filed with your address, without signing in."),
        )  # fmt: skip


@job(FOLLOW_ASKED)
def asked(*, stream_kind: str, stream_id: int, seq: int) -> None:
    """Let the question how the solution was be mailed; tickets/surveys.py decides who is asked at all."""
    resolution = standing_of(stream_id).resolution
    if resolution is not None:
        with saving(_DESK):
            post(SURVEY, f"{stream_id}:{resolution}", ticket_id=stream_id, resolution=resolution)


@letter(SURVEY)
def survey(*, ticket_id: int, resolution: int) -> Letter | None:
    """Return the letter that asks how a resolution was; None once it was rated or opened again."""
    ticket, found = ticket_detail(_DESK, ticket_id), standing_of(ticket_id)
    person = actor_of(ticket.requester_id)
    is_late = ticket.resolved_at is None or clock.now() > ticket.resolved_at + ASKED_WITHIN
    is_due = found.resolution == resolution and found.answered is None and not is_late
    if not is_due or person.email.endswith(f"@{NOWHERE}"):
        return None
    ref = number_text(ticket_id, the_settings().ticket_prefix)
    signed = survey_link(ticket_id, resolution, ticket.requester_id)
    with speaking(person.language) as language:
        return Letter(
            to=person.email,
            language=language,
            subject=_("How did we do with %(ref)s?", ref=ref),
            paragraphs=(
                _("We believe that your request %(ref)s is solved. How was it? It takes a click.", ref=ref),
                _("It is not solved? Open the request and answer there."),
            ),
            link=full_link("rating.ask", signed=signed),
            link_words=_("Rate the solution"),
            why=_("You get this mail because your request was solved. We ask you at most once a week."),
        )  # fmt: skip


def _sent_within_the_hour() -> int:
    since = clock.now() - timedelta(hours=1)
    query = select(func.count()).where(
        Job.unique_key.startswith(f"mail:{FILED}:", autoescape=True),
        Job.state == "done",
        Job.finished_at > since,
    )
    return session().scalar(query) or 0


follow("ticket_opened", FOLLOW_FILED, when=_came_by_form)
follow("survey_asked", FOLLOW_ASKED)
