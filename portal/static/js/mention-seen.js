// <mention-seen>: whoever opens the request has seen that they are mentioned; without script a button says so.
class MentionSeen extends HTMLElement {
  connectedCallback() {
    const form = this.querySelector("form");
    if (!form) return;
    const options = { method: "POST", body: new FormData(form), headers: { "HX-Request": "true" } };
    fetch(form.action, { credentials: "same-origin", ...options })
      .then((answer) => {
        if (answer.ok && !answer.redirected) form.remove();
      })
      .catch(() => {}); // the button is still there
  }
}

customElements.define("mention-seen", MentionSeen);
