// The outbox as pages use it: store photos, read what waits, send, discard.
//
// Storage and encryption are in outbox_store.js, sending in outbox_sender.js.
// The owner of a page, a random id that stands for its participant, is in the element #queue
// (templates/components/queue.html); null on pages without a session.

import * as answers from "../answers/kept.js";
import * as notes from "./outbox_notes.js";
import { drain, fetchToday } from "./outbox_sender.js";
import * as store from "./outbox_store.js";
import { newId, sha256 } from "./sha256.js";
import { gettext } from "../words/words.js";

export { subscribe } from "./outbox_store.js"; // to every change of what is stored

const TICK = 15_000;
const HOW_LIMIT = 2048;

const page = () => document.querySelector("#queue")?.dataset ?? {};
export const outboxOwner = () => page().participant || null;

// --- Storing -----------------------------------------------------------------------------------

// Both leave the photo in the memory of this page (waiting() tells it with inMemory), which sends
// it at once. "words" is the sentence for the person.
class NotKept extends Error {
  constructor(words, id) {
    super(words);
    this.words = words;
    this.id = id;
  }
}
export class StorageFull extends NotKept {}
export class StorageRefused extends NotKept {}

// Resolves to the id of a photo that is in IndexedDB, encrypted, and is not sent before use(id). What
// cannot be stored is in this page's memory: use() says so. Nothing is decoded here: a still of 48
// megapixels may end the page that looks at it, and is found again by the next one.
export async function secure({ blob, visit, view, how = {} }) {
  const owner = outboxOwner();
  if (!owner) throw new Error("secure: this page does not say whose it is (components/queue.html)");
  const clock = await store.fact("clock");
  const record = {
    id: newId(),
    participant: owner,
    visit,
    view,
    how: bounded(how),
    type: blob.type,
    size: blob.size,
    sha256: await sha256(blob),
    keptAt: Date.now(),
    clockOffset: clock?.offset ?? null,
    state: "undecided",
    share: 0,
    url: null,
    problem: null,
  };
  if (await whyNotStored(record, blob)) {
    store.memoryPhotos.set(record.id, { ...record, blob });
    store.notify();
  } else requestPersistence();
  return record.id;
}

// The person chose to send it; "how" is what was measured since. It takes the place of what waits of
// the same view. Rejects when it is no longer there, and with NotKept as said above.
export async function use(id, how = null) {
  const values = { state: "waiting", ...(how && { how: bounded(how) }) };
  const inMemory = store.memoryPhotos.get(id);
  if (inMemory) await useFromMemory(inMemory, values);
  else if (!(await store.decide(id, values)))
    throw new Error("use: the photo is not here any more");
  registerSync();
  sendNow();
}

// What it takes the place of may have made room.
async function useFromMemory({ blob, ...before }, values) {
  const record = { ...before, ...values };
  const Kind = await whyNotStored(record, blob);
  if (Kind) throw leftInMemory(record, blob, Kind);
  store.memoryPhotos.delete(record.id);
  store.notify();
}

// Stores it, or says why that cannot be: StorageFull or StorageRefused.
async function whyNotStored(record, blob) {
  if (!store.canEncrypt()) return StorageRefused;
  try {
    await store.put(record, blob);
    return null;
  } catch (error) {
    return error?.name === "QuotaExceededError" ? StorageFull : StorageRefused;
  }
}

const bounded = (how) => (JSON.stringify(how).length <= HOW_LIMIT ? how : {});

function leftInMemory(record, blob, Kind) {
  store.memoryPhotos.set(record.id, { ...record, blob });
  store.notify();
  sendNow();
  const words =
    Kind === StorageFull
      ? gettext(
          "This phone has no room left to keep the photo. It is being sent now: please keep this page open until it has arrived.",
        )
      : gettext(
          "This browser cannot keep the photo safely. It is being sent now: please keep this page open until it has arrived.",
        );
  return new Kind(words, record.id);
}

// Without the permission asked for here the browser may evict the storage.
export async function requestPersistence() {
  const persisted = await navigator.storage?.persist?.().catch(() => false);
  await store.setFact("persisted", persisted ?? false);
}

export async function registerSync() {
  try {
    const registration = await navigator.serviceWorker?.getRegistration("/my/");
    await registration?.sync?.register("photos");
  } catch {
    // Not allowed or not there: photos go out while a page is open.
  }
}

// --- Reading -----------------------------------------------------------------------------------

// What this phone knows for the page: { photos, answers, others, session, clock, persisted, notes }.
//
// "photos" are those that wait and belong to this page's owner; all of them where it has none.
// "others" counts those of other people, which are sent from their own pages only. "session" says why
// nothing can be sent until the link is opened again: { code, title, detail } or null.
export async function snapshot() {
  const owner = outboxOwner();
  const [photos, session, persisted, known, filled, clock] = await Promise.all([
    store.all(),
    store.fact("session"),
    store.fact("persisted"),
    owner ? notes.notesOf(owner) : [],
    answers.all(),
    store.fact("clock"),
  ]);
  const mine = photos.filter((photo) => !owner || photo.participant === owner);
  return {
    photos: mine,
    answers: filled.filter(({ participant }) => !owner || participant === owner),
    others: photos.length - mine.length,
    session: problemOf(session, owner),
    clock: clock?.offset ?? 0,
    persisted,
    notes: known,
  };
}

const problemOf = (session, owner) => {
  if (session?.problem) return session.problem;
  const anothers = owner && session && session.participant !== owner;
  return anothers ? { code: "link_needed", title: "", detail: "" } : null;
};

export const waiting = async () => (await snapshot()).photos;

// When this page was true: a copy that the phone kept says so, any other was just asked for.
export const pageTime = () =>
  Number(document.documentElement.dataset.kept) || Date.now() - performance.now();

// The participant was told that the photos with these ids arrived.
export const acknowledge = (photos) => notes.acknowledge(photos).catch(() => {});

export const picture = async (id) => store.open(id).catch(() => null);

// --- Acting ------------------------------------------------------------------------------------

// Try now, whatever was postponed.
export async function sendNow() {
  for (const photo of await store.all()) {
    if (photo.notBefore) await store.change(photo.id, { notBefore: 0 });
  }
  for (const { id, notBefore } of await answers.all()) {
    if (notBefore) await answers.change(id, { notBefore: 0 });
  }
  await drain();
}

// Only after the person confirmed.
export const discard = (id) => store.remove(id);

// Once more, after a refusal that may have been lifted.
export async function retry(id) {
  await store.change(id, { state: "waiting", problem: null, notBefore: 0 });
  await drain();
}

// --- The ghost ---------------------------------------------------------------------------------

// A picture kept on this phone alone, to frame the next one by; null when there is none.
export async function reference(view) {
  const owner = outboxOwner();
  if (!owner || !store.canEncrypt()) return null;
  return store.openReference(owner, view).catch(() => null);
}

export async function setReference(view, blob) {
  const owner = outboxOwner();
  if (owner && store.canEncrypt()) await store.putReference(owner, view, blob);
}

export async function forgetReferences() {
  const owner = outboxOwner();
  if (owner) await store.removeReferences(owner).catch(() => {});
}

// --- While a page is open ----------------------------------------------------------------------

const sendIfVisible = () => {
  if (document.visibilityState === "visible") drain();
};

addEventListener("online", () => sendNow());
addEventListener("pageshow", sendIfVisible);
document.addEventListener("visibilitychange", sendIfVisible);
setInterval(sendIfVisible, TICK);
addEventListener("beforeunload", (event) => {
  if (store.memoryPhotos.size + answers.memoryAnswers.size > 0) event.preventDefault();
});

// After signing out, online or offline, nothing of this is left.
if (!outboxOwner() || "leaving" in document.documentElement.dataset) notes.clear().catch(() => {});

// The clock is compared and the session asked after once when a page opens.
if (outboxOwner()) fetchToday().then(sendIfVisible);
