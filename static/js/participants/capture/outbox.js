// The photos that wait on this phone, for the pages: keep, watch, show, discard.
//
// What is kept, and how it is sealed, is in outbox_store.js; how it goes out in outbox_sender.js.
// Whose page this is stands in the element #queue (templates/components/queue.html).

import * as notes from "./outbox_notes.js";
import { contact, drain } from "./outbox_sender.js";
import * as store from "./outbox_store.js";
import { newId, sha256 } from "./sha256.js";
import { gettext } from "../words/words.js";

export { listen } from "./outbox_store.js"; // hears of every change of what is kept

const TICK = 15_000;
const HOW_LIMIT = 2048;

const page = () => document.querySelector("#queue")?.dataset ?? {};
export const participant = () => page().participant || null;

// --- Keeping -----------------------------------------------------------------------------------

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

// Resolves to { id } once the photo is in IndexedDB, sealed.
export async function keep({ blob, visit, view, how = {} }) {
  const owner = participant();
  if (!owner) throw new Error("keep: this page does not say whose it is (components/queue.html)");
  const clock = await store.fact("clock");
  const record = {
    id: newId(),
    participant: owner,
    visit,
    view,
    how: JSON.stringify(how).length <= HOW_LIMIT ? how : {},
    type: blob.type,
    size: blob.size,
    sha256: await sha256(blob),
    keptAt: Date.now(),
    clockOffset: clock?.offset ?? null,
    state: "waiting",
    share: 0,
    url: null,
    problem: null,
  };
  if (!store.canSeal()) throw hold(record, blob, StorageRefused);
  try {
    await store.put(record, blob);
  } catch (error) {
    throw hold(record, blob, error?.name === "QuotaExceededError" ? StorageFull : StorageRefused);
  }
  askToStay();
  askForSync();
  nudge();
  return { id: record.id };
}

function hold(record, blob, Kind) {
  store.held.set(record.id, { ...record, blob });
  store.announce();
  nudge();
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

// The browser may clear what it was not asked to keep.
async function askToStay() {
  const persisted = await navigator.storage?.persist?.().catch(() => false);
  await store.setFact("persisted", persisted ?? false);
}

async function askForSync() {
  try {
    const registration = await navigator.serviceWorker?.getRegistration("/my/");
    await registration?.sync?.register("photos");
  } catch {
    // Not allowed or not there: photos go out while a page is open.
  }
}

// --- Looking -----------------------------------------------------------------------------------

// What this phone knows for the page: { photos, others, session, persisted, notes }.
//
// "photos" are those that wait, of this page's participant; on a page of nobody's, of everybody.
// "others" counts those of other people, which go out from their own pages only. "session" says why
// nothing can be sent until the link is opened again: { code, title, detail } or null.
export async function snapshot() {
  const owner = participant();
  const [photos, session, persisted, known] = await Promise.all([
    store.all(),
    store.fact("session"),
    store.fact("persisted"),
    owner ? notes.notesOf(owner) : [],
  ]);
  const mine = photos.filter((photo) => !owner || photo.participant === owner);
  return {
    photos: mine,
    others: photos.length - mine.length,
    session: problemOf(session, owner),
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

// Home has said that these photos, given by number, arrived.
export const told = (photos) => notes.told(photos).catch(() => {});

export const picture = async (id) => store.open(id).catch(() => null);

// --- Acting ------------------------------------------------------------------------------------

// Try now, whatever was put off.
export async function nudge() {
  for (const photo of await store.all()) {
    if (photo.notBefore) await store.change(photo.id, { notBefore: 0 });
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
  const owner = participant();
  if (!owner || !store.canSeal()) return null;
  return store.openReference(owner, view).catch(() => null);
}

export async function setReference(view, blob) {
  const owner = participant();
  if (owner && store.canSeal()) await store.putReference(owner, view, blob);
}

export async function forgetReferences() {
  const owner = participant();
  if (owner) await store.removeReferences(owner).catch(() => {});
}

// --- While a page is open ----------------------------------------------------------------------

const due = () => {
  if (document.visibilityState === "visible") drain();
};

addEventListener("online", () => nudge());
addEventListener("pageshow", due);
document.addEventListener("visibilitychange", due);
setInterval(due, TICK);
addEventListener("beforeunload", (event) => {
  if (store.held.size > 0) event.preventDefault();
});

// Who signed out, with a connection or without, leaves nothing of this.
if (!participant() || "leaving" in document.documentElement.dataset) notes.forget().catch(() => {});

// The clock is compared and the session asked after once when a page opens.
if (participant()) contact().then(due);
