"""Files over HTTP: who may have them, how they are sent, what is refused unread (security.md 2, 3, 24)."""

import io

import pytest

from servicedesk.kernel.errors import NoRoom
from servicedesk.kernel.files_on_disk import FilesOnDisk
from servicedesk.tickets.assignment import assign
from servicedesk.tickets.conversation import add_note, reply
from servicedesk.tickets.core.numbers import number_text
from servicedesk.tickets.queries import conversation, ticket_detail
from servicedesk.tickets.uploads import take_in
from tests.support import pictures

HEBREW = "דוח.txt"


def upload(browser, data=b"hello", name="a.txt", **more):
    return browser.post("/files", query_string={"name": name}, data=data, **more)


def id_in(answer):
    return answer.text.partition('name="upload" value="')[2].partition('"')[0]


@pytest.fixture
def customer(sign_in_as):
    return sign_in_as("customer")


@pytest.fixture
def agent(sign_in_as):
    return sign_in_as("agent")


@pytest.fixture
def ticket(make_ticket, customer):
    return make_ticket(customer.actor)


def attach(who, ticket, data=b"hello", name="a.txt", *, note=False):
    """Let `who` send a file; return its address in the portal and on the desk."""
    sent = take_in(who, io.BytesIO(data), name=name)
    (add_note if note else reply)(who, ticket.id, text="See the file.", uploads=[sent.id])
    seq = ticket_seq(who, ticket)
    ref = number_text(ticket.id, "SD")
    return f"/requests/{ref}/files/{seq}", f"/desk/tickets/{ref}/files/{seq}"


def ticket_seq(who, ticket):
    spoken = conversation(who, ticket_detail(who, ticket.id))
    return max(file.seq for rows in spoken.files.values() for file in rows)


def test_a_file_goes_ahead_and_its_row_comes_back(customer):
    answer = upload(customer, name="../" + HEBREW)

    assert answer.status_code == 201
    assert f"{HEBREW}</bdi>" in answer.text
    assert len(id_in(answer)) >= 24


def test_a_file_is_saved_under_its_name_and_nothing_in_it_runs(customer, agent, ticket):
    in_portal, on_desk = attach(customer.actor, ticket, pictures.SCRIPTED_SVG, "logo.svg")

    for browser, url in ((customer, in_portal), (agent, on_desk)):
        answer = browser.get(url)
        assert (answer.status_code, answer.data) == (200, pictures.SCRIPTED_SVG)
        assert answer.mimetype == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith('attachment; filename="logo.svg"')
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; sandbox")
        assert answer.headers["Cache-Control"] == "private, no-cache"


def test_a_picture_may_be_shown(customer, ticket):
    answer = customer.get(attach(customer.actor, ticket, pictures.png(), "cat.png")[0])

    assert (answer.mimetype, answer.headers["Content-Disposition"][:6]) == ("image/png", "inline")


def test_a_program_called_a_picture_is_saved_as_bytes_and_marked(customer, ticket):
    url, _desk = attach(customer.actor, ticket, pictures.PROGRAM, "cat.png")

    answer, page = customer.get(url), customer.get(url.partition("/files/")[0])
    assert answer.mimetype == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "program: open it only if you expect it" in page.text
    assert "file-picture" not in page.text


def test_the_name_crosses_every_language(customer, ticket):
    answer = customer.get(attach(customer.actor, ticket, name=HEBREW)[0])

    assert answer.headers["Content-Disposition"] == (
        "attachment; filename=\"file.txt\"; filename*=UTF-8''%D7%93%D7%95%D7%97.txt"
    )


@pytest.mark.parametrize(
    ("asked", "status", "data"),
    [
        ("bytes=0-4", 206, b"01234"),
        ("bytes=-3", 206, b"789"),
        ("bytes=8-", 206, b"89"),
        ("bytes=20-", 416, b""),
        ("bytes=0-1,4-5", 200, b"0123456789"),
        ("lines=1-2", 200, b"0123456789"),
    ],
)
def test_a_part_can_be_asked_for(customer, ticket, asked, status, data):
    answer = customer.get(attach(customer.actor, ticket, b"0123456789")[0], headers={"Range": asked})

    assert (answer.status_code, answer.data) == (status, data)


def test_a_kept_file_is_asked_about_each_time(customer, sign_in_as, ticket):
    url, _desk = attach(customer.actor, ticket)
    tag = customer.get(url).headers["ETag"]

    assert customer.get(url, headers={"If-None-Match": tag}).status_code == 304
    assert sign_in_as("customer").get(url, headers={"If-None-Match": tag}).status_code == 404


@pytest.mark.parametrize("role", [None, "customer", "organisation_viewer", "group_agent"])
def test_a_stranger_gets_no_file(client, sign_in_as, customer, ticket, role, administrator, make_group):
    assign(administrator, ticket.id, group_id=make_group().id)  # what waits to be sorted every team may see
    urls = attach(customer.actor, ticket, b"canary")
    browser = sign_in_as(role) if role else client

    for url in urls:
        answer = browser.get(url)
        assert answer.status_code in {303, 403, 404}
        assert b"canary" not in answer.data


def test_the_file_of_a_note_is_nowhere_in_the_portal(customer, agent, ticket):
    in_portal, on_desk = attach(agent.actor, ticket, b"canary", "canary.txt", note=True)
    page = in_portal.partition("/files/")[0]

    assert agent.get(on_desk).data == b"canary"
    for browser in (customer, agent):
        assert browser.get(in_portal).status_code == 404
        assert "canary" not in browser.get(page).text
    assert "canary" not in customer.get(f"{page}/live").text
    assert customer.get(on_desk).status_code == 403


def test_a_file_of_another_ticket_is_not_found_under_this_one(customer, ticket, make_ticket):
    url, _desk = attach(customer.actor, ticket)
    other = number_text(make_ticket(customer.actor).id, "SD")

    assert customer.get(f"/requests/{other}/files/{url.rpartition('/')[2]}").status_code == 404


class Unread(io.RawIOBase):
    """A body that must not be read."""

    def readable(self):
        return True

    def readinto(self, _into):
        raise AssertionError("it was read")


def test_a_hundred_megabytes_are_refused_before_a_byte_is_read(customer):
    body = {"wsgi.input": Unread(), "CONTENT_LENGTH": "100000000"}

    answer = upload(customer, data=None, environ_overrides=body, headers={"Accept": "application/json"})

    assert answer.status_code == 413
    assert "smaller files" in answer.json["detail"]


def test_a_hundred_megabytes_in_chunks_are_cut_off_at_the_limit(customer):
    sent = io.BytesIO(bytes(100_000_000))
    body = {"wsgi.input": sent, "wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}

    answer = upload(customer, data=None, environ_overrides=body, headers={"Accept": "application/json"})

    assert answer.status_code == 413
    assert sent.tell() < 30_000_000


def test_a_body_shorter_than_it_says_is_refused(customer):
    body = {"wsgi.input": io.BytesIO(b"half"), "CONTENT_LENGTH": "8"}

    answer = upload(customer, data=None, environ_overrides=body)

    assert answer.status_code in {400, 422}
    assert list(customer.application.config["SETTINGS"].data_dir.glob("files/??/??/*")) == []


def test_without_room_the_reason_is_told(customer, monkeypatch):
    def full(*_said):
        raise NoRoom("files.no_room", "There is no room for files at the moment.")

    monkeypatch.setattr(FilesOnDisk, "put", full)

    answer = upload(customer, headers={"Accept": "application/json"})

    assert (answer.status_code, answer.json["code"]) == (507, "files.no_room")


def test_nobody_uploads_without_signing_in_or_from_another_site(client, customer):
    assert upload(client).status_code == 401
    assert upload(customer, csrf=False).status_code == 400


def test_what_waits_is_shown_to_its_sender_only_until_it_is_taken_out(customer, sign_in_as):
    upload_id = id_in(upload(customer))
    found = f"/files?id={upload_id}"

    assert (upload_id in customer.get(found).text, upload_id in sign_in_as("customer").get(found).text) == (
        True,
        False,
    )
    sign_in_as("customer").post(f"/files/{upload_id}/discard")
    assert upload_id in customer.get(found).text
    assert customer.post(f"/files/{upload_id}/discard").status_code == 204
    assert upload_id not in customer.get(found).text
