// Fetching a piece of a page: shared by the reading pane, the proposal, live lists and the sheet.

// Returns the answer's text; null when it is not a piece of a page (not changed, refused, or a sign-in page instead).
export async function fragment(url, options = {}) {
  const answer = await fetch(url, {
    credentials: "same-origin",
    ...options,
    headers: { Accept: "text/html", "HX-Request": "true", ...options.headers },
  });
  if (answer.redirected || !(answer.ok || answer.status === 422)) return null;
  return { html: await answer.text(), version: answer.headers.get("ETag") };
}

export function fill(target, html) {
  target.innerHTML = html; // scripts in it do not run: neither here nor under the policy
  globalThis.htmx?.process(target);
}

// Each element of `html` that has an id gives its content to the one of that id on the page; what is equal is left alone,
// and the focus stays where it was.
export function fillParts(html) {
  const made = document.createElement("template");
  made.innerHTML = html;
  for (const part of made.content.children) {
    const place = document.getElementById(part.id);
    if (!place || place.innerHTML.trim() === part.innerHTML.trim()) continue;
    const focused = place.contains(document.activeElement) ? document.activeElement.id : "";
    fill(place, part.innerHTML);
    if (focused) document.getElementById(focused)?.focus();
  }
}
