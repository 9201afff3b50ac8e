"""Background work of routing: looking at new requests, learning from corrections, training."""

from typing import cast

from routing.commands import decide, decision_by_opinion, decision_by_rule, forget_words, note_choice
from routing.core.model import Target
from routing.core.urgency import propose_urgency
from routing.opinions import opinion_on, urgency_cues
from routing.queries import asked_of
from routing.rules import first_rule
from routing.subscribers import LEARN
from routing.training_runs import train_on_history
from servicedesk.identity.actor import automation_actor, system_actor
from servicedesk.kernel import clock
from servicedesk.kernel.jobs import follow, job
from servicedesk.kernel.refs import Cause

ROUTE, FORGET, TRAIN = "routing.route", "routing.forget", "routing.train"


def follow_tickets() -> None:
    """Let jobs follow what happens to tickets; imported history is not followed."""
    follow("ticket_opened", ROUTE)
    follow("text_erased", FORGET)


@job(ROUTE)
def route(*, stream_kind: str, stream_id: int, seq: int) -> None:
    """Decide where a new request goes: explicit rules first, then the model or the catalogue."""
    asked = asked_of(stream_id)
    if asked is None:
        return
    found = first_rule(asked.facts, at=clock.now())
    if found is not None:
        rule, matched = found
        urgency = propose_urgency(urgency_cues(), asked.text)
        decide(automation_actor(rule.cause), stream_id, decision_by_rule(rule, matched, urgency))
    else:
        opinion = opinion_on(asked.text)
        decide(automation_actor(opinion.cause), stream_id, decision_by_opinion(opinion))


@job(LEARN)
def learn(*, ticket_id: int) -> None:
    """Note a person's own choice where it differs from what was proposed."""
    note_choice(system_actor(Cause("person")), ticket_id)


@job(FORGET)
def forget(*, stream_kind: str, stream_id: int, seq: int) -> None:
    """Let no proposal quote a text that was erased."""
    forget_words(system_actor(Cause("event", f"{stream_kind}:{stream_id}", seq)), stream_id)


@job(TRAIN, max_attempts=2, deadline_seconds=1800, own_transactions=True)
def train(*, target: str = "category") -> None:
    """Train on the desk's history and let the new model answer."""
    train_on_history(system_actor(Cause("schedule", TRAIN)), cast(Target, target))
