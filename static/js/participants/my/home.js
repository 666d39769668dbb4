// Home: what the server knows of today's steps, put together with what waits on this phone.

import * as outbox from "../capture/outbox.js";
import { contact } from "../capture/outbox_sender.js";
import { giveWay } from "../capture/queue.js";
import { iconOf } from "../capture/queue_cards.js";
import { gettext, interpolate, ngettext } from "../words/words.js";

const SOON = [2000, 3000, 5000, 8000, 10_000]; // while photos are being checked
const SELDOM = 60_000;

const news = document.querySelector("[data-news]");

let photos = [];
let looks = 0;
let timer = 0;
const arrived = new Set(); // views whose photo has left this phone since the page was drawn
let pageAt = outbox.pageTime(); // when what the page shows was true
let notes = new Map(); // view → what is known that is newer than the page

const steps = () => [...document.querySelectorAll("[data-steps] [data-view]")];
const visitCode = () => document.querySelector("[data-steps]")?.dataset.visit;

// --- One step ----------------------------------------------------------------------------------

// The newest that the server said: on the page, or to this phone since.
function heard(step) {
  const { view, state, photo } = step.dataset;
  const note = notes.get(view);
  // The page may have been made in the moment after the photo arrived, and know what became of it.
  if (!note || (note.state === "checking" && note.photo === photo)) return { state };
  return { state: note.state, reasons: note.reasons };
}

// What is shown: what the server said, unless a photo of this phone says more.
function stateOf(step) {
  const { view } = step.dataset;
  const { state, reasons } = heard(step);
  if (state === "accepted" || state === "checking") return { state };
  const mine = photos.filter((photo) => photo.visit === visitCode() && photo.view === view);
  const photo = mine.at(-1);
  if (photo) {
    const local = { sending: "sending", refused: "unsent" }[photo.state] ?? "waiting";
    return { state: local, share: photo.share };
  }
  return arrived.has(view) ? { state: "arrived" } : { state, reasons };
}

const localWords = ({ state, share }) => {
  const { done, again, todo } = document.querySelector("[data-steps]").dataset;
  if (state === "accepted") return ["check-circle", done];
  if (state === "retake") return ["refresh", again];
  if (state === "todo") return [null, todo];
  if (state === "waiting") return ["phone", gettext("Waiting on this phone")];
  if (state === "sending") {
    const percent = `${Math.floor(100 * share)} %`;
    return ["phone", interpolate(gettext("Sending, %(percent)s"), { percent })];
  }
  if (state === "unsent") return ["alert", gettext("Not sent, see above")];
  return ["clock", gettext("Being checked")];
};

const TAKEN = new Set(["accepted", "checking", "waiting", "sending", "arrived"]);

const OVER = new Set(["accepted", "checking", "arrived"]);

const reasonsOf = ({ reasons = [] }) =>
  reasons.map((words) => {
    const reason = document.createElement("span");
    reason.className = "step__reason";
    reason.textContent = words;
    return reason;
  });

function drawStep(step, shown) {
  const known = step.dataset.state === shown.state;
  step.className = `step step--${shown.state}`;
  const server = step.querySelector("[data-server]");
  const local = step.querySelector("[data-local]");
  server.hidden = !known;
  local.hidden = known;
  for (const reason of step.querySelectorAll(".step__reason")) reason.hidden = !known;
  if (!known) {
    const [icon, words] = localWords(shown);
    const text = [words, ...(shown.reasons ?? [])].join("");
    if (local.textContent !== text) {
      local.replaceChildren(...(icon ? [iconOf(icon)] : []), words, ...reasonsOf(shown));
    }
  }
  // What has arrived is not offered a second time by a page that does not know it yet.
  const link = step.querySelector("a.step__link");
  if (link && OVER.has(shown.state)) link.removeAttribute("href");
  else if (link && !link.hasAttribute("href")) link.href = step.dataset.url;
  const pip = document.querySelector(`[data-pip="${step.dataset.view}"]`);
  pip.className = `pip pip--${shown.state}`;
}

// --- The page ----------------------------------------------------------------------------------

function draw() {
  const offline = navigator.onLine === false || "kept" in document.documentElement.dataset;
  document.querySelector("[data-offline]").hidden = !offline;
  const all = steps();
  if (all.length === 0) return;
  const shown = all.map(stateOf);
  all.forEach((step, i) => drawStep(step, shown[i]));
  const total = all.length;
  const taken = shown.filter(({ state }) => TAKEN.has(state)).length;
  document.querySelector("[data-count]").textContent = interpolate(
    ngettext("%(taken)s of %(total)s photo taken", "%(taken)s of %(total)s photos taken", total),
    { taken, total },
  );
  const again = all.findIndex((_step, i) => shown[i].state === "retake");
  const open = all[again] ?? all.find((_step, i) => !TAKEN.has(shown[i].state));
  drawAction(open, again >= 0, taken);
  drawHead(all, shown, open, again);
  giveWay(again >= 0);
  const estimate = document.querySelector("[data-estimate]");
  if (estimate) estimate.hidden = taken > 0;
  const later = document.querySelector(".home-later"); // a reminder of what is done already
  if (later) later.hidden = !open;
}

// The heading and the sentence under it: the server's own, unless they are out of date.
function drawHead(all, shown, open, again) {
  const heading = document.querySelector("[data-heading]");
  const lead = document.querySelector("[data-lead]");
  const other = document.querySelector("[data-taken]");
  heading.dataset.server ??= heading.textContent;
  other.dataset.taken ??= other.textContent;
  const told = all.every((step, i) => step.dataset.state === shown[i].state);
  const retake = again >= 0 && !(all[again].dataset.state === "retake");
  const words = open || told ? null : wordsForAll(shown, heading.dataset, other.dataset);
  heading.textContent = retake ? againWords(open) : (words?.[0] ?? heading.dataset.server);
  other.textContent = words?.[1] ?? "";
  other.hidden = !words;
  lead.hidden = Boolean(words) || retake;
}

function wordsForAll(shown, heading, lead) {
  const all = (states) => shown.every(({ state }) => states.includes(state));
  if (all(["accepted"])) return [heading.done, gettext("All your photos are good. Thank you.")];
  if (all(["accepted", "checking"])) return [heading.sent, lead.sent];
  return [gettext("Thank you, all taken"), lead.taken];
}

function drawAction(open, again, taken) {
  const place = document.querySelector('[data-swap="action"]');
  if (place.querySelector("[data-first]")) return; // a newer consent form comes before any photo
  if (!open) {
    place.replaceChildren();
    return;
  }
  const next = place.querySelector("[data-next]") ?? document.createElement("a");
  next.dataset.next = "";
  next.className = "button button--primary";
  next.href = open.dataset.url;
  next.textContent = again ? againWords(open) : labelOf(open, taken);
  if (!next.isConnected) place.replaceChildren(next);
}

const againWords = ({ dataset: { name } }) =>
  interpolate(gettext("Take “%(name)s” again"), { name });

function labelOf(step, taken) {
  const { name } = step.dataset;
  return taken > 0 ? interpolate(gettext("Go on: %(name)s"), { name }) : gettext("Start");
}

// --- Following the server ----------------------------------------------------------------------

async function look() {
  clearTimeout(timer);
  if (document.visibilityState === "visible") {
    const today = await contact();
    if (!today && (await outbox.sessionProblem())?.code === "taking_part_ended") {
      location.reload(); // the page says so
      return;
    }
    if (today && today.participant !== outbox.participant()) {
      location.reload(); // another link was opened in this browser: this page is not theirs
      return;
    }
    if (today && differs(today)) await swap();
    else if (today) upToDate(today.asked);
    await remember();
  }
  const busy = arrived.size > 0 || steps().some((step) => step.dataset.state === "checking");
  const wait = busy ? SOON[Math.min(looks, SOON.length - 1)] : SELDOM;
  looks = busy ? looks + 1 : 0;
  clearTimeout(timer);
  timer = setTimeout(look, wait);
}

function differs(today) {
  const here = steps().map(({ dataset }) => `${dataset.view} ${dataset.state} ${dataset.photo}`);
  const there = today.steps.map(({ view, state, photo }) => `${view} ${state} ${photo ?? ""}`);
  const sameVisit = (today.visit?.code ?? undefined) === visitCode() || here.length === 0;
  return here.length > 0 || there.length > 0
    ? here.join() !== there.join() || !sameVisit
    : false;
}

// Nothing on the page is older than this.
function upToDate(asked) {
  pageAt = asked;
  delete document.documentElement.dataset.kept;
}

async function remember() {
  notes = await outbox.known(visitCode(), pageAt);
  draw();
}

// Puts the server's present page in place of what changed; the rest, and the focus, stay.
async function swap() {
  const asked = Date.now();
  let text;
  try {
    const response = await fetch(location.pathname, { headers: { Accept: "text/html" } });
    if (!response.ok || response.redirected) return;
    text = await response.text();
  } catch {
    return;
  }
  const fresh = new DOMParser().parseFromString(text, "text/html");
  for (const part of document.querySelectorAll("[data-swap]")) {
    const other = fresh.querySelector(`[data-swap="${part.dataset.swap}"]`);
    if (other) part.replaceChildren(...other.childNodes);
  }
  upToDate(asked);
  arrived.clear();
  await remember();
  tellNews();
}

function tellNews() {
  const again = steps().filter((step) => step.dataset.state === "retake");
  const done = steps().every((step) => step.dataset.state === "accepted");
  if (again.length > 0) {
    const name = again[0].dataset.name;
    news.textContent = interpolate(gettext("Please take “%(name)s” again."), { name });
  } else if (steps().length > 0 && done) {
    news.textContent = gettext("All your photos are good. Thank you.");
  }
}

outbox.watch(async (now) => {
  for (const photo of outbox.arrivedSince(photos, now)) {
    if (photo.visit === visitCode()) arrived.add(photo.view);
  }
  const refused = (list) => list.filter((photo) => photo.state === "refused").length;
  const more =
    (arrived.size > 0 && photos.length > now.length) || refused(now) > refused(photos);
  photos = now;
  await remember();
  if (more) {
    looks = 0;
    look();
  }
});
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") look();
});
addEventListener("online", look);
addEventListener("offline", draw);
look();
