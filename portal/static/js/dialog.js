// Modals: a link [data-opens="id"] shows that <dialog> instead of leading away; "sheet" first loads the link into it.
// [data-closes] closes what it is in: a dialog or a notice. The platform does the rest: focus, Esc, inert page.
import { fill, fragment } from "./fragment.js";

async function load(sheet, url) {
  const body = sheet.querySelector("[data-body]");
  const answer = await fragment(url).catch(() => null);
  if (!answer) return false;
  fill(body, answer.html);
  const title = body.querySelector("h1, h2");
  if (title) sheet.setAttribute("aria-label", title.textContent);
  return true;
}

async function open(link) {
  const dialog = document.getElementById(link.dataset.opens);
  if (!dialog) return false;
  if (dialog.querySelector("[data-body]") && !(await load(dialog, link.href))) return false;
  if (!dialog.open) dialog.showModal();
  return true;
}

document.addEventListener("click", async (event) => {
  const closer = event.target.closest("[data-closes]");
  if (closer) {
    const box = closer.closest("dialog, .toast");
    if (box?.close) box.close();
    else box?.remove();
    event.preventDefault();
    return;
  }
  // A click on the shade beside the box closes it, unless something was typed in it.
  if (event.target.matches("dialog[open]")) {
    const typed = [...event.target.querySelectorAll("textarea, input[type=text]")];
    if (!typed.some((field) => field.value !== field.defaultValue)) event.target.close();
    return;
  }
  const link = event.target.closest("a[data-opens]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if (!(await open(link))) location.assign(link.href);
});
