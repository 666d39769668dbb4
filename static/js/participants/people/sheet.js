// The sheet with a personal link: print it, or copy the address.

import "../privacy/print.js";
import { announce } from "../../toast.js";

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.querySelector(button.dataset.copy).textContent);
    announce("The link is copied.");
  });
}
