// The page of one view: the guided camera, the still, and the way to the next view.
//
// What falls back, and to what: landmarks → light and blur only (the engine did not start) → the
// phone's own camera through the file input (no camera here, or not allowed). Each ends with a
// photo in the outbox.

import { CapturePage } from "./camera/page.js";
import { cameraExists } from "./camera/stream.js";
import * as outbox from "./outbox.js";
import { refresh, state } from "./page_state.js";
import { decided } from "./poll.js";
import { isTaken, standing } from "./steps.js";
import { gettext, interpolate } from "../words/words.js";

const form = document.querySelector("#capture");
const data = JSON.parse(document.querySelector("#camera-data").textContent);
const page = new CapturePage(form, data);
const input = form.querySelector("#photo");

// The camera's scripts come after the first paint, and at the latest when they are needed.
let camera = null;
let loading = null;
const loaded = () => {
  loading ??= import("./camera/camera.js").then(({ Camera }) => {
    camera = new Camera(document.querySelector("#camera"), data);
    camera.on({
      kept: keep,
      ownCamera: () => input.click(),
      closed: () => document.querySelector("[data-open-camera]")?.focus({ preventScroll: true }),
    });
  });
  return loading;
};
const whenIdle = globalThis.requestIdleCallback ?? ((act) => setTimeout(act, 500));

// --- From view to view -------------------------------------------------------------------------

const now = (step) => standing(step, { ...state, visit: data.visit });

// The next view without a photo, from this one onwards and then from the start.
const nextStep = async () => {
  await refresh();
  const at = data.steps.indexOf(page.step);
  const ordered = [...data.steps.slice(at + 1), ...data.steps.slice(0, at)];
  return ordered.find((step) => !step.kept && !isTaken(now(step))) ?? null;
};

const goOn = async () => {
  page.step.kept = true;
  const next = await nextStep();
  if (!next) {
    location.assign(data.home);
    return;
  }
  page.show(next, { push: true });
  if (camera?.live) await camera.ask(next, page.number);
  else {
    camera?.close();
    document.querySelector("[data-page-title]").focus();
  }
};

const keep = async (blob, how) => {
  try {
    await outbox.keep({ blob, visit: data.visit, view: page.step.view, how });
  } catch (error) {
    if (!error.words) throw error;
    page.say(error.words); // the photo is in this page's memory and goes out at once
    camera?.note(error.words);
  }
  await camera?.remember(page.step, blob);
  await goOn();
};

// --- A file of the phone's own camera ----------------------------------------------------------

const problemWith = (chosen) => {
  if (chosen.size === 0) {
    return [
      gettext("The file is empty"),
      gettext("This file is empty. Please take the photo again."),
    ];
  }
  if (chosen.size > Number(form.dataset.max)) {
    const words = gettext(
      "This file is larger than %(megabytes)s MB. Please set your camera to its normal photo size and take the photo again.",
    );
    return [gettext("The file is too large"), interpolate(words, form.dataset)];
  }
  if (chosen.type && !chosen.type.startsWith("image/")) return notAPhoto();
  return null;
};

const notAPhoto = () => [
  gettext("Not a photo"),
  gettext("This file is not a photo. Please take a photo with the camera."),
];

const choose = async () => {
  const [chosen] = input.files;
  if (!chosen) return;
  page.calm();
  const problem = problemWith(chosen);
  input.value = "";
  if (problem) {
    page.refuse(...problem);
    return;
  }
  try {
    await loaded();
  } catch {
    // The connection broke before the preview's scripts came. The photo is kept all the same.
    await keep(chosen, { method: "file", trigger: "file", engine: "none" });
    return;
  }
  const review = await camera.review(page.step, page.number, chosen);
  if (review === "no photo") page.refuse(...notAPhoto());
};

// --- The camera --------------------------------------------------------------------------------

const WHY = {
  refused: () =>
    gettext(
      "The camera is not allowed on this page. That is fine: take the photo with your phone’s own camera.",
    ),
  missing: () => gettext("We found no camera here. Take or choose a photo below."),
  busy: () =>
    gettext("Another app is using the camera. Close it, or use your phone’s own camera below."),
  failed: () => gettext("The camera did not start. Take the photo with your phone’s own camera."),
};

const openCamera = async () => {
  page.calm();
  const why = await loaded()
    .then(() => camera.open(page.step, page.number))
    .catch(() => "failed");
  if (!why) return;
  page.fallback(WHY[why]());
  input.focus({ preventScroll: true });
};

// --- Afterwards --------------------------------------------------------------------------------

const follow = async (id) => {
  const slow = () => {
    form.querySelector("[data-slow]").hidden = false;
  };
  const answer = await decided(`${form.dataset.photos}${id}/`, { slow });
  if (answer.state === "retake_wanted") location.reload();
  else location.assign(answer.next?.url ?? data.home);
};

// --- Beginning ---------------------------------------------------------------------------------

// Which panel takes the camera's place, by what became of the step.
const PANELS = { waiting: "kept", sending: "kept", checking: "checking", accepted: "done" };

const settle = async (step) => {
  await refresh();
  const panel = PANELS[now(step).state] ?? (step.kept ? "kept" : null);
  if (!panel) return;
  const address = (await nextStep())?.url ?? data.home;
  const ways = document.querySelectorAll("[data-go-on], [data-panel=checking] a");
  for (const way of ways) way.href = address;
  page.panel(panel);
};

const begin = async () => {
  page.begin(cameraExists());
  input.addEventListener("change", choose);
  form.addEventListener("submit", (event) => event.preventDefault());
  document.querySelector("[data-open-camera]")?.addEventListener("click", openCamera);
  form.querySelector("[data-replace]").addEventListener("click", () => page.panel("choose"));
  addEventListener("popstate", async () => {
    const step = data.steps.find(({ url }) => url === location.pathname);
    camera?.close();
    if (!step) return;
    page.show(step);
    await settle(step);
  });
  await settle(page.step);
  if (form.dataset.state === "checking") await follow(form.dataset.photo);
  whenIdle(() => loaded());
  if (input.files.length > 0) await choose(); // chosen before this script had loaded
};

begin();
