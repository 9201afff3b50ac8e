"""Rules of the pages that a reader of a diff would miss (R28, R30): sides, colours, policy, size, words."""

import hashlib
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from portal.assets import build_assets

PORTAL = Path(__file__).parents[2] / "portal"
STYLES = sorted((PORTAL / "static/css").glob("*.css"))
SCRIPTS = sorted((PORTAL / "static/js").glob("*.js"))
TEMPLATES = sorted((PORTAL / "templates").rglob("*.html"))
MACROS = sorted((PORTAL / "templates/macros").glob("*.html"))

PHYSICAL = re.compile(
    r"(?<![\w-])(?:(?:margin|padding|border|scroll-margin|scroll-padding)-(?:left|right|top|bottom)[\w-]*"
    r"|left|right|top|bottom|(?:min-|max-)?(?:width|height))\s*:"
    r"|(?:text-align|float|clear)\s*:\s*(?:left|right)"
    r"|border-(?:top|bottom)-(?:left|right)-radius|translateX|inset 0 0|inset -?[1-9]"
)
FOUR_SIDES = re.compile(r"(?<![\w-])(?:margin|padding|inset|border-radius|border-width)\s*:\s*([^;}]+)")
RAW_COLOUR = re.compile(
    r"#[0-9a-fA-F]{3,8}\b|\b(?:rgba?|hsla?|hwb|lab|lch|oklab|oklch|color-mix|light-dark)\("
    r"|:\s*(?:white|black|red|green|blue|gr[ae]y|orange|yellow)\b"
)
# Tags, entities, and attributes that a macro writes inside the tag of another.
LEFT_OVER = re.compile(r"<[^>]*>|&\w+;|[\w:-]+=\"[^\"]*\"|(?<=\s)required(?=\s)")
STATES = ("met", "due", "risk", "late", "held")
SURFACES = ("paper", "paper-2", "paper-3", "accent-soft")
TEXT_PAIRS = [
    *product(("ink", "ink-2", "ink-3", "accent", "accent-2", *STATES), SURFACES),
    *((state, f"{state}-soft") for state in STATES),
    *product(("ink", "ink-2", "ink-3", "accent", "accent-2"), ("due-soft",)),
    ("ink", "late-soft"),
    *product(("on-accent",), ("accent", "accent-2")),
]
EDGE_PAIRS = [("edge", "paper"), *product(STATES, ("paper", "paper-3")), ("accent", "paper")]


def stem(path: Path) -> str:
    return str(path.relative_to(PORTAL))


def css(path: Path) -> str:
    """Return a style sheet without comments and media conditions (they measure the window, not a side)."""
    text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    return re.sub(r"@media[^{]+", "@media ", text)


def lopsided(text: str) -> Iterator[str]:
    """Yield four-sided shorthands whose inline sides differ."""
    for found in FOUR_SIDES.finditer(text):
        sides = re.sub(r"\([^)]*\)", "()", found[1]).split()
        if len(sides) == 4 and sides[1] != sides[3]:
            yield found[0]


def markup(path: Path) -> str:
    """Return a template without what Jinja takes out or puts in."""
    return re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)


def tokens() -> dict[str, tuple[str, str]]:
    """Return the colours, each light and dark."""
    text = (PORTAL / "static/css/tokens.css").read_text(encoding="utf-8")
    pairs = re.findall(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);", text)
    return {name: (light, dark) for name, light, dark in pairs}


def luminance(colour: str) -> float:
    """Return the relative luminance of #rrggbb, by WCAG 2.2."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21, by WCAG 2.2."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("path", STYLES, ids=stem)
def test_a_style_sheet_knows_no_left_and_right(path: Path) -> None:
    text = css(path)

    assert [found[0] for found in PHYSICAL.finditer(text)] == []
    assert list(lopsided(text)) == []


@pytest.mark.parametrize("path", [one for one in STYLES if one.name != "tokens.css"], ids=stem)
def test_only_the_tokens_name_colours(path: Path) -> None:
    assert RAW_COLOUR.findall(css(path)) == []


def test_every_token_used_is_defined_and_every_one_defined_is_used() -> None:
    text = "\n".join(css(path) for path in STYLES)

    used = set(re.findall(r"var\((--[\w-]+)", text))
    defined = set(re.findall(r"(--[\w-]+)\s*:", text))

    assert used == defined


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("ink, paper", TEXT_PAIRS)
def test_text_stands_out_from_what_it_stands_on(ink: str, paper: str, theme: int) -> None:
    colours = tokens()

    assert contrast(colours[ink][theme], colours[paper][theme]) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("edge, paper", EDGE_PAIRS)
def test_edges_and_bars_can_be_seen(edge: str, paper: str, theme: int) -> None:
    colours = tokens()

    assert contrast(colours[edge][theme], colours[paper][theme]) >= 3


@pytest.mark.parametrize("path", TEMPLATES, ids=stem)
def test_a_template_holds_nothing_that_the_policy_forbids(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    forbidden = (
        r"<[^>]*\sstyle\s*=|<style|<script(?![^>]*\ssrc=)|<script[^>]*>[^<]|<[^>]*\son\w+\s*=|javascript:"
        r"|hx-on|hx-[\w-]+=[\"']js:|hx-trigger=[\"'][^\"']*\["
    )

    assert re.findall(forbidden, markup(path), flags=re.IGNORECASE) == []
    assert "|safe" not in text.replace(" ", "")


@pytest.mark.parametrize("path", TEMPLATES, ids=stem)
def test_every_word_of_a_template_can_be_translated(path: Path) -> None:
    bare = markup(path)

    in_attributes = re.findall(r"(?:aria-label|title|placeholder|alt|content)=\"[A-Z][a-z]+ [^\"]*\"", bare)
    between_tags = re.findall(r"[^\W\d_]{2,}", re.sub(LEFT_OVER, " ", bare))

    assert in_attributes == []
    assert between_tags == []


@pytest.mark.parametrize("path", TEMPLATES, ids=stem)
def test_a_template_fits_on_two_screens(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 120


@pytest.mark.parametrize("path", MACROS, ids=stem)
def test_a_macro_file_says_how_it_is_called(path: Path) -> None:
    assert re.search(r"\{#-.*(?:Demo:|pages do not call).*-#\}", path.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("path", SCRIPTS, ids=stem)
def test_a_script_is_short_and_keeps_to_the_policy(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    forbidden = r"\beval\b|new Function|document\.write|\.style\b|\.on[a-z]+ = |setAttribute\(\"(?:style|on)|https?://"

    assert len(text.splitlines()) <= 150
    assert re.findall(forbidden, text) == []


@pytest.mark.parametrize("path", [one for one in SCRIPTS if one.name != "fragment.js"], ids=stem)
def test_html_enters_a_page_in_one_place(path: Path) -> None:
    assert not re.search(
        r"innerHTML\s*=[^=]|outerHTML\s*=|insertAdjacentHTML", path.read_text(encoding="utf-8")
    )


@pytest.mark.parametrize("path", SCRIPTS, ids=stem)
def test_a_script_can_be_joined_without_a_tool(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    odd_import = r"^import(?! (?:\{ [\w, ]+ \} from )?\"\.\.?/[\w./-]+\";$).*"
    odd_export = r"^export (?!async function |function |class |const ).*"

    assert re.findall(odd_import, text, flags=re.MULTILINE) == []
    assert re.findall(odd_export, text, flags=re.MULTILINE) == []
    assert "import(" not in text


def test_no_two_scripts_export_the_same_name() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in SCRIPTS)

    names = re.findall(r"^export (?:async )?(?:function|class|const) (\w+)", text, flags=re.MULTILINE)

    assert len(names) == len(set(names))


def test_the_vendored_script_is_the_released_one() -> None:
    vendor = PORTAL / "static/vendor"

    digest = hashlib.sha256((vendor / "htmx.min.js").read_bytes()).hexdigest()

    assert digest == "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130"  # htmx.org 4.0.1
    assert "Zero-Clause BSD" in (vendor / "htmx.LICENSE.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("room, budget", [("customer", 13_000), ("desk", 32_000)])
def test_style_and_script_leave_room_in_a_page_s_budget_for_its_content(room: str, budget: int) -> None:
    assets = build_assets()

    sent = sum(len(assets[name].gzipped) for name in (f"{room}.css", f"{room}.js", "icon.svg"))

    assert sent <= budget
