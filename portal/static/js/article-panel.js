// Articles beside a ticket: put one into the reply where the cursor is, look for others without leaving the page.
// "/" at the beginning of a line of the reply opens them; Escape leads back to the reply.
import { fill, fragment } from "./fragment.js";

function reply() {
  return document.getElementById("composer-text");
}

function panel() {
  return document.querySelector("details[data-articles]");
}

function searchBox() {
  return panel()?.querySelector("[data-panel-search] input");
}

function insert(text) {
  const box = reply();
  const before = box.value.slice(0, box.selectionStart);
  const gap = before && !before.endsWith("\n") ? "\n" : "";
  box.setRangeText(`${gap}${text}\n`, box.selectionStart, box.selectionEnd, "end");
  box.dispatchEvent(new Event("input", { bubbles: true })); // the draft is kept (composer.js)
  box.focus();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("[data-inserts]");
  if (!link || !reply() || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  insert(link.dataset.inserts);
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && panel()?.contains(event.target)) reply()?.focus();
  if (event.key !== "/" || event.target !== reply() || event.isComposing || !panel()) return;
  const before = event.target.value.slice(0, event.target.selectionStart);
  if (before && !before.endsWith("\n")) return;
  event.preventDefault();
  panel().open = true;
  searchBox()?.focus();
});

// Whoever opened it wants to go on by keyboard.
document.addEventListener("desk:filled", (event) => {
  if (event.target === panel()) searchBox()?.focus();
});

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("[data-panel-search]");
  const place = panel()?.querySelector("[data-place]");
  if (!form || !place?.contains(form)) return;
  event.preventDefault();
  const url = `${form.action}?${new URLSearchParams(new FormData(form))}`;
  const answer = await fragment(url).catch(() => null);
  if (!answer) {
    form.submit(); // the plain way shows what is wrong
    return;
  }
  fill(place, answer.html);
  searchBox()?.focus();
});
