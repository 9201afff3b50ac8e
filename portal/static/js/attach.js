// <attach-files>: files for the text of the form it stands in. They go ahead one by one, with progress and a way to stop,
// from the file field, a drop on the form or the clipboard; the form carries their ids. A text that is sent while a file
// is on its way waits for it. Ids are kept on this device with the draft of a <compose-box>, and asked for again.
import { fill, fragment } from "./fragment.js";

class AttachFiles extends HTMLElement {
  #coming = new Map(); // row → its request
  #held = null; // the button that was pressed while files were on their way
  #form = null;
  #hear = (event) => this.#submitted(event);

  connectedCallback() {
    this.#form = this.closest("form");
    this.querySelector("[type=file]").addEventListener("change", (event) => {
      this.#take(event.target.files);
      event.target.value = ""; // they are sent by themselves, not once more with the form
    });
    this.addEventListener("click", (event) => this.#click(event));
    this.#form.addEventListener("paste", (event) => this.#take(event.clipboardData.files, event));
    for (const name of ["dragover", "dragleave", "drop"]) this.#form.addEventListener(name, (event) => this.#drag(event));
    addEventListener("submit", this.#hear, true); // on the window: before once.js, which would count it as sent
    this.#restore();
  }

  disconnectedCallback() {
    removeEventListener("submit", this.#hear, true);
    for (const request of this.#coming.values()) request.abort();
  }

  get #list() {
    return this.querySelector("[data-files]");
  }

  get #name() {
    const draft = this.closest("compose-box")?.getAttribute("draft");
    return draft ? `draft:${draft}:files` : "";
  }

  #drag(event) {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    this.#form.toggleAttribute("data-dropping", event.type === "dragover");
    if (event.type === "drop") this.#take(event.dataTransfer.files);
  }

  #take(files, event) {
    if (!files.length) return;
    event?.preventDefault();
    this.#say("");
    for (const file of files) {
      if (this.#list.children.length >= Number(this.dataset.mostFiles)) return this.#say(this.dataset.tooMany, "late");
      if (file.size > Number(this.dataset.mostBytes)) this.#say(`${file.name}: ${this.dataset.tooLarge}`, "late");
      else this.#send(file);
    }
  }

  #send(file) {
    const row = this.querySelector("[data-coming]").content.firstElementChild.cloneNode(true);
    row.querySelector("bdi").textContent = file.name;
    this.#list.append(row);
    const request = new XMLHttpRequest();
    this.#coming.set(row, request);
    request.open("POST", `${this.getAttribute("src")}?name=${encodeURIComponent(file.name)}`);
    request.setRequestHeader("Accept", "application/json, text/html;q=0.5");
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.setRequestHeader("X-CSRFToken", this.#form.elements.namedItem("csrf_token").value);
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) row.querySelector("progress").value = (100 * event.loaded) / event.total;
    });
    request.addEventListener("loadend", () => this.#arrived(row, request, file.name));
    request.send(file);
  }

  #arrived(row, request, name) {
    if (!this.#coming.delete(row)) return;
    row.remove();
    if (request.status === 201) {
      this.#add(request.responseText);
      this.#say(`${name}: ${this.dataset.arrived}`);
    } else {
      this.#say(`${name}: ${this.#reason(request)}`, "late");
    }
    this.#keep();
    const button = this.#coming.size ? null : this.#held;
    if (!button) return;
    this.#held = null;
    if (request.status === 201) this.#form.requestSubmit(button); // one that did not arrive is looked at first
  }

  #reason(request) {
    if (!request.getResponseHeader("Content-Type")?.includes("json")) return this.dataset.broken;
    return JSON.parse(request.responseText).detail ?? this.dataset.broken;
  }

  #add(html) {
    const made = document.createElement("ul");
    fill(made, html);
    this.#list.append(...made.children);
  }

  #click(event) {
    const button = event.target.closest("[data-cancel], [data-discard]");
    if (!button) return;
    const row = button.closest("[data-file]");
    const request = this.#coming.get(row);
    this.#coming.delete(row);
    request?.abort();
    if (button.dataset.discard) {
      const headers = { "X-CSRFToken": this.#form.elements.namedItem("csrf_token").value };
      fetch(button.dataset.discard, { method: "POST", headers, credentials: "same-origin" }).catch(() => null);
    }
    row.remove();
    this.#say("");
    this.#keep();
    this.querySelector("[type=file]").focus();
  }

  #submitted(event) {
    if (event.target !== this.#form || !this.#coming.size) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.#held = event.submitter;
    this.#say(this.dataset.still);
  }

  #keep() {
    if (!this.#name) return;
    const ids = [...this.querySelectorAll("[name=upload]:checked")].map((one) => one.value);
    if (ids.length) localStorage.setItem(this.#name, JSON.stringify(ids));
    else localStorage.removeItem(this.#name);
  }

  async #restore() {
    const ids = this.#name ? JSON.parse(localStorage.getItem(this.#name) ?? "[]") : [];
    if (!ids.length || this.#list.children.length) return;
    const query = new URLSearchParams(ids.map((id) => ["id", id]));
    const answer = await fragment(`${this.getAttribute("src")}?${query}`).catch(() => null);
    if (!answer) return;
    this.#add(answer.html); // those that were sent meanwhile are not among them
    this.#keep();
  }

  #say(words, state = "") {
    const place = this.querySelector("[data-attach-word]");
    place.textContent = words;
    place.dataset.state = state;
  }
}

customElements.define("attach-files", AttachFiles);
