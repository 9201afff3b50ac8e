"""Measuring routing on labelled rows it was not trained on: what `servicedesk routing evaluate` prints."""

import resource
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import process_time

from routing.core import inference
from routing.core.figures import Answer, Figures, KeywordRules, figures_of, macro_f1, majority_label
from routing.core.model import ModelCard, TrainedModel
from routing.core.model_file import read, size_of, write
from routing.core.proposal import Proposal
from routing.core.training import train
from routing.labelled import LabelledTexts


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """Figures on the development rows; the card's own come from the training rows alone.

    Times are the processor's, so that a busy machine does not change them. median_milliseconds,
    slowest_milliseconds: of one proposal, at the 50th and 95th percentile. peak_megabytes: of this process.
    """

    card: ModelCard
    figures: Figures
    majority_f1: float
    keyword_f1: float
    training_seconds: float
    peak_megabytes: float
    model_bytes: int
    median_milliseconds: float
    slowest_milliseconds: float


def evaluate(known: LabelledTexts, unseen: LabelledTexts, *, store: Path, seed: int) -> Evaluation:
    """Return figures on `unseen` of a model trained on `known`, written to and read back from `store`."""
    began = process_time()
    digest = write(train(known.texts, known.labels, seed=seed), store)
    trained_in = process_time() - began
    peak = peak_megabytes()
    model = read(store, digest)
    answers, seconds = answered(model, unseen.texts)
    rules, usual = KeywordRules(known.texts, known.labels), majority_label(known.labels)
    return Evaluation(
        card=model.card,
        figures=figures_of(answers, unseen.labels),
        majority_f1=macro_f1([usual] * len(unseen.labels), unseen.labels),
        keyword_f1=macro_f1([rules.label_of(text) for text in unseen.texts], unseen.labels),
        training_seconds=trained_in,
        peak_megabytes=peak,
        model_bytes=size_of(store, digest),
        median_milliseconds=1000 * percentile(seconds, 0.5),
        slowest_milliseconds=1000 * percentile(seconds, 0.95),
    )


def answered(model: TrainedModel, texts: Sequence[str]) -> tuple[list[Answer], list[float]]:
    """Return the answer to each text, and the processor's seconds each took."""
    answers, seconds = [], []
    for text in texts:
        began = process_time()
        proposal = inference.propose(model, text)
        seconds.append(process_time() - began)
        answers.append(answer_of(proposal))
    return answers, seconds


def answer_of(proposal: Proposal) -> Answer:
    """Return what counts of a proposal: its first candidate."""
    if not proposal.candidates:
        return Answer(None, 0.0, confident=False)
    first = proposal.candidates[0]
    return Answer(first.label, first.probability, proposal.confident)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the least value that `share` of the values do not exceed; 0.0 of none."""
    if not values:
        return 0.0
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def peak_megabytes() -> float:
    """Return the most memory this process has held so far."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
