"""Forms: one schema for JSON and browsers, limits from the columns, safe to send twice."""

import pytest
from sqlalchemy import String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from werkzeug.datastructures import MultiDict

from servicedesk.kernel.errors import Invalid
from servicedesk.kernel.forms import (
    Flag,
    FormSchema,
    OneOf,
    Secret,
    Text,
    Whole,
    empty_form,
    fits,
    load_form,
    load_json,
    new_key,
)


class Shelf(DeclarativeBase):
    pass


class Book(Shelf):
    __tablename__ = "book"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(10))


class BookForm(FormSchema):
    title = Text(required=True, validate=fits(Book.title), metadata={"label": "Title", "help": "As printed."})
    pages = Whole(allow_none=True, load_default=None)
    shelf = Text(load_default="a", validate=OneOf("a", "b"))
    is_lent = Flag(load_default=False)
    code = Secret(load_default="")


def sent(**fields):
    return load_form(BookForm, MultiDict({"title": "Dune", **fields}))


def test_a_sentence_about_a_blank_field_stays_whole(app):
    form = load_form(BookForm, MultiDict({"title": "  "}))

    assert [problem.message for problem in form.problems] == ["Fill this in."]


def test_a_good_form_gives_typed_data(app):
    form = sent(title=" Dune\r\nII ", pages="412", is_lent="true", csrf_token="x")

    assert form.is_valid
    assert form.data == {"title": "Dune\nII", "pages": 412, "shelf": "a", "is_lent": True, "code": ""}


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"title": ""}, "title"),
        ({"title": "   "}, "title"),
        ({"title": "\x00\x07"}, "title"),
        ({"title": "a" * 11}, "title"),
        ({"title": "a" * 100_000}, "title"),
        ({"pages": "many"}, "pages"),
        ({"pages": "4.5"}, "pages"),
        ({"shelf": "c"}, "shelf"),
        ({"is_lent": "perhaps"}, "is_lent"),
        ({"is_admin": "true"}, "is_admin"),
        ({"id": "7"}, "id"),
    ],
)
def test_a_bad_form_says_what_is_wrong_where_and_keeps_what_was_typed(app, fields, wrong):
    form = sent(**fields)

    assert (form.is_valid, dict(form.data), list(form.errors)) == (False, {}, [wrong])
    assert form.values[wrong] == fields[wrong]
    assert form.problems[0].message


def test_an_empty_number_is_none(app):
    assert sent(pages="").data["pages"] is None


def test_a_password_keeps_its_spaces_and_is_never_drawn(app):
    form = sent(code=" a b ")

    assert form.data["code"] == " a b "
    assert sent(title="", code="x").row("code", type="password")["type"] == "password"


def test_the_limit_of_a_column_reaches_the_browser(app):
    row = empty_form(BookForm, title="Emma").row("title")

    assert row["attrs"] == {"maxlength": 10}
    assert (row["label"], row["help"], row["value"], row["required"]) == (
        "Title",
        "As printed.",
        "Emma",
        True,
    )


def test_a_page_may_change_how_a_field_is_drawn(app):
    assert empty_form(BookForm).row("shelf", type="select", options=[("a", "A")])["options"] == [("a", "A")]


def test_every_drawing_of_a_form_has_a_key_of_its_own(app):
    assert empty_form(BookForm).key != empty_form(BookForm).key
    assert len(new_key()) <= 64


def test_the_key_and_the_version_that_were_drawn_come_back(app):
    key = new_key()
    form = sent(idempotency_key=key, row_version="7")

    assert (form.key, form.row_version, form.is_valid) == (key, 7, True)


@pytest.mark.parametrize("forged", ["", "short", "a" * 65, "with space in it!", "ключключключключ"])
def test_a_forged_key_is_replaced(app, forged):
    assert sent(idempotency_key=forged).key != forged
    assert sent(row_version=forged).row_version is None


def test_what_a_command_refuses_is_shown_at_its_field(app):
    form = sent().refused(Invalid("book.taken", "There is one already.", field="title"))
    whole = sent().refused(Invalid("book.no", "Not today."))

    assert form.row("title")["errors"] == ["There is one already."]
    assert (whole.problems[0].name, whole.problems[0].message) == ("", "Not today.")


def test_json_is_checked_by_the_same_schema(app):
    assert load_json(BookForm, {"title": "Dune", "pages": 3})["pages"] == 3
    with pytest.raises(Invalid) as refused:
        load_json(BookForm, {"title": "a" * 11, "is_admin": True})
    assert set(refused.value.errors) == {"title", "is_admin"}


@pytest.mark.parametrize(
    "body", [None, [], "text", 7, {"title": None}, {"title": ["a"]}, {"title": {"a": 1}}]
)
def test_json_of_another_shape_is_refused(app, body):
    with pytest.raises(Invalid):
        load_json(BookForm, body)


def test_sentences_are_in_the_readers_language(client):
    answer = client.post("/sign-in", data={"email": "", "password": ""}, headers={"Accept-Language": "he"})

    assert answer.status_code == 422
    assert "Fill this in" not in answer.text
