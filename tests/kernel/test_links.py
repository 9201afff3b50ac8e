"""Where somebody may be led: only paths of our own (security.md 16)."""

import pytest

from servicedesk.kernel.links import own_path


@pytest.mark.parametrize(
    "path", ["/", "/requests", "/requests/SD-12?tab=notes#last", "/desk/queue/all?q=a%20b", "/אב"]
)
def test_paths_of_our_own_are_followed(path):
    assert own_path(path) == path


@pytest.mark.parametrize(
    "evil",
    [
        None,
        "",
        "requests",
        "//evil.test",
        "///evil.test",
        "/\\evil.test",
        "\\/evil.test",
        "https://evil.test/",
        "javascript:alert(1)",
        "/\t/evil.test",
        "/\n/evil.test",
        " //evil.test",
        "/requests\r\nSet-Cookie: a=b",
        "/a\\b",
        "/\x7f/evil",
    ],
)
def test_anything_else_leads_home(evil):
    assert own_path(evil, "/home") == "/home"
