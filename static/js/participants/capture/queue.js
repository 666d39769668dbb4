// The strip that says what waits on this phone, and the service worker's beginning.

import * as outbox from "./outbox.js";
import {
  consentCard,
  memoryCard,
  oldCard,
  othersCard,
  refusedCard,
  roomCard,
  sendingCard,
  sentCard,
  sessionCard,
  waitingCard,
} from "./queue_cards.js";

const DAY = 24 * 3600 * 1000;
const OLD = 3 * DAY; // an iPhone clears a site's storage after seven days without a visit
const BY_CONSENT = new Set(["consent_outdated", "consent_missing"]);
const LITTLE_ROOM = 30 * 1024 * 1024;

const place = document.querySelector("#queue");
const say = document.querySelector("[data-queue-say]");
const { dataset } = place;

// Numbers of photos that arrived since home was last looked at.
const sent = new Set();
// Whether a photo is wanted again: that comes before any thanks.
let again = Boolean(document.querySelector('[data-steps] [data-state="retake"]'));
const atHome = Boolean(document.querySelector("[data-news]"));
let confirming = null; // the photo whose removal is being asked about
let shownText = "";
const previews = new Map();

// --- Thanks ------------------------------------------------------------------------------------

function thanks() {
  if (atHome && document.visibilityState === "visible") outbox.told(new Set(sent));
  return sentCard(sent.size);
}

// Home says whether a photo is wanted again. Thanks that were said before are then over.
export function giveWay(wanted) {
  if (wanted === again) return;
  again = wanted;
  if (wanted) {
    outbox.told(new Set(sent));
    sent.clear();
  }
  draw();
}

// --- Drawing -----------------------------------------------------------------------------------

// Addresses of pictures that may be looked at; made once each, given back when the photo is gone.
function previewOf(id) {
  const known = previews.get(id);
  if (known === undefined) {
    previews.set(id, null);
    outbox.picture(id).then((blob) => {
      if (!blob) return;
      previews.set(id, URL.createObjectURL(blob));
      draw();
    });
  }
  return known ?? "";
}

function forgetPreviews(photos) {
  const there = new Set(photos.map((photo) => photo.id));
  for (const [id, address] of previews) {
    if (there.has(id)) continue;
    if (address) URL.revokeObjectURL(address);
    previews.delete(id);
  }
}

const refusalOf = ({ id }) => ({
  pictureOf: previewOf,
  confirming: confirming === id,
  ask: (yes) => {
    confirming = yes ? id : null;
    draw();
  },
});

function activeCards(active, session) {
  if (active.length === 0) return [];
  if (session || !outbox.participant()) {
    return [sessionCard(active.length, session ?? { code: "link_needed" })];
  }
  const blocked = active.filter((photo) => BY_CONSENT.has(photo.problem?.code));
  const going = active.filter((photo) => !BY_CONSENT.has(photo.problem?.code));
  const cards = blocked.length > 0 ? [consentCard(blocked)] : [];
  if (going.some((photo) => photo.state === "sending")) cards.push(sendingCard(going));
  else if (going.length > 0) cards.push(waitingCard(going));
  return cards;
}

async function cardsFor(photos) {
  const session = await outbox.sessionProblem();
  // A page of nobody's shows that photos wait, and none of them.
  if (!outbox.participant()) return activeCards(photos, session);
  const refused = photos.filter((photo) => photo.state === "refused");
  const active = photos.filter((photo) => photo.state !== "refused");
  const memory = active.filter((photo) => photo.inMemory);
  const kept = active.filter((photo) => !photo.inMemory);
  const cards = refused.map((photo) => refusedCard(photo, refusalOf(photo)));
  if (memory.length > 0) cards.push(memoryCard(memory, previewOf));
  cards.push(...activeCards(kept, session));
  if (photos.length === 0 && sent.size > 0 && !again && !session) cards.push(thanks());
  const aged = kept.length > 0 && Date.now() - kept[0].keptAt > OLD;
  if (aged && (await outbox.isPersisted()) !== true) cards.push(oldCard(kept));
  if (await littleRoom()) cards.push(roomCard());
  const others = await outbox.others();
  if (others > 0) cards.push(othersCard(others));
  return cards;
}

async function littleRoom() {
  const estimate = await navigator.storage?.estimate?.().catch(() => null);
  return Boolean(estimate?.quota) && estimate.quota - estimate.usage < LITTLE_ROOM;
}

let latest = [];
let drawing = Promise.resolve();

function draw() {
  drawing = drawing.then(async () => {
    const photos = latest;
    const cards = await cardsFor(photos);
    if (!sameAs(cards)) replace(cards);
    tell(cards);
    forgetPreviews(photos);
  });
  return drawing;
}

// A strip that did not change keeps its elements, and the focus on them.
const sameAs = (cards) => {
  const now = [...place.children];
  return (
    now.length === cards.length && cards.every((element, i) => element.isEqualNode(now[i]))
  );
};

function replace(cards) {
  const bar = place.querySelector("progress");
  const next = cards.length === 1 && cards[0].querySelector("progress");
  if (bar && next && place.children.length === 1) {
    bar.value = next.value; // moves on without a flicker
    const text = cards[0].querySelector(".queue__title").textContent;
    place.querySelector(".queue__title").textContent = text;
    return;
  }
  const held = place.contains(document.activeElement);
  place.replaceChildren(...cards);
  place.hidden = cards.length === 0;
  if (held) place.querySelector(".queue__ask ~ button, button, a")?.focus();
}

// Said once by a screen reader, without the per cent that move.
function tell(cards) {
  const text = cards.map((element) => element.querySelector(".queue__title").textContent).join(". ");
  if (text === shownText) return;
  shownText = text;
  say.textContent = text;
}

outbox.watch(async (photos) => {
  for (const { id } of outbox.arrivedSince(latest, photos)) sent.add(id);
  latest = photos;
  for (const id of await outbox.untold()) sent.add(id);
  draw();
});
addEventListener("online", draw);
addEventListener("offline", draw);

// --- The service worker ------------------------------------------------------------------------

// As a module where that is understood: then it sends photos, too.
async function register() {
  if (!dataset.worker || !navigator.serviceWorker) return;
  try {
    await navigator.serviceWorker.register(dataset.worker, { type: "module" });
  } catch {
    await navigator.serviceWorker.register(`${dataset.worker}?classic`).catch(() => {});
  }
}
// What the worker fetches waits until the page itself is there.
if (document.readyState === "complete") register();
else addEventListener("load", register);
