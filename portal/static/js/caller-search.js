// <caller-search src>: shows who may be calling while the name is typed. A button does the same without script.
import { fill, fragment } from "./fragment.js";

const calm = 200; // ms after the last key
const shortest = 2; // letters

class CallerSearch extends HTMLElement {
  #timer = 0;
  #asking = null;

  connectedCallback() {
    this.addEventListener("input", (event) => {
      if (event.target.name !== "who") return;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#ask(event.target.value.trim()), calm);
    });
    // Enter in the search field looks for people; it must not file a request that is half written.
    this.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.target.name === "who") event.preventDefault();
    });
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
    this.#asking?.abort();
  }

  async #ask(who) {
    this.#asking?.abort();
    if (who.length < shortest) return;
    const asking = new AbortController();
    this.#asking = asking;
    const url = `${this.getAttribute("src")}?who=${encodeURIComponent(who)}`;
    const answer = await fragment(url, { signal: asking.signal }).catch(() => null);
    if (this.#asking === asking && answer) fill(this.querySelector("[data-callers]"), answer.html);
  }
}

customElements.define("caller-search", CallerSearch);
