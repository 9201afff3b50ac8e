"""A model answers as scikit-learn would, says why, and keeps silent where it knows nothing (R7, R8)."""

from time import process_time

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.pipeline import make_pipeline, make_union

from routing.core.inference import probabilities, propose
from routing.core.training import classifier, folds, train, vectorisers
from tests.routing.conftest import SEED


def scikit_learns(texts, labels):
    """Return scikit-learn's own pipeline, trained on the texts."""
    union = make_union(*vectorisers(n_labels=len(set(labels))))
    tempered = CalibratedClassifierCV(
        classifier(seed=SEED), method="temperature", cv=folds(seed=SEED), ensemble=False
    )
    return make_pipeline(union, tempered).fit(texts, labels)


def test_every_probability_equals_scikit_learns(model, sample, unseen):
    reference = scikit_learns(sample.texts, sample.labels)

    ours = np.array([probabilities(model, text) for text in unseen.texts])

    assert list(model.card.labels) == list(reference.classes_)
    np.testing.assert_allclose(ours, reference.predict_proba(unseen.texts), atol=1e-6, rtol=0)


def test_with_two_labels_every_probability_equals_scikit_learns(sample, unseen):
    rows = [
        (t, label)
        for t, label in zip(sample.texts, sample.labels, strict=True)
        if label in {"Access", "Storage"}
    ]
    texts, labels = [text for text, _label in rows], [label for _text, label in rows]

    ours = train(texts, labels, seed=SEED)

    theirs = scikit_learns(texts, labels).predict_proba(unseen.texts)
    found = np.array([probabilities(ours, text) for text in unseen.texts])
    np.testing.assert_allclose(found, theirs, atol=1e-6, rtol=0)


def test_confident_answers_are_right_more_often_than_the_others(model, unseen):
    answers = [propose(model, text) for text in unseen.texts]
    is_right = np.array(
        [a.candidates[0].label == label for a, label in zip(answers, unseen.labels, strict=True)]
    )
    confident = np.array([answer.confident for answer in answers])

    assert 0.2 < confident.mean() < 0.9
    assert is_right[confident].mean() > 0.8 > is_right[~confident].mean()


def test_three_candidates_come_best_first(model):
    found = propose(model, "please reset my password, the account is locked").candidates

    assert len(found) == 3
    assert found[0].label == "Access"
    assert found[0].probability > found[1].probability > found[2].probability


def test_reasons_are_words_of_the_text_and_share_what_spoke_for_the_label(model):
    text = "My LAPTOP screen is broken 12345"

    reasons = propose(model, text).reasons

    assert reasons[0].text in {"LAPTOP", "screen", "LAPTOP screen"}
    assert {word for reason in reasons for word in reason.text.split()} <= set(text.split()) - {"12345"}
    assert 0 < sum(reason.share for reason in reasons) <= 1


@pytest.mark.parametrize("text", ["", "   ", "?!", "我的电脑坏了", "პაროლი დამავიწყდა"])
def test_a_text_without_anything_known_gets_no_proposal(model, text):
    assert propose(model, text).candidates == ()


@pytest.mark.parametrize(
    "text",
    [
        "xqzt wvkk plmn bgtr",
        "der drucker im dritten stock ist kaputt",
        "laptopwerkstattbenutzer kennwörter",
        "hello",
    ],
)
def test_a_text_that_the_model_can_hardly_read_is_never_routed(model, text):
    assert not propose(model, text).confident


def test_a_proposal_for_200_words_takes_less_than_5_milliseconds(model, unseen):
    text = " ".join(" ".join(unseen.texts).split()[:200])
    seconds = []

    for _round in range(30):
        began = process_time()
        propose(model, text)
        seconds.append(process_time() - began)

    assert min(seconds) < 0.005
