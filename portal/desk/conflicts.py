"""A stale save: what others changed since the form was shown, beside what the agent typed."""

from dataclasses import dataclass

from portal.desk.happenings import Names, Told
from portal.desk.telling import sentence
from portal.words import Moment, moment
from servicedesk.kernel.chain import LoggedEvent
from servicedesk.tickets.events import EDITING
from servicedesk.tickets.queries import Conversation, MessageRow, TicketRow


@dataclass(frozen=True, slots=True)
class News:
    """One thing that happened meanwhile: a sentence about it, or whose message it was with its text."""

    at: Moment
    author: str
    text: str
    url: str


def news_since(version: int, ticket: TicketRow, spoken: Conversation, names: Names) -> list[News]:
    """Return what a person who saw `version` of the ticket has not seen, in order."""
    return [news for step in _unseen(version, ticket, spoken) if (news := _news(step, names))]


def already_said(
    version: int | None, ticket: TicketRow, spoken: Conversation, *, author_id: int | None, text: str
) -> bool:
    """Say whether this very text was taken after `version`: the same form came twice, it is said once."""
    unseen = _unseen(version, ticket, spoken) if version is not None else []
    return any(
        isinstance(step, MessageRow) and step.author_id == author_id and step.text == text for step in unseen
    )


def _unseen(version: int, ticket: TicketRow, spoken: Conversation) -> list[MessageRow | LoggedEvent]:
    # What was taken back counted as versions, too, and there is nothing of it to see.
    steps: dict[int, MessageRow | LoggedEvent | None] = dict.fromkeys(spoken.taken_back)
    steps |= {row.seq: row for row in spoken.messages}
    steps |= {event.seq: event for event in spoken.events if event.type in EDITING}
    count = max(0, ticket.row_version - version)
    newest = [steps[seq] for seq in sorted(steps)[-count:]] if count else []
    return [step for step in newest if step is not None]


def _news(step: MessageRow | LoggedEvent, names: Names) -> News | None:
    if isinstance(step, LoggedEvent):
        text = sentence(Told(step, names))
        return News(moment(step.at), "", text, f"#event-{step.seq}") if text else None
    return News(moment(step.at), step.author_name or "", step.text or "", f"#message-{step.seq}")
