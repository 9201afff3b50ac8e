// Keys. The table is the help dialog (macros/key_help.html): each row says its keys and what it does, and this file
// acts on the row, so help and handlers cannot differ. What a key does, in this order:
//   1. a "desk:key" event with detail.does goes to the page; a component that knows the word takes it (preventDefault);
//   2. else the first visible [data-does="word"] is used, looked for in the open dialog, the current row, the page;
//   3. else the row's address is opened.
// Nothing fires while somebody types, nor with a held modifier that the row does not name.
const patience = 1200; // ms between the keys of "g q"
let begun = "";
let begunAt = 0;

function rows() {
  return [...document.querySelectorAll("#key-table [data-keys]")];
}

// On a Hebrew or Russian layout the key of the same place counts: there "j" writes another letter.
function letter(event) {
  if (event.key.length > 1) return event.key;
  if (event.key.charCodeAt(0) < 128) return event.shiftKey ? event.key : event.key.toLowerCase();
  return /^Key[A-Z]$/.test(event.code) ? event.code.slice(3).toLowerCase() : event.key;
}

function pressed(event) {
  const control = event.ctrlKey || event.metaKey ? "Ctrl+" : "";
  return control + letter(event);
}

function types(element) {
  return element?.matches?.("textarea, select, [contenteditable], input:not([type=checkbox], [type=radio], [type=button])");
}

function visible(element) {
  return element.checkVisibility?.({ visibilityProperty: true }) ?? element.offsetParent !== null;
}

function target(does) {
  const places = [
    document.querySelector("dialog[open]"),
    document.querySelector('tr[aria-current="true"]'),
    document.getElementById("peek"),
    document,
  ];
  for (const place of places) {
    const found = [...(place?.querySelectorAll(`[data-does="${does}"]`) ?? [])].find(visible);
    if (found) return found;
  }
  return null;
}

function use(element) {
  if (types(element)) {
    element.focus();
    element.select?.();
  } else {
    element.click();
    if (element.matches("[type=radio]")) element.form?.querySelector("textarea")?.focus();
  }
}

function act(row) {
  const does = row.dataset.keyDoes;
  if (does) {
    const event = new CustomEvent("desk:key", { bubbles: true, cancelable: true, detail: { does } });
    if (!(document.activeElement ?? document.body).dispatchEvent(event)) return true;
    if (does === "help") return help();
    const found = target(does);
    if (found) use(found);
    return Boolean(found);
  }
  if (row.dataset.keyGoes) location.assign(row.dataset.keyGoes);
  return Boolean(row.dataset.keyGoes);
}

function help() {
  const dialog = document.getElementById("key-help");
  if (dialog.open) dialog.close();
  else dialog.showModal();
  return true;
}

function singleKeys() {
  return localStorage.getItem("single-keys") !== "off";
}

function meant(event) {
  if (event.isComposing || event.altKey || event.defaultPrevented) return null;
  const key = pressed(event);
  const single = !key.startsWith("Ctrl+");
  if (single && (types(event.target) || !singleKeys())) return null;
  const sequence = begun && Date.now() - begunAt < patience ? `${begun} ${key}` : key;
  begun = "";
  const all = rows();
  const row = all.find((one) => one.dataset.keys === sequence);
  if (!row && all.some((one) => one.dataset.keys.startsWith(`${sequence} `))) {
    begun = sequence;
    begunAt = Date.now();
  }
  return row;
}

document.addEventListener("keydown", (event) => {
  if (document.querySelector("dialog[open]:not(#key-help)")) return;
  const row = meant(event);
  if (!row) return;
  if (document.querySelector("#key-help[open]") && row.dataset.keyDoes !== "help") return;
  // Enter on a link or button is the browser's own.
  if (event.key === "Enter" && event.target.closest("a, button, input, summary")) return;
  if (act(row)) event.preventDefault();
});

// Single letters can be turned off on this device (WCAG 2.1.4): speech input would trip over them.
document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-single-keys]")) return;
  localStorage.setItem("single-keys", event.target.checked ? "on" : "off");
});

addEventListener("DOMContentLoaded", () => {
  const box = document.querySelector("[data-single-keys]");
  if (box) box.checked = singleKeys();
});
