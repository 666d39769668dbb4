// The landmark engine's files, fetched by the service worker: it goes on with what was begun, keeps
// every piece, and says how far it is (templates/participants/capture/my/_worker_engine.js).

const READY = 5000; // ms for a worker that is only being registered
const AGAIN = 15_000; // ms; asking again also keeps the browser from ending the worker
const DEAF = 10_000; // ms without a word: a worker from before, or none that works

// Whether the person asked this phone to spare the line. Phones without such a setting do not say.
export const spared = () =>
  Boolean(navigator.connection?.saveData) || matchMedia("(prefers-reduced-data: reduce)").matches;

// Resolves to true once all files are on this phone, to false where no worker fetches them.
// `told(share)` hears how much of them is here, 0 to 1. It waits as long as the line needs.
export async function gathered(addresses, told, { deaf = DEAF } = {}) {
  if (!addresses?.length || !(await hasWorker())) return false;
  const { serviceWorker } = navigator;
  const ask = async () => {
    const { active } = await serviceWorker.ready;
    active?.postMessage({ kind: "engine", addresses });
  };
  return new Promise((resolve) => {
    let heard = false;
    const end = (kept) => {
      serviceWorker.removeEventListener("message", hear);
      removeEventListener("online", ask);
      clearInterval(again);
      clearTimeout(silence);
      resolve(kept);
    };
    const hear = ({ data }) => {
      if (data?.kind !== "engine") return;
      heard = true;
      told(data.loaded / data.total);
      if (data.done) end(true);
    };
    serviceWorker.addEventListener("message", hear);
    serviceWorker.startMessages?.();
    addEventListener("online", ask);
    const again = setInterval(ask, AGAIN);
    const silence = setTimeout(() => {
      if (!heard) end(false);
    }, deaf);
    ask();
  });
}

async function hasWorker() {
  if (!navigator.serviceWorker || !document.querySelector("#queue")?.dataset.worker) return false;
  const late = new Promise((on) => setTimeout(() => on(null), READY));
  return Boolean(await Promise.race([navigator.serviceWorker.ready, late]));
}
