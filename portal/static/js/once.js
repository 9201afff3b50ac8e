// A form is sent once: <form data-once>. The button is off from the first send until the page comes back.
// Selects in <form data-submits> send it on change; its Apply button is for readers without script.
function release(form) {
  delete form.dataset.sending;
  for (const button of form.querySelectorAll("button[aria-disabled]")) button.removeAttribute("aria-disabled");
}

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-once]");
  if (!form) return;
  if (form.dataset.sending) {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  form.dataset.sending = "yes";
  // aria-disabled keeps the button's name and value in what is sent; the check above keeps it from acting.
  event.submitter?.setAttribute("aria-disabled", "true");
}, true); // before htmx, which would queue the second one

document.addEventListener("change", (event) => {
  event.target.closest("form[data-submits]")?.requestSubmit();
});

// Back from the next page, or an answer that did not replace the form: it may be sent again.
addEventListener("pageshow", () => document.querySelectorAll("form[data-sending]").forEach(release));
document.addEventListener("htmx:finally:request", (event) => {
  const form = event.target.closest?.("form[data-sending]");
  if (form) release(form);
});
