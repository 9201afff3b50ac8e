// Forms inside the sheet are sent without leaving the page: a refusal comes back into the sheet with everything that was
// typed, a success says where to go on. Ctrl+Enter sends them, as it sends a reply. Without script the same form is a
// page of its own.
import { fill } from "./fragment.js";

async function send(form, button) {
  const body = new FormData(form, button);
  const headers = { Accept: "text/html", "HX-Request": "true" };
  return fetch(form.action, { method: "POST", body, headers, credentials: "same-origin" }).catch(() => null);
}

function goOn(answer) {
  const url = answer.headers.get("HX-Redirect");
  if (!url) return false;
  const here = new URL(url, location.href);
  // Only the part after # differs: the browser would stay on the page that is now out of date.
  if (here.pathname + here.search === location.pathname + location.search) location.reload();
  else location.assign(url);
  return true;
}

document.addEventListener("submit", async (event) => {
  const place = event.target.closest("#sheet [data-body]");
  if (!place || event.defaultPrevented) return;
  event.preventDefault();
  const form = event.target;
  const answer = await send(form, event.submitter);
  if (answer && goOn(answer)) return;
  if (answer && [200, 409, 422].includes(answer.status)) {
    fill(place, await answer.text());
    place.querySelector("[autofocus], [aria-invalid]")?.focus();
    return;
  }
  delete form.dataset.sending;
  form.submit(); // whatever went wrong, the plain way shows it
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
  const form = event.target.closest?.("#sheet form");
  form?.requestSubmit(form.querySelector(".btn-main"));
});
