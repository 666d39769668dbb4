// The strip that says what waits on this phone, and the service worker's beginning.

import { registerWorker } from "../people/app.js";
import * as outbox from "./outbox.js";
import { change, refresh, state, subscribe } from "./page_state.js";
import { cardsOf, thanks } from "./queue_cards.js";
import { renderStrip } from "./render.js";

const atHome = Boolean(document.querySelector("[data-news]"));

// What the buttons do.
const acts = {
  send: () => outbox.sendNow(),
  use: (id) => outbox.use(id).catch(() => refresh()), // decided on in another tab
  retry: (id) => outbox.retry(id),
  remove: (id) => change({ removing: id }),
  keep: () => change({ removing: null }),
  discard: (id) => outbox.discard(id),
};

// Object URLs of pictures to be shown; made once each, revoked when the photo is gone.
function preparePictures({ owner, photos, pictures }) {
  if (!owner) return;
  for (const { id, inMemory, state: standing } of photos) {
    if (standing === "undecided") continue;
    if (pictures.has(id) || !(inMemory || standing === "refused")) continue;
    pictures.set(id, "");
    outbox.picture(id).then((blob) => {
      if (!blob) return;
      pictures.set(id, URL.createObjectURL(blob));
      change({ pictures });
    });
  }
  for (const [id, address] of pictures) {
    if (photos.some((photo) => photo.id === id)) continue;
    if (address) URL.revokeObjectURL(address);
    pictures.delete(id);
  }
}

subscribe(() => {
  preparePictures(state);
  renderStrip(cardsOf(state), acts);
  if (atHome && thanks(state) && document.visibilityState === "visible") {
    outbox.acknowledge(new Set(state.sent));
  }
});

// --- The service worker ------------------------------------------------------------------------

const { worker } = document.querySelector("#queue").dataset;

const register = () => {
  if (worker && navigator.serviceWorker) registerWorker(worker).catch(() => {});
};
// What the worker fetches waits until the page itself is there.
if (document.readyState === "complete") register();
else addEventListener("load", register);
