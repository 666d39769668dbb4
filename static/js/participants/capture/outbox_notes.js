// What this phone knows of photos it has sent: that they arrived, and the last state the server gave
// for each view. No picture. Cached pages are older than this, and show it.
//
// A note: { participant, visit, view, photo, state: "todo"|"checking"|"accepted"|"retake"|"held",
// reasons, at, untold }. "at" is when it was true, by this phone's clock; "untold" marks an arrival that
// the participant has not been told of yet.

import * as store from "./outbox_store.js";

const DURABLE = { durability: "strict" };
const memoryNotes = new Map(); // where there is no database, by name; they end with the page
const nameOf = ({ participant, visit, view }) => `${participant}/${visit}/${view}`;

// The server has the photo: deletes the phone's copy and writes the note, in one transaction.
export async function recordArrival(photo) {
  const { id, participant, visit, view } = photo;
  const note = { participant, visit, view, photo: id, state: "checking", reasons: [] };
  Object.assign(note, { at: Date.now(), untold: true });
  if (store.memoryPhotos.delete(id)) {
    // What could not keep a photo may not keep this either.
    const kept = store.database().then((db) => db.put("notes", note, nameOf(note)));
    await kept.catch(() => memoryNotes.set(nameOf(note), note));
  } else {
    const stores = ["photos", "bytes", "notes"];
    const transaction = (await store.database()).transaction(stores, "readwrite", DURABLE);
    transaction.objectStore("photos").delete(id);
    transaction.objectStore("bytes").delete(id);
    transaction.objectStore("notes").put(note, nameOf(note));
    await transaction.done;
  }
  store.notify();
}

// What /my/today.json said, asked for at "asked": all of it, and nothing of anybody else's.
export async function recordToday(today, asked) {
  const { participant, visit } = today;
  const transaction = (await store.database()).transaction("notes", "readwrite");
  const known = new Map();
  for (const note of await transaction.store.getAll()) {
    const current = note.participant === participant && note.visit === visit?.code;
    if (current) known.set(note.view, note);
    else if (note.participant !== participant || note.at < asked) {
      transaction.store.delete(nameOf(note));
    }
  }
  for (const { view, state, photo, reasons } of today.steps) {
    const before = known.get(view);
    if (before?.at > asked) continue; // arrived while the answer was on its way
    const untold = Boolean(before?.untold) && before.photo === photo;
    const note = { participant, visit: visit.code, view, photo, state, reasons, at: asked, untold };
    transaction.store.put(note, nameOf(note));
  }
  await transaction.done;
}

export async function notesOf(participant) {
  let kept = [];
  try {
    kept = await (await store.database()).getAll("notes");
  } catch {
    // No database: nothing is known beyond this page.
  }
  return [...kept, ...memoryNotes.values()].filter((note) => note.participant === participant);
}

// The participant was told that these photos arrived.
export async function acknowledge(photos) {
  for (const note of memoryNotes.values()) note.untold &&= !photos.has(note.photo);
  const transaction = (await store.database()).transaction("notes", "readwrite");
  for (const note of await transaction.store.getAll()) {
    if (!note.untold || !photos.has(note.photo)) continue;
    transaction.store.put({ ...note, untold: false }, nameOf(note));
  }
  await transaction.done;
}

export async function clear() {
  memoryNotes.clear();
  await (await store.database()).clear("notes");
}
