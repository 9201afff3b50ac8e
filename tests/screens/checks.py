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

# Words of our own that do not fit the box they stand in. What people wrote may be cut: it has a title or a
# page of its own. A closed list, a placeholder and a button's words do not scroll, so they are measured.
_CLIPPED = """() => {
  const theirs = 'bdi, [dir=auto]', ours = '.q-priority, .fuse, .q-state, .rail, .live, .band';
  const held = 'button, th, [role=tab], .chip, .btn', pen = document.createElement('canvas').getContext('2d');
  const shown = (one) => one.checkVisibility({visibilityProperty: true}) && !one.closest('.unseen, [inert]')
    && one.getBoundingClientRect().width > 1;
  const named = (one) => `${one.tagName.toLowerCase()}.${one.className}`;
  const wide = (text, style) => {
    pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    return pen.measureText(text).width;
  };
  const room = (one, style) =>
    one.clientWidth - parseFloat(style.paddingInlineStart) - parseFloat(style.paddingInlineEnd);
  const said = (one) => one.matches('select') ? one.selectedOptions[0]?.text ?? '' : one.placeholder ?? '';
  const found = new Set();
  for (const one of document.body.querySelectorAll('input, textarea, select')) {
    const style = getComputedStyle(one), text = said(one);
    if (one.matches('textarea') || !text || !shown(one)) continue;
    if (wide(text, style) > room(one, style) + 1) found.add(`${named(one)}: ${text}`);
  }
  for (const one of document.body.querySelectorAll('*')) {
    const style = getComputedStyle(one);
    const cuts = ['hidden', 'clip'].includes(style.overflowX) || one.matches(held);
    const isOurs = (!one.closest(theirs) && !one.querySelector(theirs)) || one.closest(ours);
    if (!cuts || !isOurs || !one.textContent.trim() || one.matches('input, textarea, select')) continue;
    if (one.closest('.rail-note, .brand, .me') || !shown(one)) continue;
    const lines = style.webkitLineClamp !== 'none' && one.scrollHeight > one.clientHeight + 1;
    if ((lines || one.scrollWidth > one.clientWidth) && style.display !== 'inline')
      found.add(`${named(one)}: ${one.textContent.trim().slice(0, 60)}`);
  }
  return [...found];
}"""


def clipped(page: Page) -> list[str]:
    """Return words of our own that are cut off."""
    return [f"clipped: {line}" for line in page.evaluate(_CLIPPED)]


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
