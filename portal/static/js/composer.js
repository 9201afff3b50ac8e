// <compose-box draft="7:SD-2033">: writing a reply or a note. Ctrl+Enter sends with the button that is shown; what is
// not sent yet is kept on this device per ticket and person, and put back if the page went away.
const prefix = "draft:";
const calm = 400; // ms after the last key

function same(one, other) {
  return one.replace(/\s+/g, " ").trim() === other.replace(/\s+/g, " ").trim();
}

class ComposeBox extends HTMLElement {
  #timer = 0;

  connectedCallback() {
    this.addEventListener("input", () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#keep(), calm);
    });
    this.addEventListener("change", () => this.#keep());
    this.addEventListener("keydown", (event) => this.#key(event));
    this.addEventListener("submit", () => this.#keep({ sent: true }));
    this.addEventListener("htmx:after:request", (event) => this.#answered(event));
    this.#restore();
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
  }

  get #text() {
    return this.querySelector("textarea");
  }

  get #name() {
    return prefix + this.getAttribute("draft");
  }

  #key(event) {
    if (event.key === "Escape") this.#text.blur();
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
    event.preventDefault();
    const button = [...this.querySelectorAll(".btn-main")].find((one) => one.checkVisibility());
    this.querySelector("form").requestSubmit(button);
  }

  #keep({ sent = false } = {}) {
    clearTimeout(this.#timer);
    const text = this.#text.value;
    const kind = this.querySelector("[name=kind]:checked")?.value ?? "";
    if (text.trim()) localStorage.setItem(this.#name, JSON.stringify({ text, kind, sent }));
    else localStorage.removeItem(this.#name);
  }

  // A draft that was sent and now stands in the conversation has arrived; one that does not stand there came to grief.
  #restore() {
    const draft = JSON.parse(localStorage.getItem(this.#name) ?? "null");
    if (!draft || this.#text.value.trim()) return;
    const own = [...document.querySelectorAll("[data-own] .message-text")];
    if (draft.sent && own.some((message) => same(message.textContent, draft.text))) {
      localStorage.removeItem(this.#name);
      return;
    }
    this.#text.value = draft.text;
    const tab = this.querySelector(`[name=kind][value="${CSS.escape(draft.kind)}"]`);
    if (tab) tab.checked = true;
    this.#say(this.dataset.restored);
  }

  #answered(event) {
    if (event.detail.ctx.response.status < 300) localStorage.removeItem(this.#name);
  }

  #say(words) {
    const place = this.querySelector("[data-word]");
    if (place && words) place.textContent = words;
  }
}

customElements.define("compose-box", ComposeBox);

// Whoever signs out leaves no letters behind for the next person at this machine.
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-sign-out]")) return;
  for (const name of Object.keys(localStorage)) if (name.startsWith(prefix)) localStorage.removeItem(name);
  sessionStorage.clear();
});
