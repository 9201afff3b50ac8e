"""The desk's own Flask: addresses are Flask's, and what it leaves out nobody here needs."""

import inspect

import pytest
from flask import Flask, url_for

ADDRESSES = [
    ("desk.ticket", {"ref": "SD-12"}),
    ("desk.ticket", {"ref": "SD-12", "view": "group-network"}),
    ("desk.ticket", {"view": "all", "ref": "SD-7130000000001"}),
    ("desk.ticket", {"ref": "SD-12", "view": None}),
    ("desk.ticket", {"ref": "SD 12/ß", "view": "a&b=c"}),
    ("desk.ticket", {"ref": "SD-12", "view": ["all", "mine"]}),
    ("desk.ticket", {"ref": "SD-12", "_anchor": "composer"}),
    ("desk.ticket", {"ref": "SD-12", "_external": True}),
    ("desk.why", {"ref": "SD-12", "seq": 4}),
    ("desk.why", {"ref": "SD-12", "seq": "4"}),
    ("desk.changes", {"view": "all", "since": "2026-11-21T09:30:00+00:00"}),
    ("desk.home", {}),
]


@pytest.mark.parametrize(("endpoint", "values"), ADDRESSES)
def test_an_address_is_the_one_that_flask_writes(app, endpoint, values):
    with app.test_request_context("/desk"):
        as_flask_does = Flask.url_for(app, endpoint, **values)

        assert [url_for(endpoint, **values) for _again in range(2)] == [as_flask_does] * 2


def test_an_address_keeps_its_shape_with_another_value(app):
    with app.test_request_context("/desk"):
        addresses = [url_for("desk.why", ref=f"SD-{number}", seq=number) for number in (3, 41)]

    assert addresses == ["/desk/tickets/SD-3/why/3", "/desk/tickets/SD-41/why/41"]


def test_a_desk_below_a_path_writes_that_path(app):
    with app.test_request_context("/desk"):
        at_the_root = url_for("desk.ticket", ref="SD-12")
    with app.test_request_context("/desk", environ_overrides={"SCRIPT_NAME": "/help"}):
        below = url_for("desk.ticket", ref="SD-12")

    assert (at_the_root, below) == ("/desk/tickets/SD-12", "/help/desk/tickets/SD-12")


def test_shapes_kept_are_bounded(app, monkeypatch):
    monkeypatch.setattr("servicedesk.kernel.application.PATTERNS_KEPT", 2)
    with app.test_request_context("/desk"):
        written = [url_for("desk.ticket", ref="SD-1", **{f"more{n}": n}) for n in range(5)]

    assert written[4] == "/desk/tickets/SD-1?more4=4"
    assert len(app._patterns) <= 2


def test_no_view_or_handler_of_the_desk_is_a_coroutine(app):
    handlers = [
        each for kind in (app.before_request_funcs, app.after_request_funcs) for each in kind.values()
    ]
    called = [*app.view_functions.values(), *(each for found in handlers for each in found)]

    assert [each for each in called if inspect.iscoroutinefunction(each)] == []


def test_templates_share_the_globals_of_their_environment(app):
    page = app.jinja_env.get_template("shell/plain.html")
    own = app.jinja_env.from_string("{{ word }}", globals={"word": "own"})

    assert page.globals is app.jinja_env.globals
    assert own.render() == "own"
    assert "word" not in app.jinja_env.globals
