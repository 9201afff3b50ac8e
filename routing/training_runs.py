"""Training runs: history in, a model in the store and in force out."""

from dataclasses import dataclass

from routing.core.model import ModelCard, Target
from routing.core.model_file import write
from routing.core.training import train
from routing.labelled import LabelledTexts
from routing.training_data import history
from routing.versions import keep_model, store
from servicedesk.identity.actor import Actor
from servicedesk.kernel.db import session

SEED = 20261121


@dataclass(frozen=True, slots=True)
class Trained:
    """A model that answers now."""

    number: int
    digest: str
    card: ModelCard


def train_on_history(actor: Actor, target: Target = "category") -> Trained:
    """Train on the desk's finished requests; raises TooLittleHistory. The same history changes nothing."""
    known = history(target)
    session().rollback()  # training takes a minute; no transaction is kept open meanwhile
    return train_on(actor, known, target)


def train_on(actor: Actor, known: LabelledTexts, target: Target) -> Trained:
    """Train on texts labelled with keys of `target`, keep the model and let it answer."""
    model = train(known.texts, known.labels, seed=SEED, target=target)
    digest = write(model, store())
    number = keep_model(actor, model.card, digest)
    return Trained(number, digest, model.card)
