// The shell of every page: menus, forms that are sent once, toasts, times, and htmx's token.

import { announce } from "./toast.js";
import { relateTimes } from "./times.js";

const cookie = (names) => {
  for (const part of document.cookie.split("; ")) {
    const [name, ...value] = part.split("=");
    if (names.includes(name)) return decodeURIComponent(value.join("="));
  }
  return "";
};

export const csrfToken = () => cookie(["__Host-csrf", "csrf"]);

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRFToken"] = csrfToken();
  // What a page asks for by itself (polling, load) does not keep an idle session alive.
  if (!event.detail.triggeringEvent) event.detail.headers["X-Background"] = "1";
});
document.addEventListener("htmx:responseError", () => {
  announce("That did not work. Nothing was changed; please try again.");
});
document.addEventListener("htmx:sendError", () => {
  announce("No connection just now. Please try again in a moment.");
});

// Menus made of <details data-menu> close on Escape and when attention goes elsewhere.
const closeMenus = (except) => {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!except || !menu.contains(except)) menu.open = false;
  }
};
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.activeElement?.closest("details[data-menu][open]");
  closeMenus();
  menu?.querySelector("summary").focus();
});
document.addEventListener("click", (event) => closeMenus(event.target));
document.addEventListener("focusin", (event) => closeMenus(event.target));

// A form is sent once: the button says so and the second press does nothing. Forms whose answer
// is a download (data-download) get their button back, since the page stays.
const release = (button) => {
  button.removeAttribute("aria-disabled");
  button.removeAttribute("data-working");
  if (button.dataset.label) button.lastChild.textContent = button.dataset.label;
};
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
    text.textContent = button.dataset.workingText ?? "Working…";
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

// “Go back” on a refusal returns to the form with what was typed still in it.
document.addEventListener("click", (event) => {
  const back = event.target.closest("a[data-back]");
  if (!back || history.length < 2) return;
  event.preventDefault();
  history.back();
});

// What scrolls sideways must be reachable by keyboard (WCAG 2.1.1).
const watchOverflow = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const scrolls = target.scrollWidth > target.clientWidth + 1;
    target.toggleAttribute("data-scrolls", scrolls);
    if (scrolls) {
      target.tabIndex = 0;
      target.setAttribute("role", "region");
      target.setAttribute("aria-label", target.querySelector("caption")?.textContent || "Table");
    } else {
      target.removeAttribute("tabindex");
      target.removeAttribute("role");
      target.removeAttribute("aria-label");
    }
  }
});

const settle = (root) => {
  relateTimes(root);
  // Those that a template has named itself are reachable already.
  const wraps = root.querySelectorAll(".table-wrap:not([role])");
  for (const wrap of wraps) watchOverflow.observe(wrap);
};
settle(document);
document.addEventListener("htmx:load", (event) => settle(event.detail.elt));
setInterval(() => relateTimes(document), 30_000);

// On a phone the section one is in may lie outside the bar's visible part.
const here = document.querySelector(".sidebar [aria-current]");
const bar = here?.closest("ul");
if (bar && bar.scrollWidth > bar.clientWidth) {
  bar.scrollLeft = here.offsetLeft - (bar.clientWidth - here.offsetWidth) / 2;
}
