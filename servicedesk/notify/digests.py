"""Few letters: what is to be told to a person is gathered, and leaves as one letter in five minutes.

In the quiet hours that people set for themselves none leaves, however urgent; it does when they end.

A notice is a row with a key of its own, written in the save that gives reason for it. A job for each notice
gathers whatever waits for its person, unless a letter left for them just now; then it comes back. Both are
rows of one database: whatever crashes, no notice is lost, and none is told twice.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update

from servicedesk.channels.letters import Fact, Letter, letter, post, speaking
from servicedesk.identity.actor import Actor, system_actor
from servicedesk.identity.models import Person
from servicedesk.identity.queries import actor_of
from servicedesk.identity.quiet_hours import quiet_hours_of
from servicedesk.kernel import clock
from servicedesk.kernel.command import saving
from servicedesk.kernel.db import insert_missing, session
from servicedesk.kernel.errors import NotFound
from servicedesk.kernel.i18n import ngettext
from servicedesk.kernel.jobs import job, later
from servicedesk.kernel.periodic import every
from servicedesk.kernel.refs import Cause
from servicedesk.kernel.save import the_save
from servicedesk.notify.models import Notice

DIGEST, GATHER = "digest", "notify.gather"
APART = timedelta(minutes=5)
# What happens to one person at the same moment is one letter.
GATHERED_FOR = timedelta(seconds=10)
MOST_TOLD = 20
KEPT = timedelta(days=30)
_DESK = system_actor(Cause("schedule", GATHER))


@dataclass(frozen=True, slots=True)
class Told:
    """A notice in words, in its reader's language. `why`: why it came to them."""

    text: str
    link: str
    link_words: str
    why: str
    subject: str


# Returns a notice in words, or None where it is no longer due. Gets the reader and the notice's facts.
Teller = Callable[..., Told | None]
tellers: dict[str, Teller] = {}


def teller(kind: str) -> Callable[[Teller], Teller]:
    """Register the decorated function as the one that tells notices of a kind."""

    def register(tell: Teller) -> Teller:
        tellers[kind] = tell
        return tell

    return register


def notify(person_id: int, kind: str, key: str, *, deliver_at: datetime | None = None, **facts: Fact) -> None:
    """Tell somebody something with the present save; a second notice with the same key is never told.

    deliver_at: not before; now unless given.
    """
    now = the_save().now
    at = max(deliver_at or now, now)
    row = {
        "key": key,
        "person_id": person_id,
        "kind": kind,
        "facts": json.dumps(facts, sort_keys=True),
        "deliver_at": at,
        "created_at": now,
        "digest_id": None,
        "sent_at": None,
    }
    insert_missing(Notice, [row], ["key"])
    later(GATHER, run_at=at + GATHERED_FOR, unique_key=f"gather:{key}", person_id=person_id)


@job(GATHER)
def gather(*, person_id: int) -> None:
    """Put what waits for a person into one letter, or come back: after the last, and after quiet hours."""
    with saving(_DESK) as save:
        # Whoever gathers for the same person meanwhile waits here, and then finds nothing left.
        session().execute(select(Person.id).where(Person.id == person_id).with_for_update())
        waiting = select(Notice.id).where(
            Notice.person_id == person_id, Notice.digest_id.is_(None), Notice.deliver_at <= save.now
        )
        ids = sorted(session().scalars(waiting))
        if not ids:
            return
        again = _told_from(person_id, save.now)
        if again > save.now:
            later(
                GATHER,
                run_at=again,
                unique_key=f"gather:{person_id}:{int(again.timestamp())}",
                person_id=person_id,
            )
            return
        changed = update(Notice).where(Notice.id.in_(ids)).values(digest_id=ids[0], sent_at=save.now)
        session().execute(changed, execution_options={"synchronize_session": False})
        post(DIGEST, f"{person_id}:{ids[0]}", person_id=person_id, digest_id=ids[0])


def _told_from(person_id: int, now: datetime) -> datetime:
    """Return from when on a letter may leave: five minutes after the last, and not in quiet hours."""
    last = session().scalar(select(func.max(Notice.sent_at)).where(Notice.person_id == person_id))
    at = max(now, last + APART) if last is not None else now
    return quiet_hours_of(person_id).end_after(at)


@letter(DIGEST)
def digest(*, person_id: int, digest_id: int) -> Letter | None:
    """Return the letter with a person's notices; None where none of them is due any more."""
    try:
        person = actor_of(person_id)
    except NotFound:
        return None
    rows = session().execute(
        select(Notice.kind, Notice.facts)
        .where(Notice.person_id == person_id, Notice.digest_id == digest_id)
        .order_by(Notice.id)
    )
    with speaking(person.language) as language:
        told = [found for kind, facts in rows if (found := _told(person, kind, facts)) is not None]
        return _letter(person, language, told) if told else None


def _told(person: Actor, kind: str, facts: str) -> Told | None:
    tell = tellers.get(kind)
    return tell(person, **json.loads(facts)) if tell else None


def _letter(person: Actor, language: str, told: list[Told]) -> Letter:
    first, many = told[0], len(told) > 1
    lines = [f"{each.text}\n{each.link}" for each in told[:MOST_TOLD]] if many else [first.text]
    if len(told) > MOST_TOLD:
        more = len(told) - MOST_TOLD
        lines.append(ngettext("And %(num)d more.", "And %(num)d more.", more))
    return Letter(
        to=person.email,
        language=language,
        subject=ngettext("%(num)d notice", "%(num)d notices", len(told)) if many else first.subject,
        paragraphs=tuple(lines),
        link=first.link,
        link_words=first.link_words,
        why=first.why,
    )


@every(86_400, "notify.prune", own_transactions=True)
def prune() -> None:
    """Forget notices that were told long ago."""
    with saving(_DESK):
        old = delete(Notice).where(Notice.sent_at < clock.now() - KEPT)
        session().execute(old, execution_options={"synchronize_session": False})
