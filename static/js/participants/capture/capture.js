// The page of one view: the guided camera, the still, and the way to the next view.
//
// What falls back, and to what: landmarks → light and blur only (the engine did not start) → the
// phone's own camera through the file input (no camera here, or not allowed). Each ends with a
// photo in the outbox.

import { CapturePage } from "./camera/page.js";
import { cameraExists } from "./camera/stream.js";
import { isPhoto, refusalOf } from "./file_kind.js";
import * as outbox from "./outbox.js";
import { refresh, state } from "./page_state.js";
import { decided } from "./poll.js";
import { isTaken, standing } from "./steps.js";
import { inApp, outside } from "../people/elsewhere.js";
import { gettext, interpolate } from "../words/words.js";

const form = document.querySelector("#capture");
const data = JSON.parse(document.querySelector("#camera-data").textContent);
const page = new CapturePage(form, data);
const input = form.querySelector("#photo");

// Safari before 15.4 has no dialog to show camera and preview in: the phone's own camera does it.
const canShow = Boolean(globalThis.HTMLDialogElement?.prototype.showModal);

// The camera's scripts come after the first paint, and at the latest when they are needed.
let camera = null;
let loading = null;
const loaded = () => {
  if (!canShow) return Promise.reject(new Error("no dialog"));
  loading ??= import("./camera/camera.js").then(({ Camera }) => {
    camera = new Camera(document.querySelector("#camera"), data);
    camera.on({
      secured: secure,
      used: use,
      dropped: outbox.discard,
      ownCamera: () => pick({ gallery: true }), // phones offer camera and pictures then
      closed,
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

const secure = (blob, how) => outbox.secure({ blob, visit: data.visit, view: page.step.view, how });

const use = async (id, how, blob) => {
  try {
    await outbox.use(id, how);
  } catch (error) {
    if (!error.words) throw error;
    page.say(error.words); // the photo is in this page's memory and goes out at once
    camera?.note(error.words);
  }
  if (blob) await camera?.remember(page.step, blob);
  await goOn();
};

// What was not decided on stays, and the page asks about it.
const closed = async () => {
  await settle(page.step);
  document.querySelector("[data-open-camera]")?.focus({ preventScroll: true });
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
  const refused = await refusalOf(chosen, data.formats);
  if (refused) {
    page.refuse(gettext("This photo cannot be used"), data.refusals[refused]);
    return;
  }
  try {
    await loaded();
  } catch {
    // No preview here, or the connection broke before its scripts came: kept all the same.
    const how = { method: "file", trigger: "file", engine: "none" };
    await use(await secure(chosen, how), how, chosen);
    return;
  }
  const known = await isPhoto(chosen);
  const review = await camera.review(page.step, page.number, chosen, { known });
  if (review === "no photo") page.refuse(...notAPhoto());
};

// --- The camera --------------------------------------------------------------------------------

const WHY = {
  refused: () =>
    gettext(
      "The camera is not allowed on this page. That is fine: take the photo with your phone’s own camera.",
    ),
  missing: () =>
    gettext("This browser offers no camera. Take the photo with your phone’s own camera."),
  app: () =>
    gettext(
      "This page is open inside another app, which offers no camera. Open it in your browser, or take the photo with your phone’s own camera.",
    ),
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
  fallBack(why);
  document.querySelector("[data-take-own]")?.focus({ preventScroll: true });
};

// Inside another app the phone's own browser is the better way; it needs a link of its own.
const app = inApp();

const fallBack = (why) => {
  if (app) page.fallback(WHY.app(), { outside: leaveApp });
  else page.fallback(WHY[why]());
};

const leaveApp = async () => {
  const body = new URLSearchParams({ page: page.step.url });
  const headers = { "X-CSRFToken": form.querySelector("[name=csrfmiddlewaretoken]").value };
  try {
    const answer = await fetch(form.dataset.elsewhere, { method: "POST", body, headers });
    if (!answer.ok) throw new Error(answer.statusText);
    location.assign(outside((await answer.json()).address, app));
  } catch {
    page.refuse(
      gettext("Your browser could not be opened from here"),
      gettext("Please open the link from your study team’s message in your browser."),
    );
  }
};

// The phone's own camera, or its pictures: only a field that does not ask for the camera shows them.
const pick = ({ gallery }) => {
  input.toggleAttribute("capture", !gallery);
  if (!gallery) input.setAttribute("capture", "user");
  input.click();
};

// --- Afterwards --------------------------------------------------------------------------------

const follow = async (id) => {
  const slow = () => {
    form.querySelector("[data-slow]").hidden = false;
  };
  const answer = await decided(`${form.dataset.photos}${id}/`, { slow });
  if (["retake_wanted", "held"].includes(answer.state)) location.reload();
  else location.assign(answer.next?.url ?? data.home);
};

// --- Beginning ---------------------------------------------------------------------------------

// Which panel takes the camera's place, by what became of the step.
const PANELS = {
  waiting: "kept",
  sending: "kept",
  checking: "checking",
  accepted: "done",
  undecided: "undecided",
};

// The photo of the present view that was stored and not decided on: its record, or undefined.
const undecided = () =>
  [...state.photos]
    .reverse()
    .find(
      (photo) =>
        photo.state === "undecided" && photo.visit === data.visit && photo.view === page.step.view,
    );

// Looked at again by who wants to; where it is too large for this phone, the page is gone once more and
// the photo is not.
const lookAgain = async () => {
  const stored = undecided();
  const blob = stored && (await outbox.picture(stored.id));
  if (!blob) {
    await settle(page.step);
    return;
  }
  try {
    await loaded();
  } catch {
    page.say(WHY.failed());
    return;
  }
  await camera.review(page.step, page.number, blob, { stored });
};

const settle = async (step) => {
  await refresh();
  if (step !== page.step) return; // another view meanwhile
  const panel = PANELS[now(step).state] ?? (step.kept ? "kept" : null);
  if (!panel) {
    page.decided();
    return;
  }
  const address = (await nextStep())?.url ?? data.home;
  const ways = document.querySelectorAll("[data-go-on], [data-panel=checking] a");
  for (const way of ways) way.href = address;
  page.panel(panel);
};

const begin = async () => {
  const withCamera = canShow && cameraExists();
  page.begin(withCamera);
  if (!withCamera) fallBack("missing");
  input.addEventListener("change", choose);
  form.addEventListener("submit", (event) => event.preventDefault());
  document.querySelector("[data-open-camera]")?.addEventListener("click", openCamera);
  document
    .querySelector("[data-take-own]")
    ?.addEventListener("click", () => pick({ gallery: false }));
  form.querySelector("[data-gallery]").addEventListener("click", () => pick({ gallery: true }));
  for (const again of form.querySelectorAll("[data-replace]")) {
    again.addEventListener("click", () => page.panel("choose"));
  }
  form.querySelector("[data-look]").addEventListener("click", lookAgain);
  form.querySelector("[data-use]").addEventListener("click", async () => {
    const stored = undecided();
    if (stored) await use(stored.id).catch(() => settle(page.step));
  });
  addEventListener("popstate", async () => {
    const step = data.steps.find(({ url }) => url === location.pathname);
    camera?.close();
    if (!step) return;
    page.show(step);
    await settle(step);
  });
  await settle(page.step);
  if (form.dataset.state === "checking") await follow(form.dataset.photo);
  whenIdle(() => loaded().catch(() => {})); // what needs them says so
  if (input.files.length > 0) await choose(); // chosen before this script had loaded
};

begin();
