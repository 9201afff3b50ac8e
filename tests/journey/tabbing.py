"""What the Tab key meets on a page: whether focus is seen where it goes, and that it gets out again."""

from playwright.sync_api import Page

MOST_STOPS = 150

# A date has a picker of its own inside, whose focus the browser draws.
_STOP = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const box = one.getClientRects()[0] ?? one.getBoundingClientRect();
  const rings = [one, one.closest('.search, label')].filter(Boolean).map(getComputedStyle).some(
    (style) => style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0);
  const at = document.elementFromPoint(
    Math.min(Math.max(box.left + box.width / 2, 0), innerWidth - 1),
    Math.min(Math.max(box.top + Math.min(box.height / 2, 20), 0), innerHeight - 1));
  const name = (one.ariaLabel || one.innerText || one.name || one.tagName).trim().slice(0, 40);
  const faults = [];
  if (!rings && !one.matches('[type^=date], [type=time]')) faults.push('its focus is not seen');
  if (box.bottom <= 0 || box.top >= innerHeight || box.width === 0) faults.push('it is out of sight');
  else if (at && !one.contains(at) && !at.contains(one) && !at.closest('label')?.contains(one))
    faults.push(`it is under ${at.tagName}`);
  return {name, faults, main: Boolean(one.closest('main'))};
}"""


def faults_of_tabbing(page: Page) -> list[str]:
    """Return what is wrong where the Tab key leads, from the top of the page until focus leaves it."""
    page.locator(".skip").focus()  # the first of every page
    faults, stops = [], 0
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        stop = page.evaluate(_STOP)
        if stop is None:
            break
        stops += stop["main"]
        faults += [f"{stop['name']}: {fault}" for fault in stop["faults"]]
    else:
        faults.append(f"after {MOST_STOPS} stops the Tab key has not left the page")
    return faults if stops else [*faults, "nothing in the page's main part was reached"]
