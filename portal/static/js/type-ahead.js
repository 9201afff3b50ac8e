// <type-ahead src into>: shows the proposed route and promise while a customer writes. The form works without it.
import { fill, fragment } from "./fragment.js";

const calm = 250; // ms after the last key
const shortest = 3; // letters

class TypeAhead extends HTMLElement {
  #timer = 0;
  #asking = null;
  #asked = "";

  connectedCallback() {
    if (!this.getAttribute("src")) return;
    this.addEventListener("input", (event) => {
      if (event.target.closest(`#${this.getAttribute("into")}`)) return;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#ask(), calm);
    });
    this.addEventListener("submit", (event) => this.#refill(event));
    // Text that the browser or an error page put back deserves its proposal too.
    this.#asked = this.#place.childElementCount ? this.#text : "";
    if (this.#text) this.#timer = setTimeout(() => this.#ask(), calm);
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
    this.#asking?.abort();
  }

  get #form() {
    return this.querySelector("form");
  }

  get #text() {
    return this.#form.elements.namedItem("text").value.trim();
  }

  get #place() {
    return document.getElementById(this.getAttribute("into"));
  }

  // A button of a suggestion that only changes what is suggested: what is typed stays where it is.
  #refill(event) {
    if (!event.submitter?.hasAttribute("data-refills")) return;
    event.preventDefault();
    delete this.#form.dataset.sending; // nothing was sent (once.js)
    this.#fetch(event.submitter.formAction).then(() => this.#form.elements.namedItem("text").focus());
  }

  #ask() {
    const text = this.#text;
    if (text === this.#asked) return;
    this.#asked = text;
    if (text.length >= shortest) {
      this.#fetch(this.getAttribute("src"));
      return;
    }
    this.#asking?.abort();
    this.#place.replaceChildren();
  }

  async #fetch(url) {
    this.#asking?.abort();
    const asking = new AbortController();
    this.#asking = asking;
    this.#place.setAttribute("aria-busy", "true");
    const body = new FormData(this.#form);
    const answer = await fragment(url, { method: "POST", body, signal: asking.signal }).catch(() => null);
    if (this.#asking !== asking) return;
    this.#place.removeAttribute("aria-busy");
    if (answer) fill(this.#place, answer.html);
    else this.#asked = "";
  }
}

customElements.define("type-ahead", TypeAhead);
