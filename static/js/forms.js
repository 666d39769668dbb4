// A form is sent once: the button says so and the second press does nothing. Forms whose answer
// is a download (data-download) get their button back, since the page stays.

const release = (button) => {
  button.removeAttribute("aria-disabled");
  button.removeAttribute("data-working");
  if (button.dataset.label) button.lastChild.textContent = button.dataset.label;
};

// "working" is what a pressed button says where it names nothing of its own (data-working-text).
export const sendOnce = (working) => {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post" || form.hasAttribute("hx-post")) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    const button = event.submitter ?? form.querySelector("button[type=submit], button:not([type])");
    if (!button) return;
    button.setAttribute("aria-disabled", "true");
    button.setAttribute("data-working", "");
    const text = button.lastChild;
    if (text?.nodeType === Node.TEXT_NODE && text.textContent.trim()) {
      button.dataset.label = text.textContent;
      text.textContent = button.dataset.workingText ?? working;
    }
    if ("download" in form.dataset) {
      setTimeout(() => {
        delete form.dataset.sent;
        release(button);
      }, 4000);
    }
  });
  // Coming back with the browser's button shows the page as it was left: let the form go again.
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
    document.querySelectorAll("[data-working]").forEach(release);
  });
};
