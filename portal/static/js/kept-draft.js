// <kept-draft src ticket stored>: keeps what is written in its form with the desk a moment after typing stops, and puts it
// back on the next visit, on any device. A newer text from another window is never overwritten: the writer chooses.
const rest = 1200; // ms after the last key

class KeptDraft extends HTMLElement {
  #known = new Map(); // kind → { text, version } as the desk has it
  #kind = "";
  #timer = 0;
  #line = Promise.resolve(); // one save after the other: each names the version that the one before made
  #over = false;

  connectedCallback() {
    this.#kind = this.#chosen;
    this.#form.addEventListener("input", (event) => {
      if (event.target === this.#text) this.#later();
    });
    this.#form.addEventListener("change", (event) => {
      if (event.target.name === "kind") this.#turn();
    });
    document.addEventListener("visibilitychange", () => document.hidden && this.#now());
    this.#form.addEventListener("submit", (event) => !event.defaultPrevented && this.#end());
    addEventListener("pageshow", () => (this.#over = false));
    this.addEventListener("click", (event) => this.#decide(event.target.closest("[data-take]")?.dataset.take));
    if (this.hasAttribute("stored")) this.#fetch();
  }

  get #form() {
    return this.closest("form");
  }

  get #text() {
    return this.#form.querySelector("textarea[name=text]");
  }

  get #chosen() {
    const kind = this.#form.querySelector("[name=kind]:checked, [name=kind][type=hidden]");
    return kind?.value ?? "new";
  }

  get #choice() {
    return this.querySelector("[data-choice]");
  }

  async #fetch() {
    const url = `${this.getAttribute("src")}?ticket=${encodeURIComponent(this.getAttribute("ticket"))}`;
    const answer = await fetch(url, { credentials: "same-origin" }).catch(() => null);
    if (!answer?.ok || answer.redirected) return;
    const drafts = await answer.json();
    for (const { kind, text, version } of drafts) this.#known.set(kind, { text, version });
    const [newest] = drafts;
    if (!newest) return;
    if (this.#text.value.trim()) {
      const here = this.#known.get(this.#kind);
      if (here && here.text !== this.#text.value) this.#choice.hidden = false;
    } else this.#show(newest.kind, newest.text);
  }

  #show(kind, text) {
    const tab = this.#form.querySelector(`[name=kind][type=radio][value="${CSS.escape(kind)}"]`);
    if (tab) tab.checked = true;
    this.#kind = this.#chosen;
    this.#text.value = text;
    this.#text.dispatchEvent(new Event("input", { bubbles: true }));
    this.#say(this.dataset.restored);
  }

  // Each kind has a text of its own; where the other has none yet, what is written moves along.
  #turn() {
    const [before, after] = [this.#kind, this.#chosen];
    if (before === after) return;
    const text = this.#text.value;
    this.#kind = after;
    this.#choice.hidden = true;
    const other = this.#known.get(after);
    this.#save(before, other ? text : "");
    if (other) this.#text.value = other.text;
    else this.#later();
  }

  #later() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#now(), rest);
  }

  #now() {
    clearTimeout(this.#timer);
    if (!this.#over && this.#choice.hidden) this.#save(this.#kind, this.#text.value);
  }

  // It is being sent: the desk forgets the draft itself.
  #end() {
    clearTimeout(this.#timer);
    this.#over = true;
  }

  #save(kind, text) {
    this.#line = this.#line.then(() => this.#send(kind, text)).catch(() => {}); // it is still on this device
  }

  async #send(kind, text) {
    const known = this.#known.get(kind) ?? { text: "", version: 0 };
    if (known.text.trim() === text.trim() || this.#over) return;
    const body = new FormData();
    const fields = { csrf_token: this.#form.elements.csrf_token.value, ticket: this.getAttribute("ticket"), kind, text };
    for (const [name, value] of Object.entries({ ...fields, version: known.version })) body.set(name, value);
    const answer = await fetch(this.getAttribute("src"), { method: "POST", body, credentials: "same-origin" });
    if (answer.redirected || !(answer.ok || answer.status === 409)) return;
    const there = await answer.json();
    this.#known.set(kind, answer.ok ? { text, version: there.version } : there);
    if (!answer.ok) this.#choice.hidden = kind !== this.#kind;
    else this.#kept(text);
  }

  // The copy on this device has done its work: kept longer, it would once be older than the desk's.
  #kept(text) {
    const box = this.closest("compose-box");
    if (box && this.#text.value === text) localStorage.removeItem(`draft:${box.getAttribute("draft")}`);
    if (text.trim()) this.#say(this.dataset.saved);
  }

  #decide(take) {
    if (!take) return;
    this.#choice.hidden = true;
    if (take === "theirs") this.#text.value = this.#known.get(this.#kind)?.text ?? "";
    else this.#now();
    this.#text.focus();
  }

  #say(words) {
    this.querySelector("[data-said]").textContent = words;
  }
}

customElements.define("kept-draft", KeptDraft);
