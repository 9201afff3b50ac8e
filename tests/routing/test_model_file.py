"""A model on disk is whole, is the one its name says, and holds no code and nobody's words."""

import numpy as np
import pytest

from routing.core.inference import propose
from routing.core.model_file import BadModelFile, read, size_of, write


@pytest.fixture
def stored(model, tmp_path):
    return write(model, tmp_path)


def test_a_model_read_back_answers_the_same(model, stored, tmp_path, unseen):
    found = read(tmp_path, stored)

    assert found.card == model.card
    assert [propose(found, text) for text in unseen.texts[:20]] == [
        propose(model, text) for text in unseen.texts[:20]
    ]


def test_its_arrays_are_mapped_and_cannot_be_written(stored, tmp_path):
    weights = read(tmp_path, stored).words.weights

    assert isinstance(weights.base, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        weights[0, 0] = 1


NAMES = ["manifest.json", "bias.npy"] + [
    f"{kind}.{part}.npy" for kind in ("words", "chars") for part in ("keys", "idf", "weights")
]


@pytest.mark.parametrize("name", NAMES)
def test_one_changed_byte_is_refused(stored, tmp_path, name):
    path = tmp_path / stored / name
    content = bytearray(path.read_bytes())
    content[-7] ^= 1
    path.write_bytes(content)

    with pytest.raises(BadModelFile):
        read(tmp_path, stored)


@pytest.mark.parametrize("name", ["manifest.json", "chars.keys.npy"])
def test_a_missing_file_is_refused(stored, tmp_path, name):
    (tmp_path / stored / name).unlink()

    with pytest.raises(BadModelFile):
        read(tmp_path, stored)


def test_a_model_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(BadModelFile):
        read(tmp_path, "0" * 64)


def test_a_model_made_for_other_tokens_is_refused(stored, tmp_path, monkeypatch):
    monkeypatch.setattr("routing.core.model_file.VERSION", 99)

    with pytest.raises(BadModelFile, match="train again"):
        read(tmp_path, stored)


def test_writing_the_same_model_twice_leaves_one_folder(model, stored, tmp_path):
    assert write(model, tmp_path) == stored
    assert [path.name for path in tmp_path.iterdir()] == [stored]


def test_writing_over_a_damaged_copy_is_refused(model, stored, tmp_path):
    (tmp_path / stored / "manifest.json").write_text("{}")

    with pytest.raises(BadModelFile, match="damaged"):
        write(model, tmp_path)


def test_a_write_that_fails_leaves_nothing(model, tmp_path, monkeypatch):
    monkeypatch.setattr("servicedesk.kernel.array_files._publish", lambda *_paths: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        write(model, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_files_hold_no_word_of_any_request(stored, tmp_path):
    content = b"".join(path.read_bytes() for path in (tmp_path / stored).iterdir())

    assert b"password" not in content
    assert size_of(tmp_path, stored) == len(content) < 30_000_000
