"""Training: labelled texts in, a model with a threshold and honest figures out.

scikit-learn is loaded by the call, never by the import: web processes read models, they never train.
The probabilities' temperature and the routing threshold come from the training rows alone, each
predicted by a model that had not seen it.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from routing.core.calibration import Names, figures_at, fitted_inverse_temperature, threshold_for
from routing.core.inference import softmax
from routing.core.model import Features, Floats, ModelCard, Target, TrainedModel
from routing.core.tokens import VERSION, char_grams, key_of, word_grams

Sparse: TypeAlias = Any  # scipy's matrices and scikit-learn's estimators have no types
Vectoriser: TypeAlias = Any

FOLDS = 4
LEAST_ROWS = 8  # of a label, so that every fold can both learn and test it
PRECISION_GOAL = 0.96  # a point above what is promised: requests to come are never quite like those before
PENALTY = 0.4  # C; the best of 0.1 to 1 on tickets, near the best on four sets of short questions
LARGEST_FILE = 28_000_000  # bytes of arrays
MOST_GRAMS = 60_000  # of each kind
MOST_FREQUENT = 0.4  # character n-grams in more texts than this tell nothing and cost a third of the memory


class TooLittleHistory(ValueError):
    """Fewer than two labels have enough rows to be learned, or their texts share no words."""


class Fitted(NamedTuple):
    """A linear score per label. weights: (n_labels, n_features). bias: (n_labels,)."""

    weights: Floats
    bias: Floats

    def scores(self, rows: Sparse) -> Floats:
        return np.asarray(rows @ self.weights.T) + self.bias


def train(
    texts: Sequence[str],
    labels: Sequence[str],
    *,
    seed: int,
    target: Target = "category",
    precision_goal: float = PRECISION_GOAL,
) -> TrainedModel:
    """Return a model of the texts. The same rows, order and seed give the same model.

    Labels with fewer than `LEAST_ROWS` rows are not learned; their rows still count against the
    threshold, because such requests will come again. Raises TooLittleHistory.
    """
    right = np.asarray(labels, dtype=np.str_)
    learned = _is_learned(right)
    names = np.unique(right[learned])
    words, chars = vectorisers(n_labels=len(names))
    features = _side_by_side(_fitted(words, texts), _fitted(chars, texts))
    scores = _out_of_fold(features, right, learned, seed=seed)
    heat = fitted_inverse_temperature(scores[learned], np.searchsorted(names, right[learned]))
    shares = softmax(heat * scores)
    threshold = threshold_for(shares, names, right, goal=precision_goal)
    card = ModelCard(
        target=target,
        labels=tuple(names.tolist()),
        threshold=threshold,
        precision_goal=precision_goal,
        inverse_temperature=heat,
        seed=seed,
        rows=len(right),
        out_of_fold=figures_at(threshold, shares, names, right),
        left_out=dict(sorted(Counter(right[~learned].tolist()).items())),
        tokens_version=VERSION,
    )
    return _model(card, words, chars, _fit(features[learned], right[learned], seed=seed))


def vectorisers(*, n_labels: int) -> tuple[Vectoriser, Vectoriser]:
    """Return the tf-idf vectorisers of words and of characters, cutting texts as `tokens` does."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    bytes_per_gram = 8 + 4 + 4 * n_labels
    most = min(MOST_GRAMS, LARGEST_FILE // (2 * bytes_per_gram))
    settings = {"sublinear_tf": True, "min_df": 2, "max_features": most, "dtype": np.float64}
    return (
        TfidfVectorizer(analyzer=word_grams, **settings),
        TfidfVectorizer(analyzer=char_grams, max_df=MOST_FREQUENT, **settings),
    )


def classifier(*, seed: int) -> Any:
    """Return the untrained linear classifier; one that every fold and the final model are copies of."""
    from sklearn.svm import LinearSVC

    return LinearSVC(C=PENALTY, random_state=seed)


def folds(*, seed: int) -> Any:
    """Return the splitter by which rows are predicted by models that did not see them."""
    from sklearn.model_selection import StratifiedKFold

    return StratifiedKFold(FOLDS, shuffle=True, random_state=seed)


def _is_learned(right: Names) -> NDArray[np.bool_]:
    rows_of = Counter(right.tolist())
    enough = [label for label, rows in rows_of.items() if rows >= LEAST_ROWS]
    if len(enough) < 2:
        raise TooLittleHistory(f"two labels need {LEAST_ROWS} rows each")
    return np.isin(right, enough)


def _fitted(vectoriser: Vectoriser, texts: Sequence[str]) -> Sparse:
    try:
        return vectoriser.fit_transform(texts)
    except ValueError as error:  # no n-gram stands in two texts, or all stand in nearly all of them
        raise TooLittleHistory(str(error)) from error


def _side_by_side(of_words: Sparse, of_chars: Sparse) -> Sparse:
    from scipy.sparse import hstack

    return hstack([of_words, of_chars], format="csr")


def _fit(rows: Sparse, right: Names, *, seed: int) -> Fitted:
    done = classifier(seed=seed).fit(rows, right)
    weights, bias = done.coef_, done.intercept_
    if len(weights) == 1:  # two labels share one score, of the second against the first
        return Fitted(np.concatenate([-weights, weights]), np.concatenate([-bias, bias]))
    return Fitted(weights, bias)


def _out_of_fold(features: Sparse, right: Names, learned: NDArray[np.bool_], *, seed: int) -> Floats:
    """Return scores (n_rows, n_labels), each row's by a model that had not seen it.

    Rows of labels that are not learned are spread over the folds' models.
    """
    known = np.flatnonzero(learned)
    strange = np.flatnonzero(~learned)
    scores = np.empty((len(right), len(np.unique(right[learned]))))
    for fold, (seen, unseen) in enumerate(folds(seed=seed).split(known, right[known])):
        fitted = _fit(features[known[seen]], right[known[seen]], seed=seed)
        asked = np.concatenate([known[unseen], strange[fold::FOLDS]])
        scores[asked] = fitted.scores(features[asked])
    return scores


def _model(card: ModelCard, words: Vectoriser, chars: Vectoriser, fitted: Fitted) -> TrainedModel:
    split = len(words.vocabulary_)
    return TrainedModel(
        card,
        words=_features(words, fitted.weights[:, :split]),
        chars=_features(chars, fitted.weights[:, split:]),
        bias=fitted.bias,
    )


def _features(vectoriser: Vectoriser, weights: Floats) -> Features:
    """Return the vectoriser's n-grams by ascending key, with idf and weights (n_features, n_labels)."""
    grams = vectoriser.get_feature_names_out()
    keys = np.fromiter(map(key_of, grams), dtype=np.uint64, count=len(grams))
    order = np.argsort(keys)
    if (np.diff(keys[order]) == 0).any():
        raise ValueError("two n-grams share a key")
    return Features(
        keys=keys[order],
        idf=vectoriser.idf_[order].astype(np.float32),
        weights=np.ascontiguousarray(weights.T[order], dtype=np.float32),
    )
