"""A model trained on the sample, once a run, for every test that asks it something."""

from pathlib import Path

import pytest

from routing.core.model import TrainedModel
from routing.core.training import train
from routing.labelled import LabelledTexts, labelled_texts

DATA = Path(__file__).parents[1] / "data"
SEED = 7


@pytest.fixture(scope="session")
def sample() -> LabelledTexts:
    """1,600 real requests with the queue that served them, the same number of each."""
    return labelled_texts(DATA / "it_tickets.sample.csv.gz")


@pytest.fixture(scope="session")
def unseen() -> LabelledTexts:
    """200 real requests that nothing was trained on."""
    return labelled_texts(DATA / "it_tickets.dev_sample.csv.gz")


@pytest.fixture(scope="session")
def model(sample: LabelledTexts) -> TrainedModel:
    """A model of the sample; the goal is one that so little history can keep."""
    return train(sample.texts, sample.labels, seed=SEED, precision_goal=0.85)
