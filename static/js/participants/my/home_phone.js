// Home on this phone: pages and engine kept for a visit offline, the icon on the home screen.

import { needsInstalling } from "../people/app.js";

const addresses = JSON.parse(document.querySelector("[data-news]").dataset.addresses);

// --- What the phone keeps ----------------------------------------------------------------------

const resting = (work) =>
  globalThis.requestIdleCallback ? requestIdleCallback(work) : setTimeout(work, 2000);

const unmetered = () => {
  const line = navigator.connection;
  return Boolean(line) && !line.saveData && ["wifi", "ethernet"].includes(line.type);
};

async function keepPages() {
  const worker = (await navigator.serviceWorker.ready).active;
  if (!document.documentElement.dataset.kept) {
    worker.postMessage({ kind: "visit", addresses: addresses.visit });
  }
  if (document.querySelector("[data-steps] [data-view]") && unmetered()) {
    resting(() => worker.postMessage({ kind: "engine", addresses: addresses.engine }));
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
