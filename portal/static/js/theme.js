// <theme-choice>: light, dark or as the system. The server reads the cookie and writes data-theme, so nothing flashes.
const year = 31536000;

function chosen() {
  return document.documentElement.dataset.theme ?? "auto";
}

class ThemeChoice extends HTMLElement {
  connectedCallback() {
    this.show();
    this.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button) this.choose(button.value);
    });
  }

  choose(theme) {
    if (theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    const secure = location.protocol === "https:" ? "; secure" : "";
    document.cookie = `theme=${theme}; path=/; max-age=${year}; samesite=lax${secure}`;
    this.show();
  }

  show() {
    for (const button of this.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(button.value === chosen()));
    }
  }
}

customElements.define("theme-choice", ThemeChoice);
