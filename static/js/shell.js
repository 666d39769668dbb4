// The shell of every page: menus, forms that are sent once, toasts, times, and htmx's token.

import { sendOnce } from "./forms.js";
import "./menus.js";
import { outliveTheSession } from "./session.js";
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
document.addEventListener("htmx:responseError", (event) => {
  if (event.detail.xhr.status === 401) return; // session.js
  announce("That did not work. Nothing was changed; please try again.");
});
document.addEventListener("htmx:sendError", () => {
  announce("No connection just now. Please try again in a moment.");
});

outliveTheSession(csrfToken);
sendOnce("Working…");

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

// On a phone the section one is in may lie outside the bar's visible part.
const here = document.querySelector(".sidebar [aria-current]");
const bar = here?.closest("ul");
if (bar && bar.scrollWidth > bar.clientWidth) {
  bar.scrollLeft = here.offsetLeft - (bar.clientWidth - here.offsetWidth) / 2;
}
