// What a phone keeps until the study has it: photos, sealed, and a few facts. Pages and the service
// worker share this database; nothing here needs a page.
//
// A photo is sealed with AES-GCM under a key of its participant that no script can read out
// (non-extractable). Taking that key away makes everything sealed with it unreadable for good.

import "../../../lib/idb/umd.js"; // the one build that is minified; it sets a global
const { openDB } = globalThis.idb;

const NAME = "gsh-outbox";
const DURABLE = { durability: "strict" };

// Photos that could not be put away, by id: { ...record, blob }. They end with the page.
export const held = new Map();

// --- The database ------------------------------------------------------------------------------

let opening = null;

export function database() {
  opening ??= openDB(NAME, 2, {
    upgrade(db, before) {
      if (before < 1) {
        db.createObjectStore("photos", { keyPath: "id" });
        for (const name of ["bytes", "keys", "references", "facts"]) db.createObjectStore(name);
      }
      db.createObjectStore("notes"); // outbox_notes.js
    },
    blocking: () => void forgetConnection(),
    terminated: () => {
      opening = null;
    },
  }).catch((error) => {
    opening = null;
    throw error;
  });
  return opening;
}

async function forgetConnection() {
  const db = await opening;
  opening = null;
  db?.close();
}

// --- Telling -----------------------------------------------------------------------------------
// Every page and the worker hear of every change; a page also hears its own.

const listeners = new Set();
const channel = globalThis.BroadcastChannel ? new BroadcastChannel(NAME) : null;
channel?.addEventListener("message", () => tellHere());

const tellHere = () => {
  for (const listener of listeners) listener();
};
export const announce = () => {
  channel?.postMessage("changed");
  tellHere();
};
export function listen(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

// --- Facts -------------------------------------------------------------------------------------
// Small things known of the session and the clock. Where nothing can be kept they live in memory.

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

// --- Sealing -----------------------------------------------------------------------------------

// Only a secure page (https or localhost) has the means to seal; without them nothing is put away.
export const canSeal = () => Boolean(globalThis.crypto?.subtle && globalThis.indexedDB);

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

// A sealed picture is bound to its owner and number: it opens in no other one's place.
const binding = (owner, id) => new TextEncoder().encode(`${owner}/${id}`);

async function seal(blob, owner, id) {
  const key = await keyOf(owner);
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const algorithm = { name: "AES-GCM", iv, additionalData: binding(owner, id) };
  const data = await crypto.subtle.encrypt(algorithm, key, await blob.arrayBuffer());
  return { iv, data, type: blob.type };
}

async function unseal(sealed, owner, id) {
  const key = await keyOf(owner);
  const algorithm = { name: "AES-GCM", iv: sealed.iv, additionalData: binding(owner, id) };
  const data = await crypto.subtle.decrypt(algorithm, key, sealed.data);
  return new Blob([data], { type: sealed.type });
}

// --- Photos ------------------------------------------------------------------------------------

// Resolves once the sealed photo is on disk. A photo of the same view that has not begun to go out
// is replaced: the person took that view again.
export async function put(record, blob) {
  const sealed = await seal(blob, record.participant, record.id);
  const db = await database();
  const transaction = db.transaction(["photos", "bytes"], "readwrite", DURABLE);
  const photos = transaction.objectStore("photos");
  const bytes = transaction.objectStore("bytes");
  try {
    for (const other of await photos.getAll()) {
      if (!replaces(record, other)) continue;
      await photos.delete(other.id);
      await bytes.delete(other.id);
    }
    await bytes.put(sealed, record.id);
    await photos.put(record);
    await transaction.done;
  } catch (error) {
    transaction.done.catch(() => {}); // told once, by the error below
    throw error;
  }
  announce();
}

const replaces = (record, other) =>
  other.participant === record.participant &&
  other.visit === record.visit &&
  other.view === record.view &&
  other.state !== "sending" &&
  !other.url;

// Everything that waits, oldest first, of every participant who used this phone.
export async function all() {
  let kept = [];
  try {
    kept = await (await database()).getAll("photos");
  } catch {
    // No database: only what is held in memory.
  }
  const memory = [...held.values()].map(({ blob, ...record }) => ({ ...record, inMemory: true }));
  return [...kept, ...memory].sort((a, b) => a.keptAt - b.keptAt);
}

export async function change(id, values) {
  const inMemory = held.get(id);
  if (inMemory) {
    Object.assign(inMemory, values);
    announce();
    return;
  }
  const transaction = (await database()).transaction("photos", "readwrite");
  const record = await transaction.store.get(id);
  if (record) await transaction.store.put({ ...record, ...values });
  await transaction.done;
  announce();
}

// The number is what the server knows a photo by; with another one it is another photo.
export async function renumber(id, fresh) {
  const blob = await open(id);
  const record = (await all()).find((photo) => photo.id === id);
  if (!blob || !record) return;
  const { inMemory, ...values } = record;
  const renewed = { ...values, id: fresh, url: null, share: 0, renumbered: true };
  if (inMemory) {
    held.delete(id);
    held.set(fresh, { ...renewed, blob });
    announce();
    return;
  }
  await remove(id);
  await put(renewed, blob);
}

export async function remove(id) {
  if (!held.delete(id)) {
    const transaction = (await database()).transaction(["photos", "bytes"], "readwrite", DURABLE);
    transaction.objectStore("photos").delete(id);
    transaction.objectStore("bytes").delete(id);
    await transaction.done;
  }
  announce();
}

// The picture itself, or null when it is no longer there. Throws when it cannot be opened.
export async function open(id) {
  const inMemory = held.get(id);
  if (inMemory) return inMemory.blob;
  const db = await database();
  const [record, sealed] = await Promise.all([db.get("photos", id), db.get("bytes", id)]);
  return record && sealed ? unseal(sealed, record.participant, id) : null;
}

// Everything of one participant, the key first: what it sealed is unreadable from then on.
export async function forgetParticipant(participant) {
  for (const [id, photo] of held) if (photo.participant === participant) held.delete(id);
  const db = await database();
  const stores = ["keys", "photos", "bytes", "references", "notes"];
  const transaction = db.transaction(stores, "readwrite", DURABLE);
  transaction.objectStore("keys").delete(participant);
  const photos = transaction.objectStore("photos");
  for (const photo of await photos.getAll()) {
    if (photo.participant !== participant) continue;
    photos.delete(photo.id);
    transaction.objectStore("bytes").delete(photo.id);
  }
  for (const name of ["references", "notes"]) {
    transaction.objectStore(name).delete(own(participant));
  }
  await transaction.done;
  announce();
}

// --- References --------------------------------------------------------------------------------
// A picture of each view that the participant allowed this phone to show them again.

const own = (owner) => IDBKeyRange.bound(`${owner}/`, `${owner}/\uffff`);

export async function putReference(owner, view, blob) {
  const name = `${owner}/${view}`;
  const sealed = await seal(blob, owner, `reference/${view}`);
  await (await database()).put("references", sealed, name);
}

export async function openReference(owner, view) {
  const sealed = await (await database()).get("references", `${owner}/${view}`);
  return sealed ? unseal(sealed, owner, `reference/${view}`) : null;
}

export async function removeReferences(owner) {
  await (await database()).delete("references", own(owner));
}

// --- One at a time -----------------------------------------------------------------------------

const LEASE = 120_000;
const FROZEN = 300_000; // longer than any single request takes

// Runs work(renew) unless another tab or the worker is at it; says whether it ran.
export async function alone(work) {
  if (!globalThis.navigator?.locks) return leased(work);
  const renew = () => setFact("beat", Date.now());
  const held = async (lock) => {
    if (!lock) return false;
    await renew();
    await work(renew);
    return true;
  };
  if (await navigator.locks.request(NAME, { ifAvailable: true }, held)) return true;
  // A tab that the phone has frozen keeps its lock. Two at once would do no harm: the server takes
  // one writer at a time, and every piece once.
  const still = Math.abs(Date.now() - ((await fact("beat")) ?? 0)) > FROZEN;
  return still ? navigator.locks.request(NAME, { steal: true }, held) : false;
}

const me = Math.random().toString(36).slice(2);

// Without Web Locks (pages without https): a lease in the database, renewed at every step.
async function leased(work) {
  let db;
  try {
    db = await database();
  } catch {
    await work(async () => {}); // nothing is shared, so there is nobody to wait for
    return true;
  }
  const renew = () => db.put("facts", { owner: me, until: Date.now() + LEASE }, "lease");
  const transaction = db.transaction("facts", "readwrite");
  const lease = await transaction.store.get("lease");
  const free = !lease || lease.owner === me || lease.until < Date.now();
  if (free) await transaction.store.put({ owner: me, until: Date.now() + LEASE }, "lease");
  await transaction.done;
  if (!free) return false;
  try {
    await work(renew);
  } finally {
    await db.delete("facts", "lease");
  }
  return true;
}
