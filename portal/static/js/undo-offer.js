// <undo-offer seconds="15">: shows how long something may still be undone, and goes when that is over. The desk
// decides: a button that is pressed too late is answered with why.
class UndoOffer extends HTMLElement {
  #timer = 0;

  connectedCallback() {
    const over = Date.now() + Number(this.getAttribute("seconds")) * 1000;
    this.#timer = setInterval(() => this.#show(Math.ceil((over - Date.now()) / 1000)), 500);
  }

  disconnectedCallback() {
    clearInterval(this.#timer);
  }

  #show(left) {
    if (left <= 0) return this.remove();
    const place = this.querySelector("[data-left]");
    const words = place.dataset.left.replace("{n}", left);
    if (place.textContent !== words) place.textContent = words;
  }
}

customElements.define("undo-offer", UndoOffer);
