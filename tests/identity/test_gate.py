"""Every endpoint says whom it lets in, and nobody else gets in (R117; security.md 33, V8)."""

import pytest

from servicedesk.identity.gate import UndeclaredEndpoint, check_every_endpoint, needs_of
from servicedesk.identity.permissions import Permission, permits, public, signed_in

# Everybody may use these, also without signing in. Whoever adds to this list says why in the review.
PUBLIC = {
    "assets.file",
    "preferences.language",
    "guest.ask",  # where DESK_ANONYMOUS_FILING allows it
    "guest.send",
    "mail_links.ask",  # whoever follows a mailed link is not signed in yet
    "mail_links.enter",
    "mail_links.forgotten",
    "mail_links.open_link",
    "mail_links.send_link",
    "mail_links.send_password_link",
    "private.follow",  # the link is the right to one request
    "private.live",
    "private.say",
    "rating.answer",  # the signed link is the right to rate one resolution
    "rating.ask",
    "sign_in.ask",
    "sign_in.enter",
    "sign_in.leave",
    "sign_in.make_first_administrator",
    "sign_in.new_password",
    "sign_in.set_password",
    "sign_in.set_up",
    "health.alive",
    "health.ready",
    "metrics.show",  # itself lets in this machine, or a bearer of METRICS_TOKEN
    "openapi",
}


@pytest.fixture
def lab(make_app):
    """Return a desk with a few endpoints to try, and what they declare."""
    found = make_app()
    for name, mark in (
        ("everybody", public),
        ("members", signed_in),
        ("leads", permits(Permission.TICKET_BULK)),
    ):
        found.add_url_rule(f"/{name}", name, mark(lambda: "in"), methods=["GET", "POST"])
    return found


def test_every_endpoint_of_the_desk_declares_whom_it_lets_in(app):
    check_every_endpoint(app)

    assert len(list(app.url_map.iter_rules())) > 5


def test_the_public_endpoints_are_these_and_no_others(app):
    rules = [(rule.endpoint, method) for rule in app.url_map.iter_rules() for method in rule.methods or ()]
    needs = {endpoint: needs_of(app, endpoint, method) for endpoint, method in rules if method != "OPTIONS"}

    assert {endpoint for endpoint, found in needs.items() if found.everybody} - PUBLIC == set()


def test_a_desk_with_an_undeclared_endpoint_does_not_start(make_app):
    desk = make_app()
    desk.add_url_rule("/forgotten", "forgotten", lambda: "in")

    with pytest.raises(UndeclaredEndpoint, match="/forgotten"):
        check_every_endpoint(desk)


@pytest.mark.parametrize(
    ("role", "path", "status"),
    [
        (None, "/everybody", 200),
        (None, "/members", 303),
        (None, "/leads", 303),
        ("customer", "/members", 200),
        ("customer", "/leads", 403),
        ("agent", "/leads", 403),
        ("lead", "/leads", 200),
        ("manager", "/leads", 403),
        ("administrator", "/leads", 200),
    ],
)
def test_the_gate_lets_in_those_whom_the_endpoint_names(lab, sign_in_as, role, path, status):
    browser = sign_in_as(role, into=lab) if role else lab.test_client()

    assert browser.get(path).status_code == status


def test_an_undeclared_endpoint_lets_nobody_in(make_app, sign_in_as):
    desk = make_app()
    desk.add_url_rule("/forgotten", "forgotten", lambda: "in")

    assert desk.test_client().get("/forgotten").status_code == 303
    assert sign_in_as("administrator", into=desk).get("/forgotten").status_code == 403


def test_a_visitor_is_led_to_the_sign_in_page_and_back(lab):
    answer = lab.test_client().get("/members?page=2")

    assert answer.location == "/sign-in?next=%2Fmembers%3Fpage%3D2"


def test_a_script_is_told_to_load_the_sign_in_page(lab):
    headers = {"HX-Request": "true", "HX-Current-URL": "http://localhost/members?page=2"}

    answer = lab.test_client().get("/leads", headers=headers)

    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, "/sign-in?next=%2Fmembers")


def test_a_program_is_told_in_json(lab):
    answer = lab.test_client().get("/members", headers={"Accept": "application/json"})

    assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")
    assert answer.json["code"] == "desk.sign_in"


def test_what_was_typed_before_the_session_ended_is_kept(lab):
    headers = {"Sec-Fetch-Site": "same-origin"}

    answer = lab.test_client().post("/members", data={"text": "It blinks <b>red</b>."}, headers=headers)

    assert answer.status_code == 401
    assert "It blinks &lt;b&gt;red&lt;/b&gt;." in answer.text
    assert 'name="text"' in answer.text


def test_a_head_request_needs_what_the_page_needs(lab):
    assert lab.test_client().head("/members").status_code == 303
