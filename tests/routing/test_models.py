"""Models are trained on finished requests of the desk, kept as versions, and fall back safely (R8, R64)."""

import json
from time import monotonic

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from routing import versions
from routing.core.model_file import read
from routing.core.training import TooLittleHistory
from routing.models import ModelVersion
from routing.queries import propose_while_typing
from routing.training_data import history as history_of
from routing.training_runs import train_on_history
from routing.versions import activate_model, active_model, card_of, loaded, model_rows, store
from servicedesk.kernel.db import session
from servicedesk.kernel.errors import NotAllowed, NotFound
from servicedesk.kernel.events import stored_events
from servicedesk.kernel.refs import StreamRef
from servicedesk.tickets.assignment import edit_fields
from servicedesk.tickets.catalogue import categories
from servicedesk.tickets.erasing import erase_text
from servicedesk.tickets.progress import resolve_ticket
from tests.routing.desk import DOORS, OPERATOR, PAPER, history, import_rows, train_desk


def test_training_keeps_a_version_with_its_figures_and_lets_it_answer(app):
    trained = train_desk()

    row = active_model()
    assert (row.number, row.digest, row.rows) == (1, trained.digest, 135)
    assert card_of(row)["out_of_fold"]["precision"] == trained.card.out_of_fold.precision
    assert loaded(row).card == trained.card


def test_the_log_of_models_says_what_was_trained_and_when_it_began_to_answer(app):
    train_desk()

    log = stored_events(StreamRef("model", active_model().id))

    assert [event.type for event in log] == ["model_trained", "model_activated"]
    assert log[0].body["digest"] == active_model().digest


def test_training_again_on_the_same_history_changes_nothing(app):
    first = train_desk()

    second = train_on_history(OPERATOR)

    assert (second.number, second.digest) == (first.number, first.digest)
    assert len(model_rows()) == 1


def test_more_history_gives_a_new_version_and_the_old_one_can_answer_again(app):
    train_desk()
    import_rows([(f"a third printer {n} eats paper", PAPER) for n in range(10)], source="more")
    train_on_history(OPERATOR)
    assert active_model().number == 2

    activate_model(OPERATOR, 1)

    assert active_model().number == 1
    assert len(session().scalars(select(ModelVersion).where(ModelVersion.is_active)).all()) == 1


def test_a_desk_without_history_has_nothing_to_learn_from(app):
    with pytest.raises(TooLittleHistory):
        train_on_history(OPERATOR)


@pytest.mark.parametrize("name", ["manifest.json", "words.weights.npy"])
def test_a_damaged_model_is_never_asked_and_the_catalogue_answers(app, make_person, name):
    trained = train_desk()
    (store() / trained.digest / name).write_bytes(b"damaged")

    proposal = propose_while_typing(make_person(), "I have forgotten my password")

    assert proposal.decided_by == "catalogue"


@pytest.fixture
def damaged(app, monkeypatch):
    """A trained model that was damaged, and the digests that were hashed since."""
    trained = train_desk()
    (store() / trained.digest / "manifest.json").rename(store() / "kept")
    hashed = []
    monkeypatch.setattr(
        versions, "read", lambda folder, digest: hashed.append(digest) or read(folder, digest)
    )
    return trained.digest, hashed


def test_a_damaged_model_is_hashed_and_logged_once(damaged):
    digest, hashed = damaged

    with capture_logs() as lines:
        assert [loaded(active_model()) for _proposal in range(5)] == [None] * 5

    assert hashed == [digest]
    assert [line["event"] for line in lines] == ["model cannot be used"]


def test_a_model_that_was_put_back_answers_again_after_a_while(damaged, monkeypatch):
    digest, _hashed = damaged
    loaded(active_model())
    (store() / "kept").rename(store() / digest / "manifest.json")

    monkeypatch.setattr(versions, "monotonic", lambda: monotonic() + versions.TRY_AGAIN_SECONDS)

    assert loaded(active_model()).card.rows == 135


def test_only_those_who_configure_may_choose_the_model(app, make_person):
    train_desk()

    with pytest.raises(NotAllowed):
        activate_model(make_person("manager"), 1)
    with pytest.raises(NotFound):
        activate_model(OPERATOR, 7)


def test_a_resolved_request_is_learned_with_the_category_it_ended_with(app, make_ticket, make_person):
    import_rows(history(2))
    agent, keys = make_person("agent"), {row.name: row.key for row in categories().values()}
    ids = {row.name: row.id for row in categories().values()}
    number = make_ticket(subject="Badge", text="My badge is gone").id
    edit_fields(agent, number, {"category_id": ids[PAPER]})
    edit_fields(agent, number, {"category_id": ids[DOORS]})
    resolve_ticket(agent, number, answer="Done.")

    known = history_of("category")

    assert (known.texts[-1], known.labels[-1]) == ("Badge\nMy badge is gone", keys[DOORS])


def test_open_requests_and_those_without_text_are_not_learned(app, make_ticket):
    import_rows([*history(2), ("", PAPER)])
    make_ticket()

    assert len(history_of("category").texts) == 4


def test_erased_texts_are_not_learned(app, administrator):
    import_rows(history(2))
    erase_text(administrator, 1, seqs=[1, 2])

    assert len(history_of("category").texts) == 3


def test_history_beyond_the_limit_is_cut_at_its_old_end(app):
    import_rows([(f"old printer {n}", PAPER) for n in range(5)] + [("new badge", DOORS)])

    assert history_of("category", most_characters=25).texts == ["old printer 4", "new badge"]


def test_what_is_kept_of_a_model_is_data(app):
    trained = train_desk()

    manifest = json.loads((store() / trained.digest / "manifest.json").read_text("utf-8"))

    assert set(manifest) == {"card", "files", "format"}
    assert {path.suffix for path in (store() / trained.digest).iterdir()} == {".npy", ".json"}
