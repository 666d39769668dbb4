// Sends what waits, answers first and then one photo at a time, across all tabs and the worker.

import * as answers from "../answers/kept.js";
import { sendAnswers } from "../answers/sender.js";
import * as notes from "./outbox_notes.js";
import {
  fetchWithTimeout,
  jsonOf,
  LIFTED_BY_CONSENT,
  NoRoom,
  problemOf,
  Refused,
  send,
  Unreachable,
} from "./outbox_send.js";
import * as store from "./outbox_store.js";
import { newId } from "./sha256.js";

const TODAY = "/my/today.json";
const CLOCK_TRUSTED = 10_000; // an answer slower than this says too little about the clock
const BACK_OFF = [5_000, 15_000, 30_000, 60_000];

// Answers after which nothing of this participant goes out until their link is opened again.
const SESSION = new Set(["link_needed", "link_expired", "link_revoked", "taking_part_ended"]);

// --- Contact -----------------------------------------------------------------------------------

// What is asked for today, a fresh CSRF token and the server's time; null when there is no answer
// or no session. What was learnt is kept for the other pages.
export function fetchToday() {
  underway ??= requestToday().finally(() => {
    underway = null;
  });
  return underway;
}

let underway = null;

async function requestToday() {
  const asked = Date.now();
  let response;
  try {
    response = await fetchWithTimeout(TODAY, { headers: { Accept: "application/json" } });
  } catch {
    return null;
  }
  const heard = Date.now();
  if (!response.ok) {
    const problem = await problemOf(response);
    if (SESSION.has(problem.code)) await sessionEnded(problem);
    return null;
  }
  const today = await jsonOf(response).catch(() => null);
  if (!today) return null;
  await store.setFact("session", { participant: today.participant, at: heard, problem: null });
  if (heard - asked < CLOCK_TRUSTED) {
    const offset = (Date.parse(today.now) - (asked + heard) / 2) / 1000;
    await store.setFact("clock", { offset: Math.round(offset * 10) / 10, at: heard });
  }
  await notes.recordToday(today, asked).catch(() => {}); // without a database the page itself has to do
  return { ...today, asked };
}

async function sessionEnded(problem) {
  const session = (await store.fact("session")) ?? {};
  await store.setFact("session", { ...session, problem });
  // Who stopped taking part sends nothing any more, so nothing of theirs stays on the phone.
  if (problem.code === "taking_part_ended" && session.participant) {
    await store.removeParticipant(session.participant).catch(() => {});
  }
  store.notify();
}

// --- Passing -----------------------------------------------------------------------------------

// Try everything that is due once. Resolves to how many photos and questionnaires of the session's
// participant are still to be sent, or null when another tab is at it.
export async function drain() {
  // Rejects when another tab took this one for frozen and went on in its place.
  const mine = await store.withLock(sendDue).catch(() => false);
  return mine ? (await unsent()).length : null;
}

const isToBeSent = (photo) => photo.state !== "refused" && !store.isUndecided(photo);

async function unsent() {
  const session = await store.fact("session");
  const photos = (await store.all()).filter(isToBeSent);
  const filled = (await answers.all()).filter(answers.isToGo);
  return [...photos, ...filled].filter(({ participant }) => participant === session?.participant);
}

async function sendDue(renew) {
  await resetInterrupted();
  let today = null;
  const asking = async () => {
    today ??= await fetchToday();
    return today;
  };
  await sendAnswers({ asking, renew, ended: sessionEnded });
  await sendPhotos({ asking, renew });
}

async function sendPhotos({ asking, renew }) {
  const tried = new Set();
  for (;;) {
    if (globalThis.navigator?.onLine === false) return;
    const photo = await nextDue(tried);
    if (!photo) return;
    const today = await asking();
    if (!today) return;
    tried.add(photo.id);
    if (photo.participant !== today.participant) continue;
    if (photo.problem?.code === "consent_outdated" && today.consent !== "current") continue;
    await renew();
    if (!(await sendOne(photo, today, renew))) return;
  }
}

// A tab that was closed leaves its photo marked as being sent; whoever holds the lock knows better.
async function resetInterrupted() {
  for (const photo of await store.all()) {
    if (photo.state === "sending") await store.change(photo.id, { state: "waiting" });
  }
}

async function nextDue(tried) {
  const now = Date.now();
  const due = (photo) =>
    !tried.has(photo.id) &&
    isToBeSent(photo) &&
    // A clock that was set back must not put a photo off for ever.
    !(photo.notBefore > now && photo.notBefore < now + 2 * BACK_OFF[BACK_OFF.length - 1]);
  return (await store.all()).find(due);
}

// Whether it makes sense to go on with the next photo.
async function sendOne(photo, today, renew) {
  await store.change(photo.id, { state: "sending", problem: null });
  try {
    const blob = await store.open(photo.id);
    if (!blob) return true; // removed meanwhile, in another tab
    await send({
      blob,
      sha256: photo.sha256,
      endpoint: today.uploads,
      url: photo.url,
      csrf: today.csrf,
      metadata: await metadataOf(photo),
      created: (url) => store.change(photo.id, { url }),
      progress: async (share) => {
        await renew();
        await store.change(photo.id, { share });
      },
    });
    await notes.recordArrival(photo);
    return true;
  } catch (error) {
    return handleFailure(photo, error);
  }
}

async function metadataOf(photo) {
  const offset = photo.clockOffset ?? (await store.fact("clock"))?.offset;
  const capture = { ...photo.how };
  if (offset !== undefined && offset !== null) capture.clock_offset_s = offset;
  return {
    photo: photo.id,
    participant: photo.participant,
    visit: photo.visit,
    view: photo.view,
    sha256: photo.sha256,
    capture: JSON.stringify(capture),
  };
}

// --- What an answer means ----------------------------------------------------------------------

async function handleFailure(photo, error) {
  if (error instanceof NoRoom) {
    await postpone(photo, {
      state: "waiting",
      problem: { code: "no_room", title: "", detail: "" },
    });
    return false;
  }
  if (error instanceof Unreachable) {
    await postpone(photo);
    return false;
  }
  if (!(error instanceof Refused)) {
    // The picture does not open: its key is gone, or the database is damaged.
    const problem = { code: "unreadable", title: "", detail: "" };
    await store.change(photo.id, { state: "refused", problem });
    return true;
  }
  const { code, title, detail } = error;
  const problem = { code, title, detail };
  if (SESSION.has(code)) {
    await store.change(photo.id, { state: "blocked", problem });
    await sessionEnded(problem);
    return false;
  }
  if (LIFTED_BY_CONSENT.has(code)) {
    await postpone(photo, { state: "blocked", problem });
    return true;
  }
  if (code === "other_participant") {
    await postpone(photo); // another link was opened in this browser just now
    return false;
  }
  if (code === "photo_conflict" && !photo.renumbered) {
    await store.changeId(photo.id, newId());
    return true;
  }
  if (code === "") {
    await postpone(photo); // not an answer of ours: a proxy, or a CSRF token that had run out
    return true;
  }
  await store.change(photo.id, { state: "refused", problem });
  return true;
}

async function postpone(photo, values = { state: "waiting", problem: null }) {
  const tries = (photo.tries ?? 0) + 1;
  const wait = BACK_OFF[Math.min(tries, BACK_OFF.length) - 1];
  const notBefore = Date.now() + wait * (0.75 + Math.random() / 2);
  await store.change(photo.id, { ...values, tries, notBefore });
}
