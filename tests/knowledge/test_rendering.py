"""Markdown becomes HTML that cannot run, load or lead anywhere odd (security.md 1, 4)."""

from time import perf_counter

import pytest
from bs4 import BeautifulSoup

from knowledge.core.rendering import TAGS, plain, rendered

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '<a href="javascript:alert(1)">x</a>',
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:msgbox)",
    '[x](https://a.example "\\" onmouseover=alert(1) ")',
    "![x](https://tracker.example/pixel.png)",
    "<svg><script>alert(1)</script></svg>",
    "<math><mtext></p><script>alert(1)</script>",
    "<iframe src=//evil.example></iframe>",
    "<form action=//evil.example><input name=password></form>",
    "<style>*{display:none}</style>",
    "`<script>`\n\n```\n</code></pre><script>alert(1)</script>\n```",
    '<https://a.example/?"onclick=alert(1)>',
    "| <b onclick=x>a</b> |\n|---|\n| <script> |",
    "[x][1]\n\n[1]: javascript:alert(1)",
]
NESTED = ["> " * 9000 + "x", "- " * 9000 + "x", "[" * 20_000, "*a " * 6000, "<" * 20_000, "| a " * 5000]


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_is_written_never_becomes_more_than_text_and_plain_links(attack):
    found = BeautifulSoup(rendered(attack), "html.parser").find_all(True)
    targets = [tag["href"] for tag in found if tag.has_attr("href")]

    assert {tag.name for tag in found} <= TAGS
    assert {name for tag in found for name in tag.attrs} <= {"href", "title", "rel", "dir", "start"}
    assert [target for target in targets if not target.startswith(("https://", "/"))] == []


def test_marks_become_structure_and_headings_stand_below_the_page_s_own():
    html = rendered(
        "# Steps\n\n1. **Open** it\n2. [Go](https://help.example)\n\n| a | b |\n|---|---|\n| 1 | 2 |"
    )

    assert '<h2 dir="auto">Steps</h2>' in html
    assert "<strong>Open</strong>" in html
    assert '<a href="https://help.example" rel="noopener noreferrer nofollow">Go</a>' in html
    assert "<table>" in html


@pytest.mark.parametrize("text", NESTED)
def test_a_text_made_to_be_slow_is_not(text):
    begun = perf_counter()
    rendered(text)

    assert perf_counter() - begun < 5


def test_a_quoted_article_reads_well_without_marks():
    text = "Do **this**:\n\n1. Open\n2. Type `ipconfig`\n   - twice\n\nDone."

    assert plain(text) == "Do this:\n1. Open\n2. Type ipconfig\n- twice\nDone."


def test_a_list_has_the_direction_of_its_text_as_a_whole():
    html = rendered("1. סגרו את VPN\n\n2. כבו\n\n> א")

    assert html.count('dir="auto"') == 2
    assert all(f'<{tag} dir="auto">' in html for tag in ("ol", "blockquote"))
