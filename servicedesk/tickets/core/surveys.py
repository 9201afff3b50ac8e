"""What a ticket's log says of its rating: which resolution it is about, and what was answered. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from servicedesk.kernel.chain import LoggedEvent
from servicedesk.tickets.core.standing_log import TAKEN_BACK, standing

SCORES = range(1, 6)  # from very bad to very good
TYPES = frozenset({"status_changed", "survey_asked", "survey_answered", TAKEN_BACK})

_ABOUT = frozenset({"survey_asked", "survey_answered"})


@dataclass(frozen=True, slots=True)
class SurveyStanding:
    """How the rating of the present resolution stands.

    resolution: the event that solved the request; None while it is open, and once it was withdrawn. score
    and answered: of the last answer about that resolution, with its event.
    """

    resolution: int | None = None
    is_asked: bool = False
    score: int | None = None
    answered: int | None = None


def survey_standing(log: Iterable[LoggedEvent], categories: Mapping[str, str]) -> SurveyStanding:
    """Return how the rating stands after the events of `log` in order; other types may be left out.

    categories: status key to category. Opening the request again ends the resolution and its rating.
    """
    found = SurveyStanding()
    for event in standing(log):
        body: Mapping[str, Any] = event.body
        if event.type == "status_changed":
            found = _moved(found, event, categories)
        elif event.type in _ABOUT and body["resolution"] == found.resolution:
            is_answer = event.type == "survey_answered"
            found = SurveyStanding(
                resolution=found.resolution,
                is_asked=found.is_asked or not is_answer,
                score=body["score"] if is_answer else found.score,
                answered=event.seq if is_answer else found.answered,
            )
    return found


def _moved(found: SurveyStanding, event: LoggedEvent, categories: Mapping[str, str]) -> SurveyStanding:
    status = str(event.body["to_status"])
    if categories[status] == "resolved":
        return SurveyStanding(event.seq)
    if status == "closed":
        return found if found.resolution is not None else SurveyStanding(event.seq)
    return SurveyStanding()
