"""A desk whose history is a few requests to two categories, and its jobs run at once."""

from collections.abc import Iterable
from functools import cache

from flask import Flask, current_app

from routing.core.model import TrainedModel
from routing.core.model_file import write
from routing.core.training import train
from routing.training_data import history as history_of
from routing.training_runs import SEED, Trained
from routing.versions import keep_model, store
from servicedesk.identity.actor import system_actor
from servicedesk.kernel import job_queue
from servicedesk.kernel.db import session
from servicedesk.kernel.job_queue import Kinds
from servicedesk.kernel.refs import Cause
from servicedesk.kernel.worker import attempt
from servicedesk.tickets.importing.references import make_references
from servicedesk.tickets.importing.rows import ImportRow
from servicedesk.tickets.importing.writing import write_rows

OPERATOR = system_actor(Cause("operator"))
IMPORTER = system_actor(Cause("import", "history"))
ROUTING = Kinds(only=frozenset({"routing.route", "routing.learn", "routing.forget"}))
UNKNOWN = (
    *("group", "requester", "requester_email", "assignee", "opened_at", "resolved_at"),
    *("priority", "impact", "urgency", "language"),
)
PAPER = "Paper jam"
DOORS = "Door cards"


def run_jobs(app: Flask | None = None) -> int:
    """Run the jobs of routing that are due, as the worker does; return how many there were."""
    count = 0
    session().rollback()
    while claims := job_queue.claim("tests", limit=50, lease_seconds=60, kinds=ROUTING):
        for claim in claims:
            attempt(app or current_app._get_current_object(), claim)
        count += len(claims)
    session().rollback()
    session().expire_all()
    return count


def import_rows(rows: Iterable[tuple[str, str]], *, source: str = "history") -> None:
    """Import (text, category) as finished requests of unknown time."""
    found = [_row(number, text, category) for number, (text, category) in enumerate(rows, 1)]
    make_references(IMPORTER, [], sorted({row.category or "" for row in found}))
    write_rows(IMPORTER, found, source=source)


def _row(number: int, text: str, category: str) -> ImportRow:
    nothing = dict.fromkeys(UNKNOWN)
    return ImportRow(
        line=number,
        external_id=str(number),
        subject=text[:60],
        text=text,
        category=category,
        status="closed",
        channel="import",
        **nothing,
    )


def history(rows: int = 60) -> list[tuple[str, str]]:
    """Return (text, category): two categories that are easily told apart, but for some requests of each."""
    papers = [(f"the printer on floor {n} eats its paper and blinks", PAPER) for n in range(rows)]
    doors = [(f"my badge number {n} does not open this front door", DOORS) for n in range(rows)]
    vague = [(f"something {n} with our building", (PAPER, DOORS)[n % 2]) for n in range(rows // 4)]
    return papers + doors + vague


def train_desk() -> Trained:
    """Give the desk a history and a model of it that is sure of itself, trained once a run."""
    import_rows(history())
    known = history_of("category")
    model = _model(tuple(known.texts), tuple(known.labels))
    assert model.card.threshold is not None
    digest = write(model, store())
    return Trained(keep_model(OPERATOR, model.card, digest), digest, model.card)


@cache
def _model(texts: tuple[str, ...], labels: tuple[str, ...]) -> TrainedModel:
    return train(texts, labels, seed=SEED)
