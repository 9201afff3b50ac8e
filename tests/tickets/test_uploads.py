"""Files that become part of tickets: stored once, claimed once, tidied up, verified (R24, R39)."""

import hashlib
import io
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest
from sqlalchemy import func, select

from servicedesk.identity.actor import system_actor
from servicedesk.kernel.db import session
from servicedesk.kernel.errors import Invalid, NotFound, TooLarge
from servicedesk.kernel.files import folder_of, the_files
from servicedesk.kernel.refs import Cause
from servicedesk.kernel.this_desk import the_settings
from servicedesk.kernel.verification import Findings, verify
from servicedesk.tickets import attaching, uploads
from servicedesk.tickets.conversation import add_note, reply
from servicedesk.tickets.erasing import erase_text
from servicedesk.tickets.files import content_of
from servicedesk.tickets.files_check import check_files
from servicedesk.tickets.files_tidying import tidy
from servicedesk.tickets.models import Attachment, StoredFile, Upload
from servicedesk.tickets.queries import conversation, ticket_detail
from servicedesk.tickets.uploads import discard, take_in
from tests.support import pictures

TIDIER = system_actor(Cause("test"))


def send(who, data=b"hello", name="a.txt", **more):
    return take_in(who, io.BytesIO(data), name=name, **more)


def count(model):
    return session().scalar(select(func.count()).select_from(model))


def stored():
    return list(the_files().hashes())


@pytest.fixture
def customer(make_person):
    return make_person()


@pytest.fixture
def ticket(make_ticket, customer):
    return make_ticket(customer)


def files_of(viewer, ticket):
    return [
        file
        for rows in conversation(viewer, ticket_detail(viewer, ticket.id)).files.values()
        for file in rows
    ]


def test_a_file_goes_with_its_message(customer, ticket):
    sent = send(customer, pictures.png(), "../screen.png")
    reply(customer, ticket.id, text="See this.", uploads=[sent.id])

    (file,) = files_of(customer, ticket)
    assert (file.name, file.media_type, file.size) == ("screen.png", "image/png", len(pictures.png()))
    assert count(Upload) == 0
    assert verify().differences == []


def test_a_new_request_takes_its_files_along(customer, make_ticket):
    made = make_ticket(customer, uploads=(send(customer).id,))

    assert [file.name for file in files_of(customer, made)] == ["a.txt"]


def test_the_same_content_is_stored_once_under_both_names(customer, ticket):
    ids = [send(customer, b"same", name).id for name in ("one.txt", "two.txt")]
    reply(customer, ticket.id, text="Twice.", uploads=ids)

    assert [file.name for file in files_of(customer, ticket)] == ["one.txt", "two.txt"]
    assert stored() == [hashlib.sha256(b"same").hexdigest()]


def test_a_photograph_is_kept_without_its_place(customer):
    sent = send(customer, pictures.jpeg(), "p.jpg")
    row = session().get_one(StoredFile, session().get_one(Upload, sent.id).sha256)

    kept = b"".join(the_files().read(row.sha256))
    assert pictures.PLACE not in kept
    assert (row.size, row.sha256) == (len(kept), hashlib.sha256(kept).hexdigest())


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"", "files.empty"), (pictures.png(60_000, 60_000), "files.picture_too_large")],
)
def test_what_cannot_be_used_is_refused_and_leaves_nothing(customer, data, code):
    with pytest.raises(Invalid) as refused:
        send(customer, data, "x.png")

    assert refused.value.code == code
    assert (count(StoredFile), stored()) == (0, [])


@pytest.mark.parametrize("data", [pictures.PROGRAM, b"\x89PNG\r\n\x1a\n no header"])
def test_what_only_calls_itself_a_picture_is_none(customer, data):
    assert send(customer, data, "cat.png").media_type not in {"image/png", "image/jpeg"}


def test_a_file_over_the_limit_is_refused(customer):
    limit = the_settings().file_limit_mb * 1_000_000

    with pytest.raises(TooLarge):
        send(customer, bytes(limit + 1))


def test_nobody_can_send_the_file_of_somebody_else(customer, ticket, make_person):
    theirs = send(make_person())

    with pytest.raises(Invalid) as refused:
        reply(customer, ticket.id, text="Mine?", uploads=[theirs.id])

    assert refused.value.code == "files.gone"
    discard(customer, theirs.id)
    assert count(Upload) == 1


def test_a_file_is_part_of_one_message_only(customer, ticket):
    sent = send(customer)
    reply(customer, ticket.id, text="First.", uploads=[sent.id])

    with pytest.raises(Invalid):
        reply(customer, ticket.id, text="Second.", uploads=[sent.id])

    assert len(files_of(customer, ticket)) == 1


def test_a_form_sent_twice_sends_its_file_once(customer, ticket):
    sent = send(customer)
    for _ in range(2):
        reply(customer, ticket.id, text="Once.", uploads=[sent.id], key="the-same-form-key")

    assert len(files_of(customer, ticket)) == 1


def test_a_message_takes_ten_files_and_a_request_so_many_megabytes(customer, ticket, monkeypatch):
    ids = [send(customer, bytes([n]) * 9).id for n in range(1, 12)]
    with pytest.raises(Invalid, match="10 files"):
        reply(customer, ticket.id, text="All.", uploads=ids)

    monkeypatch.setattr(attaching, "MEGABYTE", 0)
    with pytest.raises(Invalid, match="together"):
        reply(customer, ticket.id, text="One.", uploads=ids[:1])

    assert (count(Upload), count(Attachment)) == (11, 0)


def test_who_leaves_many_files_unsent_has_to_send_some_first(customer, monkeypatch):
    monkeypatch.setattr(uploads, "MOST_UNSENT", 1)
    send(customer)

    with pytest.raises(Invalid, match="wait for a text"):
        send(customer, b"another")


def test_the_file_of_a_note_is_for_those_who_read_notes(customer, ticket, make_person):
    agent = make_person("agent")
    add_note(agent, ticket.id, text="Internal.", uploads=[send(agent, b"canary", "canary.txt").id])

    (file,) = files_of(agent, ticket)
    assert files_of(customer, ticket) == []
    assert content_of(agent, ticket.id, file.seq).name == "canary.txt"
    for viewer, more in ((customer, {}), (agent, {"public_only": True}), (make_person(), {})):
        with pytest.raises(NotFound):
            content_of(viewer, ticket.id, file.seq, **more)


def test_a_stranger_does_not_find_a_file(customer, ticket, make_person):
    reply(customer, ticket.id, text="Mine.", uploads=[send(customer).id])
    (file,) = files_of(customer, ticket)

    with pytest.raises(NotFound):
        content_of(make_person(), ticket.id, file.seq)


def test_an_erased_file_loses_name_and_content_and_still_verifies(clock, customer, ticket, administrator):
    reply(customer, ticket.id, text="My papers.", uploads=[send(customer).id])
    (file,) = files_of(customer, ticket)

    erase_text(administrator, ticket.id, seqs=[file.seq])
    clock.move(days=8)
    tidy(TIDIER)

    assert [row.name for row in files_of(customer, ticket)] == [None]
    assert (stored(), count(StoredFile), verify().differences) == ([], 0, [])
    with pytest.raises(NotFound):
        content_of(customer, ticket.id, file.seq)


def test_what_was_never_sent_goes_after_two_days_and_its_content_after_a_week(clock, customer):
    send(customer)
    tidy(TIDIER)
    assert count(Upload) == 1

    clock.move(days=2, minutes=1)
    tidy(TIDIER)
    assert (count(Upload), len(stored())) == (0, 1)

    clock.move(days=6)
    tidy(TIDIER)
    assert (count(StoredFile), stored()) == (0, [])


def test_content_that_is_used_elsewhere_stays(clock, customer, ticket):
    sent, unsent = send(customer), send(customer)
    reply(customer, ticket.id, text="See.", uploads=[sent.id])
    discard(customer, unsent.id)

    clock.move(days=30)
    tidy(TIDIER)

    assert len(stored()) == 1


def test_a_kill_between_file_and_row_leaves_only_what_is_tidied_up(clock, customer, monkeypatch):
    def killed(*_said):
        raise KeyboardInterrupt

    monkeypatch.setattr(uploads, "_keep", killed)
    with pytest.raises(KeyboardInterrupt):
        send(customer)
    assert (len(stored()), count(StoredFile), count(Upload)) == (1, 1, 0)

    clock.move(days=7, minutes=1)
    tidy(TIDIER)

    assert (stored(), count(StoredFile)) == ([], 0)
    assert list((folder_of(the_settings()) / ".incoming").iterdir()) == []


def test_two_who_send_the_same_content_at_once_both_have_it(app, customer, make_person):
    people = [customer, make_person()]
    session().rollback()

    def at_once(who):
        with app.app_context():
            return send(who, b"the same").id

    with ThreadPoolExecutor(2) as pool:
        ids = list(pool.map(lambda who: copy_context().run(at_once, who), people))

    assert len(set(ids)) == 2
    assert (count(Upload), count(StoredFile), len(stored())) == (2, 1, 1)


def damaged(how):
    """Do something to the one stored file; return what the check says of it."""
    (sha256,) = stored()
    how(the_files().path_of(sha256))
    findings = Findings()
    findings.note(check_files(findings.counts))
    return [(each.table, each.column) for each in findings.differences]


@pytest.mark.parametrize(
    ("how", "found"),
    [
        (lambda path: None, []),
        (lambda path: path.unlink(), [("file", None)]),
        (lambda path: path.write_bytes(b"hello!"), [("file", "size")]),
        (lambda path: path.write_bytes(b"hallo"), [("file", "sha256")]),
    ],
)
def test_a_file_that_was_touched_is_found(customer, ticket, how, found):
    reply(customer, ticket.id, text="See.", uploads=[send(customer).id])

    assert damaged(how) == found
