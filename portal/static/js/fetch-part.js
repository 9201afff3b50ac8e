// <details data-part="/address">: its content is asked for when it is opened, and costs the page nothing until then.
// Inside stands a link to the same as a page, for readers without script.
import { fill, fragment } from "./fragment.js";

document.addEventListener("toggle", async (event) => {
  const part = event.target;
  if (!part.open || !part.dataset?.part || part.dataset.asked) return;
  part.dataset.asked = "yes";
  const place = part.querySelector("[data-place]");
  place.setAttribute("aria-busy", "true");
  const answer = await fragment(part.dataset.part).catch(() => null);
  place.removeAttribute("aria-busy");
  if (!answer) {
    delete part.dataset.asked; // the link is still there; opening again asks again
    return;
  }
  fill(place, answer.html);
  part.dispatchEvent(new CustomEvent("desk:filled", { bubbles: true }));
}, true); // it does not bubble
