// The one state of a participant's page: what the server drew, and what this phone knows of photos.
// queue_cards.js and today.js make of it what is shown, render.js draws that.

import * as outbox from "./outbox.js";
import { stepsNow } from "./steps.js";

const LITTLE_ROOM = 30 * 1024 * 1024;

const strip = document.querySelector("#queue").dataset;
const root = document.documentElement;

// The questionnaires that the server drew: assignment, place, order, name, url, state, opens, closes.
const drawnForms = () =>
  [...document.querySelectorAll("[data-asked] [data-form]")].map(({ dataset }) => ({ ...dataset }));

// What the server drew of today: nothing on pages other than home.
function drawn() {
  const list = document.querySelector("[data-steps]");
  const heading = document.querySelector("[data-heading]");
  const forms = drawnForms();
  if (!list) return { steps: [], forms, words: { heading: heading?.textContent ?? "" } };
  const taken = document.querySelector("[data-taken]");
  return {
    forms,
    visit: list.dataset.visit,
    steps: [...list.querySelectorAll("[data-view]")].map((step) => ({
      ...step.dataset, // view, name, url, state, photo
      reasons: [...step.querySelectorAll(".step__reason")].map((reason) => reason.textContent),
    })),
    words: {
      ...list.dataset, // done, again, todo, held
      heading: heading.textContent,
      visitName: heading.dataset.visitName,
      headingSent: heading.dataset.sent,
      headingDone: heading.dataset.done,
      leadSent: taken.dataset.sent,
      leadTaken: taken.textContent,
    },
  };
}

export const state = {
  owner: outbox.outboxOwner(), // null without a session
  names: strip, // of the views
  review: strip.consent, // address of the consent form
  zone: document.querySelector("[data-news]")?.dataset.zone ?? "",
  ...drawn(),
  pageAt: outbox.pageTime(), // when what the page shows was true
  kept: "kept" in root.dataset, // the page comes from this phone
  sendsAlone: "serviceWorker" in navigator && "SyncManager" in globalThis, // without any page open
  capturing: Boolean(document.querySelector("#capture")), // the page of a view
  // The page of a questionnaire: which one, as "assignment/place".
  filling: document.querySelector("[data-filling]")?.dataset.filling ?? null,
  pictures: new Map(), // id of a photo → object URL of its picture
  removing: null, // id of the photo whose removal is being asked about
  sent: new Set(), // ids of photos that arrived since home was last looked at
};
// Whether a photo is wanted again: that comes before any thanks.
state.again = state.steps.some((step) => step.state === "retake");

const listeners = [];
let known = false;

function notify() {
  Object.assign(state, { online: navigator.onLine !== false, now: Date.now() });
  if (known) for (const listener of listeners) listener();
}

// Calls the listener once the state is known, and after every change.
export function subscribe(listener) {
  listeners.push(listener);
  if (known) listener();
}

export function change(values) {
  Object.assign(state, values);
  notify();
}

// Nothing on the page is older than this.
export function upToDate(asked) {
  delete root.dataset.kept;
  Object.assign(state, { pageAt: asked, kept: false });
}

// The page was replaced by the server's, asked for at that time.
export function redrawn(asked) {
  Object.assign(state, drawn());
  upToDate(asked);
}

// --- What the phone knows ----------------------------------------------------------------------

async function littleRoom() {
  const estimate = await navigator.storage?.estimate?.().catch(() => null);
  return Boolean(estimate?.quota) && estimate.quota - estimate.usage < LITTLE_ROOM;
}

async function gather() {
  Object.assign(state, await outbox.snapshot(), { littleRoom: await littleRoom() });
  for (const note of state.notes) if (note.untold) state.sent.add(note.photo);
  const again = stepsNow(state).some(({ now }) => now.state === "retake");
  // Earlier thanks are then over.
  if (again && !state.again) {
    outbox.acknowledge(new Set(state.sent));
    state.sent.clear();
  }
  known = true;
  change({ again });
}

let gathering = Promise.resolve();
let next = null;

// Reads it again; one reading serves all who ask before it begins.
export function refresh() {
  next ??= gathering.then(() => {
    next = null;
    const reading = gather();
    gathering = reading.catch(() => {});
    return reading;
  });
  return next;
}

outbox.subscribe(refresh);
addEventListener("online", notify);
addEventListener("offline", notify);
refresh();
