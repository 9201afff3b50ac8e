// <queue-list pane="peek">: moving in the list of requests. The focus is on the row's own link, so Enter opens it and a
// screen reader says it. The current row's reading pane is loaded; rows never move unless the reader asks.
import { fill, fragment } from "./fragment.js";

const settle = 120; // ms: holding j must not ask for every row it passes

class QueueList extends HTMLElement {
  #current = null;
  #asking = null;
  #timer = 0;
  #onKey = (event) => this.#key(event);
  #onSwap = () => this.#restore();

  connectedCallback() {
    this.addEventListener("click", (event) => this.#click(event));
    this.addEventListener("focusin", (event) => this.#mark(event.target.closest("tr[data-peek]")));
    this.addEventListener("change", (event) => this.#picked(event.target));
    document.addEventListener("desk:key", this.#onKey);
    document.addEventListener("htmx:after:swap", this.#onSwap);
    this.#restore();
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
    this.#asking?.abort();
    document.removeEventListener("desk:key", this.#onKey);
    document.removeEventListener("htmx:after:swap", this.#onSwap);
  }

  get #rows() {
    return [...this.querySelectorAll("tr[data-peek]")];
  }

  #key(event) {
    const does = event.detail.does;
    const known = { "next-row": () => this.#step(1), "previous-row": () => this.#step(-1), open: () => this.#open(), select: () => this.#pick() };
    if (!known[does]) return;
    event.preventDefault();
    known[does]();
  }

  #step(by) {
    const rows = this.#rows;
    if (rows.length === 0) return;
    const at = rows.indexOf(this.#current);
    const to = at < 0 ? 0 : Math.min(Math.max(at + by, 0), rows.length - 1);
    const link = rows[to].querySelector(".subject");
    link.focus({ preventScroll: true });
    rows[to].scrollIntoView({ block: "nearest" });
  }

  #open() {
    this.#current?.querySelector(".subject").click();
  }

  #pick() {
    const box = this.#current?.querySelector("input[type=checkbox]");
    if (box) box.click();
  }

  #click(event) {
    const row = event.target.closest("tr[data-peek]");
    if (!row || event.target.closest("a, button, input, label")) return;
    if (getSelection()?.toString()) return;
    row.querySelector(".subject").focus({ preventScroll: true });
  }

  #picked(box) {
    if (box.matches("[data-all]")) {
      for (const row of this.#rows) row.querySelector("input[type=checkbox]").checked = box.checked;
    }
    const count = this.querySelectorAll("tr[data-peek] input:checked").length;
    this.dispatchEvent(new CustomEvent("desk:selected", { bubbles: true, detail: { count } }));
    for (const bar of document.querySelectorAll("[data-selected]")) {
      bar.hidden = count === 0;
      const place = bar.querySelector("[data-count]");
      if (place) place.textContent = String(count);
    }
  }

  #mark(row) {
    if (!row || row === this.#current) return;
    this.#current?.removeAttribute("aria-current");
    this.#current = row;
    row.setAttribute("aria-current", "true");
    sessionStorage.setItem("row", row.id);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#peek(row), settle);
  }

  // After a swap or a return from a ticket: the same row is current again, else the first.
  #restore() {
    if (this.#current?.isConnected) return;
    const row = document.getElementById(sessionStorage.getItem("row") ?? "");
    this.#mark(row && this.contains(row) ? row : this.#rows[0]);
  }

  async #peek(row) {
    const pane = document.getElementById(this.getAttribute("pane"));
    if (!pane || pane.dataset.row === row.id || !pane.checkVisibility() || !row.dataset.peek) return;
    this.#asking?.abort();
    const asking = new AbortController();
    this.#asking = asking;
    pane.setAttribute("aria-busy", "true");
    const answer = await fragment(row.dataset.peek, { signal: asking.signal }).catch(() => null);
    if (this.#asking !== asking) return;
    pane.removeAttribute("aria-busy");
    if (!answer) return;
    fill(pane, answer.html);
    pane.dataset.row = row.id;
    pane.scrollTop = 0;
  }
}

customElements.define("queue-list", QueueList);
