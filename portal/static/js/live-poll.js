// <live-poll src version every>: asks, with the ETag, whether something changed; shows the answered line, changes nothing
// else. With `parts`, the answer holds parts of the page, each put where its id stands. Backs off when the server is
// away, rests in hidden tabs, and stops when the session has ended.
import { fill, fillParts } from "./fragment.js";

const longest = 300;

class LivePoll extends HTMLElement {
  #timer = 0;
  #failures = 0;
  #version = null;
  #onSeen = () => this.#seen();

  connectedCallback() {
    this.#version = this.getAttribute("version");
    document.addEventListener("visibilitychange", this.#onSeen);
    this.#plan();
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
    document.removeEventListener("visibilitychange", this.#onSeen);
  }

  // Spread by a fifth, so that a thousand tabs opened at nine do not ask in the same second.
  #plan() {
    clearTimeout(this.#timer);
    const every = Number(this.getAttribute("every") ?? 15);
    const seconds = Math.min(every * 2 ** this.#failures, longest) * (0.9 + Math.random() / 5);
    this.#timer = setTimeout(() => this.#ask(), seconds * 1000);
  }

  #seen() {
    clearTimeout(this.#timer);
    if (!document.hidden) this.#ask();
  }

  async #ask() {
    if (document.hidden) return;
    const headers = { Accept: "text/html", "HX-Request": "true" };
    if (this.#version) headers["If-None-Match"] = this.#version;
    // no-store: the browser would otherwise answer from its cache and hide the 304 from us.
    const options = { headers, cache: "no-store", credentials: "same-origin" };
    const answer = await fetch(this.getAttribute("src"), options).catch(() => null);
    if (!this.isConnected) return;
    if (answer && (answer.redirected || [204, 401, 403, 404].includes(answer.status))) {
      this.#live("off");
      return;
    }
    this.#failures = answer && (answer.ok || answer.status === 304) ? 0 : this.#failures + 1;
    this.#live(this.#failures ? "off" : "on");
    if (answer?.ok) await this.#show(answer);
    this.#plan();
  }

  async #show(answer) {
    this.#version = answer.headers.get("ETag") ?? this.#version;
    const html = (await answer.text()).trim();
    if (this.hasAttribute("parts")) {
      fillParts(html);
      return;
    }
    const place = this.querySelector("[aria-live]");
    if (place.innerHTML.trim() !== html) fill(place, html);
  }

  #live(state) {
    for (const mark of document.querySelectorAll("[data-live]")) mark.dataset.live = state;
  }
}

customElements.define("live-poll", LivePoll);
