"""What must hold for each picture: nothing runs over the edge, axe finds nothing, the console is quiet."""

from pathlib import Path

from playwright.sync_api import Page

AXE = Path(__file__).parents[1] / "vendor" / "axe.min.js"
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = ["color-contrast", "link-in-text-block"]

# The widest things that stick out, so that whoever reads this need not search.
_OVERFLOW = """() => {
  const page = document.documentElement, room = page.clientWidth;
  if (page.scrollWidth <= room) return [];
  const sticksOut = (one) => {
    const box = one.getBoundingClientRect();
    return box.right > room + 1 || box.left < -1 || one.scrollWidth > room;
  };
  const found = [...document.body.querySelectorAll('*')].filter(sticksOut).slice(0, 5);
  const names = found.map((one) => `${one.tagName.toLowerCase()}.${one.className}`);
  return [`${page.scrollWidth} px of content in ${room} px: ${names.join(', ')}`];
}"""

_AXE = """async (wanted) => {
  const found = await axe.run(document, {runOnly: wanted, resultTypes: ['violations']});
  const why = (node) => [...node.any, ...node.all, ...node.none][0]?.message ?? node.html;
  return found.violations.flatMap((rule) =>
    rule.nodes.map((node) => `${rule.id} at ${node.target.join(' ')}: ${why(node)}`));
}"""

# Visible text of three Latin words or more that no element marks as somebody's own words.
_LATIN = """() => {
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = new Set();
  while (walk.nextNode()) {
    const text = walk.currentNode.data.trim(), place = walk.currentNode.parentElement;
    if (!/[A-Za-z]+(?:[ ,.]+[A-Za-z]+){2}/.test(text)) continue;
    if (place.closest('bdi, [dir=auto], kbd, textarea, script, style, [lang=en]')) continue;
    if (place.checkVisibility()) found.add(text);
  }
  return [...found];
}"""


def overflow(page: Page) -> list[str]:
    """Return what is wider than the window."""
    return [f"overflow: {line}" for line in page.evaluate(_OVERFLOW)]


def violations(page: Page, *, only_colours: bool = False) -> list[str]:
    """Return what axe-core finds; it is put in from outside, for the page's own policy lets no script in.

    only_colours: judge nothing but them, on a page that was judged in full in another theme.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text("utf-8"))
    wanted = {"type": "rule", "values": COLOURS} if only_colours else {"type": "tag", "values": STANDARDS}
    return [f"axe: {line}" for line in page.evaluate(_AXE, wanted)]


def latin_sentences(page: Page) -> list[str]:
    """Return English sentences of our own on a page in another script."""
    return list(page.evaluate(_LATIN))
