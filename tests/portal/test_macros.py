"""Shells and macros: what screen readers, forms and mixed directions rely on (R2, R10, R13, R30)."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup, Tag
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from portal.page import Key, KeyGroup, Language, Link, LinkGroup, Page, Person

TEMPLATES = Path(__file__).parents[2] / "portal/templates"
Render = Callable[..., BeautifulSoup]


@pytest.fixture(scope="module")
def environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
    )
    made.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
    made.globals.update(csrf_token=lambda: "token", asset_url=lambda name: f"/assets/0/{name}")
    made.globals["kept"] = lambda template, *_rests_on, **values: made.get_template(template).make_module(
        values
    )
    return made


@pytest.fixture
def render(environment: Environment) -> Render:
    """Render `source` after importing the macros named in it as `file.macro`."""

    def rendered(source: str, **values: object) -> BeautifulSoup:
        return BeautifulSoup(environment.from_string(source).render(**values), "html.parser")

    return rendered


def only(soup: BeautifulSoup | Tag, selector: str) -> Tag:
    (found,) = soup.select(selector)
    return found


def page(**values: object) -> Page:
    frame = {
        "title": "Queue",
        "person": Person("Dana N.", "DN"),
        "navigation": (LinkGroup((Link("At risk", "/desk/queue/at-risk", "6", "risk", is_current=True),)),),
        "languages": (Language("en", "English", is_current=True), Language("he", "עברית", "rtl")),
        "language_url": "/language",
        "sign_out_url": "/leave",
        "keys": (
            KeyGroup("Moving", (Key("g q", "Go to the queue", url="/desk"), Key("j", "Next", "next-row"))),
        ),
    }
    return Page(**(frame | values))  # type: ignore[arg-type]


FUSE = '{% from "macros/fuse.html" import fuse %}{{ fuse(row) }}'
FIELD = '{% from "macros/field.html" import field %}'


def fuse_row(**values: object) -> SimpleNamespace:
    row = {"words": "42 m left", "state": "risk", "share": 86, "clock_label": "resolution", "count": None}
    return SimpleNamespace(**(row | values))


def test_a_fuse_tells_its_state_in_words_shape_and_length(render: Render) -> None:
    soup = render(FUSE, row=fuse_row())

    assert only(soup, ".fuse-words bdi").text == "42 m left"
    assert only(soup, ".fuse-words use")["href"] == "#i-risk"
    assert only(soup, ".fuse-burnt")["width"] == "86"


def test_a_running_fuse_carries_working_seconds_and_when_the_desk_closes(render: Render) -> None:
    count = SimpleNamespace(left_seconds=2520, open_seconds=0, target_seconds=14400)

    countdown = only(render(FUSE, row=fuse_row(count=count)), "due-countdown")

    assert countdown.attrs == {"left": "2520", "open": "0", "target": "14400"}
    assert countdown.text == "42 m left"


def test_a_field_ties_label_help_and_error_to_its_control(render: Render) -> None:
    call = "{{ field('subject', 'Subject', help='Short', errors=['Too long'], required=true) }}"

    control = only(soup := render(FIELD + call), "input")

    assert only(soup, "label")["for"] == control["id"] == "f-subject"
    assert control["aria-describedby"] == "h-subject e-subject"
    assert control["aria-invalid"] == "true"
    assert control["dir"] == "auto"
    assert "Too long" in only(soup, "#e-subject").text


@pytest.mark.parametrize("kind", ["select", "radio"])
def test_a_choice_marks_what_was_chosen_also_as_a_number(render: Render, kind: str) -> None:
    call = "{{ field('team', 'Team', type=kind, value=3, options=[('', 'any'), ('3', 'Network')]) }}"

    chosen = only(render(FIELD + call, kind=kind), "[selected], [checked]")

    assert chosen["value"] == "3"


def test_a_text_with_a_leading_line_break_keeps_it(render: Render) -> None:
    soup = render(FIELD + "{{ field('text', 'Text', type='textarea', value='\\nsecond') }}")

    assert only(soup, "textarea").text == "\n\nsecond"  # the first one is the parser's to drop


def test_what_a_customer_wrote_is_text_and_carries_no_behaviour(render: Render) -> None:
    at = SimpleNamespace(iso="2026-11-21T09:14:00Z", words="Tue 09:14", title="Tuesday")
    row = SimpleNamespace(id="m1", side="theirs", author="<b>N</b>", initials="N", at=at, text="<img src=x>")

    soup = render('{% from "macros/message.html" import message %}{{ message(row) }}', row=row)

    assert soup.select("img") == []
    assert only(soup, ".message-text").attrs == {"class": ["message-text"], "dir": "auto", "hx-ignore": ""}
    assert only(soup, "time")["datetime"] == "2026-11-21T09:14:00Z"


def test_a_note_says_that_it_is_one(render: Render) -> None:
    at = SimpleNamespace(iso="", words="", title="")
    row = SimpleNamespace(id="m1", side="note", author="Dana", initials="D", at=at, text="Hm")

    soup = render('{% from "macros/message.html" import message %}{{ message(row) }}', row=row)

    assert "internal note" in only(soup, "header").text


def test_a_confirmation_is_a_form_that_works_without_script(render: Render) -> None:
    call = "{{ confirm('gone', 'Withdraw', 'We stop.', 'Withdraw it', '/withdraw') }}"

    soup = render('{% from "macros/confirm.html" import confirm %}' + call)

    assert only(soup, "form")["action"] == "/withdraw"
    assert only(soup, "form input[name=csrf_token]")["value"] == "token"
    assert only(soup, "button[data-does]")["popovertarget"] == only(soup, "[popover]")["id"]


@pytest.mark.parametrize("shell", ["customer", "desk", "report", "plain"])
def test_every_shell_speaks_the_reader_s_language_and_direction(render: Render, shell: str) -> None:
    source = f'{{% extends "shell/{shell}.html" %}}'

    soup = render(source, page=page(locale="he", direction="rtl", theme="dark"))

    assert only(soup, "html").attrs == {"lang": "he", "dir": "rtl", "data-theme": "dark"}
    assert only(soup, "a.skip")["href"] == "#" + str(only(soup, "main")["id"])
    assert soup.select(".demo-note") == []


@pytest.mark.parametrize("shell", ["customer", "desk", "report", "plain"])
def test_a_demo_is_marked_on_every_shell(render: Render, shell: str) -> None:
    soup = render(f'{{% extends "shell/{shell}.html" %}}', page=page(is_demo=True))

    assert "fictional" in only(soup, ".demo-note").text


def test_the_rail_shows_the_links_it_was_given_and_nothing_else(render: Render) -> None:
    soup = render('{% extends "shell/desk.html" %}', page=page())

    link = only(soup, ".rail li a")

    assert link.attrs == {"href": "/desk/queue/at-risk", "aria-current": "page"}
    assert only(link, ".chip")["data-state"] == "risk"


def test_the_help_dialog_is_the_key_table(render: Render) -> None:
    soup = render('{% extends "shell/desk.html" %}', page=page())

    rows = [
        (row["data-keys"], row["data-key-does"], row.get("data-key-goes"))
        for row in soup.select("[data-keys]")
    ]

    assert rows == [("g q", "", "/desk"), ("j", "next-row", None)]
