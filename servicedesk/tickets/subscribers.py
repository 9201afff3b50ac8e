"""What follows from tickets' events inside the transaction of their save."""

from sqlalchemy import update

from servicedesk.kernel.chain import LoggedEvent
from servicedesk.kernel.db import insert_missing, session
from servicedesk.kernel.save import Save
from servicedesk.tickets.events import STREAM, SurveyAnswered, SurveyAsked
from servicedesk.tickets.models import Survey

_SURVEYS = {SurveyAsked.type, SurveyAnswered.type}


def keep_surveys(save: Save) -> None:
    """Keep what requesters were asked and what they said as rows to count, whoever published it."""
    for event in save.published:
        if event.type in _SURVEYS and event.stream.kind == STREAM:
            _keep(event)


def _keep(event: LoggedEvent) -> None:
    is_answer = event.type == SurveyAnswered.type
    key = {"ticket_id": event.stream.id, "resolution": event.body["resolution"]}
    said = {
        "answered_at": event.at if is_answer else None,
        "score": event.body["score"] if is_answer else None,
        "has_comment": bool(is_answer and event.body["comment"]),
    }
    row = {**key, "asked_at": None if is_answer else event.at, **said}
    insert_missing(Survey, [row], ["ticket_id", "resolution"])
    there = update(Survey).filter_by(**key)
    if is_answer:
        session().execute(there.values(said))
    else:
        session().execute(there.where(Survey.asked_at.is_(None)).values(asked_at=event.at))
