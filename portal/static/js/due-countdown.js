// <due-countdown left="2520" open="7200" target="14400" risk="3600">42 m left</due-countdown>
// Seconds of *working* time, counted down from when the page was made; after `open` seconds the desk closes and the
// figure rests. The words come from <body data-...> in the reader's language (macros/fuse.html, clock_words).
// Differences of this machine's clock are used, never its time of day, which may be wrong.
const step = 30000;
const living = new Set();
let timer = 0;

function tick() {
  for (const countdown of living) countdown.show();
}

function spoken(seconds) {
  const words = document.body.dataset;
  const minutes = Math.floor(seconds / 60);
  // Never in days: a day of working time has other hours than one of the calendar.
  const [h, m] = [Math.floor(minutes / 60), minutes % 60];
  if (h) return words.hours.replace("{h}", h).replace("{m}", String(m).padStart(2, "0"));
  return words.minutes.replace("{m}", m);
}

class DueCountdown extends HTMLElement {
  #since = 0;

  connectedCallback() {
    this.#since ||= Date.now();
    if (!document.body.dataset.left) return;
    living.add(this);
    timer ||= setInterval(tick, step);
  }

  disconnectedCallback() {
    living.delete(this);
  }

  #number(name, otherwise) {
    return this.hasAttribute(name) ? Number(this.getAttribute(name)) : otherwise;
  }

  get #left() {
    const passed = (Date.now() - this.#since) / 1000;
    return this.#number("left", 0) - Math.min(passed, this.#number("open", Infinity));
  }

  show() {
    const left = this.#left;
    const form = left < 0 ? document.body.dataset.late : document.body.dataset.left;
    const words = form.replace("{time}", spoken(Math.abs(left)));
    if (this.textContent !== words) this.textContent = words;
    this.#colour(left);
  }

  // Only ever towards worse: from due to risk, from either to late. Better news comes from the server.
  #colour(left) {
    const box = this.closest("[data-state]");
    if (!box) return;
    const target = this.#number("target", 0);
    if (left < 0 && box.dataset.state !== "late") this.#become(box, "late");
    else if (left < this.#number("risk", 0) && box.dataset.state === "due") this.#become(box, "risk");
    const bar = target ? box.querySelector(".fuse-burnt") : null;
    bar?.setAttribute("width", String(Math.min(100, Math.max(0, 100 - (100 * left) / target))));
  }

  #become(box, state) {
    box.dataset.state = state;
    box.querySelector(".icon use")?.setAttribute("href", `#i-${state}`);
  }
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) tick();
});
customElements.define("due-countdown", DueCountdown);
