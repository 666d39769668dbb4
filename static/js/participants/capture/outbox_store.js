// What a phone keeps until the study has it: photos and answers, encrypted, and a few facts. Pages and
// the service worker share this database; nothing here needs a page.
//
// A photo is encrypted with AES-GCM under a key of its participant that no script can read out
// (non-extractable). Deleting that key makes everything encrypted with it unreadable for good.

import "../../../lib/idb/umd.js"; // the one build that is minified; it sets a global
const { openDB } = globalThis.idb;

const NAME = "gsh-outbox";
const DURABLE = { durability: "strict" };

// Photos that could not be stored, by id: { ...record, blob }. They end with the page.
export const memoryPhotos = new Map();

// --- The database ------------------------------------------------------------------------------

let opening = null;

// Where there is no database at all openDB throws; this rejects.
const opened = async (how) => openDB(NAME, 3, how);

export function database() {
  opening ??= opened({
    upgrade(db, before) {
      if (before < 1) {
        db.createObjectStore("photos", { keyPath: "id" });
        for (const name of ["bytes", "keys", "references", "facts"]) db.createObjectStore(name);
      }
      if (before < 2) db.createObjectStore("notes"); // outbox_notes.js
      db.createObjectStore("answers", { keyPath: "id" }); // ../answers/kept.js
      db.createObjectStore("forms"); // the questionnaires that answers were begun in
    },
    blocking: () => void closeConnection(),
    terminated: () => {
      opening = null;
    },
  }).catch((error) => {
    opening = null;
    throw error;
  });
  return opening;
}

async function closeConnection() {
  const db = await opening;
  opening = null;
  db?.close();
}

// --- Changes ------------------------------------------------------------------------------------
// Every page and the worker hear of every change; a page also hears its own.

const listeners = new Set();
const channel = globalThis.BroadcastChannel ? new BroadcastChannel(NAME) : null;
channel?.addEventListener("message", () => notifyHere());

const notifyHere = () => {
  for (const listener of listeners) listener();
};
export const notify = () => {
  channel?.postMessage("changed");
  notifyHere();
};
export function subscribe(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

// --- Facts -------------------------------------------------------------------------------------
// Small values about the session and the clock; in memory where there is no database.

const facts = new Map();

export async function fact(name) {
  try {
    return await (await database()).get("facts", name);
  } catch {
    return facts.get(name);
  }
}

export async function setFact(name, value) {
  facts.set(name, value);
  try {
    await (await database()).put("facts", value, name);
  } catch {
    // Remembered for as long as this page is open.
  }
}

// --- Encryption --------------------------------------------------------------------------------

// Only a secure page (https or localhost) can encrypt; elsewhere nothing is stored.
export const canEncrypt = () => Boolean(globalThis.crypto?.subtle && globalThis.indexedDB);

async function keyOf(participant) {
  const db = await database();
  const known = await db.get("keys", participant);
  if (known) return known;
  const algorithm = { name: "AES-GCM", length: 256 };
  const made = await crypto.subtle.generateKey(algorithm, false, ["encrypt", "decrypt"]);
  const transaction = db.transaction("keys", "readwrite", DURABLE);
  const first = await transaction.store.get(participant); // another tab may have been quicker
  if (!first) await transaction.store.put(made, participant);
  await transaction.done;
  return first ?? made;
}

// What is encrypted is bound to its owner and id: it decrypts in no other one's place.
const boundTo = (owner, id) => new TextEncoder().encode(`${owner}/${id}`);

export async function encrypt(blob, owner, id) {
  const key = await keyOf(owner);
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const algorithm = { name: "AES-GCM", iv, additionalData: boundTo(owner, id) };
  const data = await crypto.subtle.encrypt(algorithm, key, await blob.arrayBuffer());
  return { iv, data, type: blob.type };
}

export async function decrypt(encrypted, owner, id) {
  const key = await keyOf(owner);
  const algorithm = { name: "AES-GCM", iv: encrypted.iv, additionalData: boundTo(owner, id) };
  const data = await crypto.subtle.decrypt(algorithm, key, encrypted.data);
  return new Blob([data], { type: encrypted.type });
}

// --- Photos ------------------------------------------------------------------------------------

// Resolves once the encrypted photo is on disk. One that is to be sent replaces a photo of the same view
// that has not begun to go out: the person took that view again. One that is still to be decided on
// replaces nothing.
export async function put(record, blob) {
  const encrypted = await encrypt(blob, record.participant, record.id);
  const db = await database();
  const transaction = db.transaction(["photos", "bytes"], "readwrite", DURABLE);
  const photos = transaction.objectStore("photos");
  const bytes = transaction.objectStore("bytes");
  try {
    if (!isUndecided(record)) await removeReplaced(record, photos, bytes);
    await bytes.put(encrypted, record.id);
    await photos.put(record);
    await transaction.done;
  } catch (error) {
    transaction.done.catch(() => {}); // told once, by the error below
    throw error;
  }
  notify();
}

// Whether the person has still to say that it is to be sent.
export const isUndecided = ({ state }) => state === "undecided";

// What the person decided of a stored photo; false when it is not here.
export async function decide(id, values) {
  const transaction = (await database()).transaction(["photos", "bytes"], "readwrite", DURABLE);
  const photos = transaction.objectStore("photos");
  const record = await photos.get(id);
  if (record && isUndecided(record)) {
    const decided = { ...record, ...values };
    await removeReplaced(decided, photos, transaction.objectStore("bytes"));
    await photos.put(decided);
  }
  await transaction.done;
  notify();
  return Boolean(record);
}

async function removeReplaced(record, photos, bytes) {
  for (const other of await photos.getAll()) {
    if (!replaces(record, other)) continue;
    await photos.delete(other.id);
    await bytes.delete(other.id);
  }
}

const replaces = (record, other) =>
  other.id !== record.id &&
  other.participant === record.participant &&
  other.visit === record.visit &&
  other.view === record.view &&
  other.state !== "sending" &&
  !other.url;

// Every photo that waits, oldest first, of every participant who used this phone.
export async function all() {
  let kept = [];
  try {
    kept = await (await database()).getAll("photos");
  } catch {
    // No database: only what is in memory.
  }
  const memory = [...memoryPhotos.values()].map(({ blob, ...record }) => ({
    ...record,
    inMemory: true,
  }));
  return [...kept, ...memory].sort((a, b) => a.keptAt - b.keptAt);
}

export async function change(id, values) {
  const inMemory = memoryPhotos.get(id);
  if (inMemory) {
    Object.assign(inMemory, values);
    notify();
    return;
  }
  const transaction = (await database()).transaction("photos", "readwrite");
  const record = await transaction.store.get(id);
  if (record) await transaction.store.put({ ...record, ...values });
  await transaction.done;
  notify();
}

// The server knows a photo by its id; with another one it is another photo.
export async function changeId(id, fresh) {
  const blob = await open(id);
  const record = (await all()).find((photo) => photo.id === id);
  if (!blob || !record) return;
  const { inMemory, ...values } = record;
  const renewed = { ...values, id: fresh, url: null, share: 0, renumbered: true };
  if (inMemory) {
    memoryPhotos.delete(id);
    memoryPhotos.set(fresh, { ...renewed, blob });
    notify();
    return;
  }
  await remove(id);
  await put(renewed, blob);
}

export async function remove(id) {
  if (!memoryPhotos.delete(id)) {
    const transaction = (await database()).transaction(["photos", "bytes"], "readwrite", DURABLE);
    transaction.objectStore("photos").delete(id);
    transaction.objectStore("bytes").delete(id);
    await transaction.done;
  }
  notify();
}

// The picture itself, or null when it is no longer there. Throws when it cannot be decrypted.
export async function open(id) {
  const inMemory = memoryPhotos.get(id);
  if (inMemory) return inMemory.blob;
  const db = await database();
  const [record, encrypted] = await Promise.all([db.get("photos", id), db.get("bytes", id)]);
  return record && encrypted ? decrypt(encrypted, record.participant, id) : null;
}

// Everything of one participant, the key first: what it encrypted is unreadable from then on.
export async function removeParticipant(participant) {
  for (const [id, photo] of memoryPhotos)
    if (photo.participant === participant) memoryPhotos.delete(id);
  const db = await database();
  const stores = ["keys", "photos", "bytes", "references", "notes", "answers"];
  const transaction = db.transaction(stores, "readwrite", DURABLE);
  transaction.objectStore("keys").delete(participant);
  const photos = transaction.objectStore("photos");
  for (const photo of await photos.getAll()) {
    if (photo.participant !== participant) continue;
    photos.delete(photo.id);
    transaction.objectStore("bytes").delete(photo.id);
  }
  const answers = transaction.objectStore("answers");
  for (const { id, participant: whose } of await answers.getAll()) {
    if (whose === participant) answers.delete(id);
  }
  for (const name of ["references", "notes"]) {
    transaction.objectStore(name).delete(keysOf(participant));
  }
  await transaction.done;
  notify();
}

// --- References --------------------------------------------------------------------------------
// A picture of each view that the participant allowed this phone to show them again.

const keysOf = (owner) => IDBKeyRange.bound(`${owner}/`, `${owner}/\uffff`);

export async function putReference(owner, view, blob) {
  const name = `${owner}/${view}`;
  const encrypted = await encrypt(blob, owner, `reference/${view}`);
  await (await database()).put("references", encrypted, name);
}

export async function openReference(owner, view) {
  const encrypted = await (await database()).get("references", `${owner}/${view}`);
  return encrypted ? decrypt(encrypted, owner, `reference/${view}`) : null;
}

export async function removeReferences(owner) {
  await (await database()).delete("references", keysOf(owner));
}

// --- Mutual exclusion ----------------------------------------------------------------------------

const LEASE = 120_000;
const FROZEN_AFTER = 300_000; // longer than any single request takes

// Runs work(renew) unless another tab or the worker is at it; says whether it ran.
export async function withLock(work) {
  if (!globalThis.navigator?.locks) return withLease(work);
  const renew = () => setFact("beat", Date.now());
  const locked = async (lock) => {
    if (!lock) return false;
    await renew();
    await work(renew);
    return true;
  };
  if (await navigator.locks.request(NAME, { ifAvailable: true }, locked)) return true;
  // A tab that the phone has frozen keeps its lock. Two at once would do no harm: the server takes
  // one writer at a time, and every piece once.
  const frozen = Math.abs(Date.now() - ((await fact("beat")) ?? 0)) > FROZEN_AFTER;
  return frozen ? navigator.locks.request(NAME, { steal: true }, locked) : false;
}

const tabId = Math.random().toString(36).slice(2);

// Without Web Locks (pages without https): a lease in the database, renewed at every step.
async function withLease(work) {
  let db;
  try {
    db = await database();
  } catch {
    await work(async () => {}); // nothing is shared, so there is nobody to wait for
    return true;
  }
  const renew = () => db.put("facts", { owner: tabId, until: Date.now() + LEASE }, "lease");
  const transaction = db.transaction("facts", "readwrite");
  const lease = await transaction.store.get("lease");
  const free = !lease || lease.owner === tabId || lease.until < Date.now();
  if (free) await transaction.store.put({ owner: tabId, until: Date.now() + LEASE }, "lease");
  await transaction.done;
  if (!free) return false;
  try {
    await work(renew);
  } finally {
    await db.delete("facts", "lease");
  }
  return true;
}
