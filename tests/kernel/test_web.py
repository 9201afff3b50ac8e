"""What every answer carries: safe headers, a request id, cookies and packing (R119; security.md V3, V13)."""

import gzip

import pytest
from flask import Response

from servicedesk.identity.permissions import public
from servicedesk.kernel.callers import caller_address
from servicedesk.kernel.links import full_link


@pytest.fixture
def lab(make_app):
    """Return a function that makes a desk with these settings and a few pages to try."""

    def make(**settings):
        desk = make_app(**settings)
        pages = {
            "/short": lambda: "<p>short</p>",
            "/long": lambda: "<p>long</p>" * 500,
            "/polled": lambda: with_etag(Response("<p>queue</p>" * 500)),
            "/bytes": lambda: Response(b"\x89PNG" * 500, mimetype="image/png"),
            "/who": caller_address,
            "/link": lambda: full_link("sign_in.ask", next="/requests"),
        }
        for path, page in pages.items():
            desk.add_url_rule(path, path[1:], public(page))
        return desk.test_client()

    return make


def with_etag(response):
    response.set_etag("version-7")
    return response


def test_every_answer_forbids_foreign_and_inline_code(client):
    headers = client.get("/sign-in").headers

    assert "script-src 'self'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.parametrize("path", ["/sign-in", "/nothing-here", "/api/v1/nothing-here"])
def test_pages_of_people_are_kept_by_no_cache(client, path):
    assert client.get(path).headers["Cache-Control"] == "no-store"


def test_a_polled_page_may_be_kept_to_be_asked_about(lab):
    assert lab().get("/polled").headers["Cache-Control"] == "private, no-cache"


def test_over_plain_http_cookies_work_and_nothing_promises_https(client):
    answer = client.get("/sign-in")

    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("desk=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Strict-Transport-Security" not in answer.headers


def test_over_https_cookies_are_bound_to_host_and_scheme(lab):
    browser = lab(base_url="https://localhost")

    answer = browser.get("/sign-in", base_url="https://localhost")

    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-desk=")
    assert "Secure" in cookie
    assert "Path=/" in cookie
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]


@pytest.mark.parametrize(
    ("given", "kept"), [("abc-12345678", True), ("short", False), ("x" * 65, False), ("evil\tid-1234", False)]
)
def test_a_request_id_is_taken_over_only_if_it_is_harmless(client, given, kept):
    answer = client.get("/sign-in", headers={"X-Request-ID": given})

    assert (answer.headers["X-Request-ID"] == given) is kept
    assert answer.headers["X-Request-ID"]


@pytest.mark.parametrize("host", ["evil.test", "localhost.evil.test", "localhost:80@evil.test"])
def test_a_foreign_host_name_is_refused(client, host):
    assert client.get("/sign-in", headers={"Host": host}).status_code == 400


def test_links_begin_with_the_configured_address_whatever_host_was_asked(lab):
    browser = lab(base_url="https://desk.example.org", trusted_hosts=(".example.org",))

    answer = browser.get(
        "/link", base_url="https://other.example.org", headers={"X-Forwarded-Host": "evil.test"}
    )

    assert answer.text == "https://desk.example.org/sign-in?next=/requests"


def test_long_pages_are_packed_for_whoever_takes_it(lab):
    browser = lab()

    packed = browser.get("/long", headers={"Accept-Encoding": "gzip, br"})
    plain = browser.get("/long", headers={"Accept-Encoding": "gzip;q=0"})

    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data) / 10
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert "Content-Encoding" not in plain.headers


@pytest.mark.parametrize("path", ["/short", "/bytes"])
def test_what_would_not_shrink_is_sent_as_it_is(lab, path):
    answer = lab().get(path, headers={"Accept-Encoding": "gzip"})

    assert "Content-Encoding" not in answer.headers


def test_a_packed_page_keeps_its_mark_in_a_weak_form(lab):
    answer = lab().get("/polled", headers={"Accept-Encoding": "gzip"})

    assert answer.get_etag() == ("version-7", True)


@pytest.mark.parametrize(
    ("peer", "named", "address"),
    [
        ("127.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "10.0.0.1, 203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "<script>", "127.0.0.1"),
        ("203.0.113.5", "198.51.100.1", "203.0.113.5"),
    ],
)
def test_only_a_proxy_on_this_machine_is_believed_about_addresses(lab, peer, named, address):
    answer = lab().get("/who", environ_base={"REMOTE_ADDR": peer}, headers={"X-Forwarded-For": named})

    assert answer.text == address


NEAR, FAR = "10.0.0.5", "10.1.0.7"


@pytest.mark.parametrize(
    ("peer", "named", "address"),
    [
        (NEAR, "198.51.100.1", "198.51.100.1"),
        (NEAR, "203.0.113.66, 198.51.100.1", "198.51.100.1"),  # the first was written by the caller
        (NEAR, f"203.0.113.66, 198.51.100.1, {FAR}", "198.51.100.1"),
        (NEAR, f"{FAR}, 198.51.100.1", "198.51.100.1"),  # somebody who claims to be a proxy
        (NEAR, f"{FAR}", FAR),
        ("127.0.0.1", f"198.51.100.1, {NEAR}", "198.51.100.1"),
        (NEAR, "198.51.100.1:41234", "198.51.100.1"),
        (NEAR, "[2001:db8::1]:443", "2001:db8::1"),
        (NEAR, "::ffff:198.51.100.1", "198.51.100.1"),
        (f"::ffff:{NEAR}", "198.51.100.1", "198.51.100.1"),
        (NEAR, "unknown", NEAR),
        (NEAR, f"198.51.100.1, unknown, {FAR}", FAR),
        (NEAR, "", NEAR),
        ("10.0.0.6", "198.51.100.1", "10.0.0.6"),
        ("203.0.113.5", f"198.51.100.1, {NEAR}", "203.0.113.5"),
        ("not an address", "198.51.100.1", "not an address"),
        (NEAR, ",".join([FAR] * 5000), FAR),
    ],
)
def test_proxies_that_are_trusted_are_believed_and_nobody_else(lab, peer, named, address):
    browser = lab(trusted_proxies=("10.0.0.5/32", "10.1.0.0/24"))

    answer = browser.get("/who", environ_base={"REMOTE_ADDR": peer}, headers={"X-Forwarded-For": named})

    assert answer.text == address


def test_two_headers_are_one_list(lab):
    headers = [("X-Forwarded-For", "198.51.100.1"), ("X-Forwarded-For", FAR)]
    browser = lab(trusted_proxies=("10.0.0.5/32", "10.1.0.0/24"))

    answer = browser.get("/who", environ_base={"REMOTE_ADDR": NEAR}, headers=headers)

    assert answer.text == "198.51.100.1"


def test_reading_pages_changes_nothing(app, sign_in_as, count_statements):
    browser = sign_in_as("administrator")
    paths = [rule.rule for rule in app.url_map.iter_rules() if "GET" in rule.methods and not rule.arguments]

    with count_statements() as seen:
        statuses = {path: browser.get(path).status_code for path in paths}

    assert seen.commits == 0, str(seen)
    assert [path for path, status in statuses.items() if status == 500] == []
