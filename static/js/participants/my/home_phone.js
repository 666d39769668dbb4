// Home on this phone: pages and engine kept for a visit offline, the icon on the home screen.

import { gathered, spared } from "../capture/camera/engine_files.js";
import { needsInstalling } from "../people/app.js";

const addresses = JSON.parse(document.querySelector("[data-news]").dataset.addresses);

// --- What the phone keeps ----------------------------------------------------------------------

const resting = (work) =>
  globalThis.requestIdleCallback ? requestIdleCallback(work) : setTimeout(work, 2000);

async function keepPages() {
  const worker = (await navigator.serviceWorker.ready).active;
  if (!document.documentElement.dataset.kept) {
    worker.postMessage({ kind: "visit", addresses: addresses.visit });
  }
  // The form engine, ahead of the first question; the pages themselves are small.
  if (addresses.forms?.length && !spared()) {
    resting(() => worker.postMessage({ kind: "visit", addresses: addresses.forms }));
  }
  // Ahead of the first photo, on every line that the person did not ask to spare.
  if (document.querySelector("[data-steps] [data-view]") && !spared()) {
    resting(() => gathered(addresses.engine, () => {}));
  }
}
if (navigator.serviceWorker) keepPages();

// --- The home screen ---------------------------------------------------------------------------

const install = document.querySelector("[data-install]");

addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  const ask = install.querySelector("[data-install-ask]");
  ask.hidden = install.hidden = false;
  ask.querySelector("button").onclick = async () => {
    install.hidden = true;
    await event.prompt();
  };
});
if (needsInstalling()) {
  install.querySelector("[data-install-ios]").hidden = install.hidden = false;
}
