// While photos are being checked, the page follows: it is loaded again when one is decided.

import { decided } from "./poll.js";

for (const step of document.querySelectorAll("[data-photo]")) {
  decided(step.dataset.photo).then(() => location.reload());
}
