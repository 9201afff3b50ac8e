"""Names in messages that call a colleague, for the eye: the text in parts, of which some are names."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from portal.desk.happenings import Names, Told
from servicedesk.tickets.core.mentions import mentions_in
from servicedesk.tickets.queries import Conversation

MENTIONED = "people_mentioned"


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a message's text; `is_name` where it calls somebody, `is_own` where that is the reader."""

    text: str
    is_name: bool = False
    is_own: bool = False


def parts_by_message(
    spoken: Conversation, names: Names, viewer_id: int | None
) -> Mapping[int, tuple[Part, ...]]:
    """Return the texts that call somebody, in parts, by the message's seq; the others are not among them."""
    called = {
        cast(int, event.body["message_seq"]): cast("list[int]", event.body["person_ids"])
        for event in spoken.events
        if event.type == MENTIONED
    }
    return {
        row.seq: tuple(_parts(row.text, {each: names[each] for each in ids if each in names}, viewer_id))
        for row in spoken.messages
        if row.text and (ids := called.get(row.seq))
    }


def _parts(text: str, names: Names, viewer_id: int | None) -> Iterator[Part]:
    begin = 0
    for found in mentions_in(text, names):
        if text[begin : found.start]:
            yield Part(text[begin : found.start])
        yield Part(text[found.start : found.end], is_name=True, is_own=viewer_id in found.person_ids)
        begin = found.end
    if text[begin:]:
        yield Part(text[begin:])


def _nothing(_told: Told) -> str:
    return ""


# The text itself shows who is called; who follows stands beside the conversation.
SENTENCES = {MENTIONED: _nothing, "watcher_added": _nothing, "watcher_removed": _nothing}
