// <mention-list src>: shows colleagues while a name is typed after an @, and writes the chosen one. A name typed in full
// works without it. Stands in the form beside the text: arrows choose, Enter or Tab take, Escape closes.
import { fill, fragment } from "./fragment.js";

const quiet = 150; // ms after the last key
const named = /(?:^|[\s([{«„"'])@([\p{L}\p{M}\p{N}'’-]{0,40}(?: [\p{L}\p{M}\p{N}'’-]{1,40})?)$/u;

class MentionList extends HTMLElement {
  #timer = 0;
  #asking = null;
  #closed = "";

  connectedCallback() {
    this.#text.setAttribute("aria-controls", "mention-options");
    this.#text.addEventListener("input", () => this.#typed());
    this.#text.addEventListener("blur", () => this.#hide());
    // Before the composer and the page hear of it: an Escape here closes the list alone.
    this.#text.addEventListener("keydown", (event) => this.#key(event), true);
    // The press would take the focus from the text, and with it the list.
    this.addEventListener("mousedown", (event) => event.preventDefault());
    this.addEventListener("click", (event) => this.#take(event.target.closest("[role=option]")));
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
    this.#asking?.abort();
  }

  get #text() {
    return this.closest("form").querySelector("textarea");
  }

  get #options() {
    return [...this.querySelectorAll("[role=option]")];
  }

  get #chosen() {
    return this.querySelector('[aria-selected="true"]');
  }

  #name() {
    return named.exec(this.#text.value.slice(0, this.#text.selectionStart))?.[1] ?? null;
  }

  #typed() {
    clearTimeout(this.#timer);
    const name = this.#name();
    if (name === null || name === this.#closed) return this.#hide();
    this.#closed = "";
    this.#timer = setTimeout(() => this.#ask(name), quiet);
  }

  async #ask(name) {
    this.#asking?.abort();
    const asking = new AbortController();
    this.#asking = asking;
    const url = `${this.getAttribute("src")}?q=${encodeURIComponent(name)}`;
    const answer = await fragment(url, { signal: asking.signal }).catch(() => null);
    if (this.#asking !== asking || this.#name() !== name) return;
    if (!answer?.html.trim()) return this.#hide();
    fill(this.querySelector("ul"), answer.html);
    this.hidden = false;
    this.#choose(this.#options[0]);
  }

  #key(event) {
    if (this.hidden || event.isComposing) return;
    const options = this.#options;
    const at = options.indexOf(this.#chosen);
    if (event.key === "ArrowDown") this.#choose(options[(at + 1) % options.length]);
    else if (event.key === "ArrowUp") this.#choose(options[(at - 1 + options.length) % options.length]);
    else if (event.key === "Escape") this.#close();
    else if (["Enter", "Tab"].includes(event.key) && !event.ctrlKey && !event.metaKey) this.#take(this.#chosen);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #choose(option) {
    for (const each of this.#options) each.setAttribute("aria-selected", String(each === option));
    option?.scrollIntoView({ block: "nearest" });
    this.#text.setAttribute("aria-activedescendant", option?.id ?? "");
  }

  #take(option) {
    if (!option) return;
    const end = this.#text.selectionStart;
    const start = end - this.#name().length;
    this.#text.setRangeText(`${option.dataset.name} `, start, end, "end");
    this.#text.dispatchEvent(new Event("input", { bubbles: true }));
    this.#hide();
  }

  #close() {
    this.#closed = this.#name() ?? "";
    this.#hide();
  }

  #hide() {
    clearTimeout(this.#timer);
    this.#asking?.abort();
    this.#asking = null;
    this.hidden = true;
    this.#text.removeAttribute("aria-activedescendant");
  }
}

customElements.define("mention-list", MentionList);
