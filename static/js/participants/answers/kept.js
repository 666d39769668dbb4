// Answers that this phone keeps until the study has them: drafts, what waits to be sent, what was
// refused. In the outbox's database (../capture/outbox_store.js), encrypted as photos are. Pages and
// the service worker share this; nothing here needs a page.
//
// A record: { id, participant, assignment, place, title, version, sha256, zone, state, problem, begunAt,
// finishedAt, clockOffset, keptAt, sealed }. Its state is "draft", "waiting", "sending", "blocked",
// "refused" or, once the server has it, "sent" with nothing sealed. Moments are by the phone's clock
// (ms); `clockOffset` (s) is what that lacked, null where nobody knows. What is sealed is
// { xml, at, key }: the answers, when they were finished and on which screen the person was.

import * as store from "../capture/outbox_store.js";
import { newId, sha256 } from "../capture/sha256.js";

const DURABLE = { durability: "strict" };

// What could not be stored, by id: { ...record, content }. It ends with the page.
export const memoryAnswers = new Map();

export { isToGo } from "./places.js";

// --- Reading -----------------------------------------------------------------------------------

// Every record of everybody who used this phone, oldest first.
export async function all() {
  let kept = [];
  try {
    kept = await (await store.database()).getAll("answers");
  } catch {
    // No database: only what is in memory.
  }
  const memory = [...memoryAnswers.values()].map(({ content, ...record }) => ({
    ...record,
    inMemory: true,
  }));
  const stored = kept.filter(({ id }) => !memoryAnswers.has(id)); // older than what is in memory
  return [...stored, ...memory].sort((a, b) => a.keptAt - b.keptAt);
}

// The record of a questionnaire at a place. Of what is asked as needed that is the one not finished.
export async function find({ participant, assignment, place }) {
  const ofForm = (one) =>
    one.participant === participant && one.assignment === assignment && one.place === place;
  const mine = (await all()).filter(ofForm);
  const open = mine.filter(({ state }) => state === "draft" || state === "refused");
  return open.pop() ?? mine.pop() ?? null;
}

// What is sealed in a record, or null when it is no longer there. Throws where it cannot be read.
export async function open(id) {
  const inMemory = memoryAnswers.get(id);
  if (inMemory) return inMemory.content;
  const record = await (await store.database()).get("answers", id);
  if (!record?.sealed) return null;
  const blob = await store.decrypt(record.sealed, record.participant, id);
  return JSON.parse(await blob.text());
}

// --- Writing -----------------------------------------------------------------------------------

export const fresh = (values) => ({
  id: newId(),
  state: "draft",
  problem: null,
  keptAt: Date.now(),
  finishedAt: null,
  ...values,
});

const blobOf = (content) => new Blob([JSON.stringify(content)], { type: "application/json" });

// Resolves once the record is on disk, or to false where it is only in the memory of this page.
export async function save(record, content) {
  try {
    if (!store.canEncrypt()) throw new Error("nothing can be encrypted here");
    const sealed = await store.encrypt(blobOf(content), record.participant, record.id);
    const transaction = (await store.database()).transaction("answers", "readwrite", DURABLE);
    await transaction.store.put({ ...record, sealed });
    await transaction.done;
    memoryAnswers.delete(record.id);
    store.notify();
    return true;
  } catch {
    memoryAnswers.set(record.id, { ...record, content });
    store.notify();
    return false;
  }
}

export async function change(id, values) {
  const inMemory = memoryAnswers.get(id);
  if (inMemory) {
    Object.assign(inMemory, values);
  } else {
    const transaction = (await store.database()).transaction("answers", "readwrite", DURABLE);
    const record = await transaction.store.get(id);
    if (record) await transaction.store.put({ ...record, ...values });
    await transaction.done;
  }
  store.notify();
}

// The server has them: nothing of the answers stays here, only that they arrived.
export const arrived = (id) =>
  change(id, { state: "sent", sealed: null, problem: null, content: null, arrivedAt: Date.now() });

export async function remove(id) {
  if (!memoryAnswers.delete(id)) await (await store.database()).delete("answers", id);
  store.notify();
}

// Takes a record that waits back to the person, unless it is on its way. Says whether it did.
export async function takeBack(id) {
  const record = (await all()).find((one) => one.id === id);
  if (!record || record.state === "sending" || record.state === "sent") return false;
  await change(id, { state: "draft", problem: null });
  return true;
}

// --- The forms they were begun in --------------------------------------------------------------
// A questionnaire holds nothing of anybody. Answers go on in the version they were begun in, whatever
// is published since.

export async function putForm(form) {
  try {
    await (await store.database()).put("forms", form, form.sha256);
  } catch {
    // Nothing is kept here: the page has it for as long as it is open.
  }
}

export async function formOf(hash) {
  try {
    return (await (await store.database()).get("forms", hash)) ?? null;
  } catch {
    return null;
  }
}

// What arrived long ago, and forms that no answers need.
export async function tidy(now = Date.now(), keep = 45 * 24 * 3600 * 1000) {
  const records = await all();
  for (const { id, state, arrivedAt } of records) {
    if (state === "sent" && now - arrivedAt > keep) await remove(id);
  }
  const needed = new Set(
    records.filter(({ state }) => state !== "sent").map(({ sha256: hash }) => hash),
  );
  const db = await store.database();
  for (const hash of await db.getAllKeys("forms")) {
    if (!needed.has(hash)) await db.delete("forms", hash);
  }
}

export const hashOf = (xml) => sha256(new Blob([xml]));
