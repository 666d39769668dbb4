// Notifications on this phone, and the place the phone thinks it is in. Everything else on the page
// works without this module.

import { needsInstalling, registerWorker } from "../people/app.js";
import { gettext, interpolate } from "../words/words.js";

// --- Notifications -------------------------------------------------------------------------------

const box = document.querySelector("[data-push]");
const token = document.querySelector("#reminders [name=csrfmiddlewaretoken]").value;
const tick = document.getElementById("on-push");

const possible = () =>
  "serviceWorker" in navigator && "PushManager" in globalThis && "Notification" in globalThis;

const keyBytes = (text) => {
  const padded = text.replaceAll("-", "+").replaceAll("_", "/");
  return Uint8Array.from(atob(padded), (sign) => sign.charCodeAt(0));
};

const tell = (method, body) =>
  fetch(box.dataset.address, {
    method,
    headers: { "Content-Type": "application/json", "X-CSRFToken": token },
    credentials: "same-origin",
    body: JSON.stringify(body),
  });

function show(state) {
  const words = {
    home: gettext(
      "On an iPhone, add this page to your home screen first: press “Share”, then “Add to Home Screen”. Open it from there and come back here.",
    ),
    none: gettext(
      "This browser cannot show notifications. E-mail or a text message will reach you.",
    ),
    denied: gettext(
      "Notifications are blocked for this page. To change that, open your browser's settings for this page, choose “Notifications”, then “Allow”, and come back here.",
    ),
    off: gettext("Not allowed on this phone yet."),
    on: gettext("Allowed on this phone."),
    busy: gettext("One moment…"),
    failed: gettext("That did not work. Please check your connection and try again."),
  };
  box.hidden = false;
  box.querySelector("[data-push-words]").textContent = words[state];
  box.querySelector("[data-push-on]").hidden = !["off", "failed"].includes(state);
  box.querySelector("[data-push-off]").hidden = state !== "on";
  const test = document.querySelector("[data-push-test]");
  if (test) test.hidden = state !== "on";
}

async function subscription() {
  const known = await navigator.serviceWorker.getRegistration("/my/");
  return (await known?.pushManager.getSubscription()) ?? null;
}

async function look() {
  if (!possible()) return show(needsInstalling() ? "home" : "none");
  if (Notification.permission === "denied") return show("denied");
  const known = await subscription();
  // The server may have forgotten it: telling it again changes nothing otherwise.
  if (known && tick.checked && !(await tell("POST", known.toJSON())).ok) return show("off");
  return show(known ? "on" : "off");
}

// Every page registers the worker that shows notifications; this may be the first one opened.
async function worker() {
  if (!(await navigator.serviceWorker.getRegistration("/my/"))) {
    await registerWorker(box.dataset.worker);
  }
  return navigator.serviceWorker.ready;
}

async function allow() {
  show("busy");
  try {
    if ((await Notification.requestPermission()) !== "granted") return await look();
    const made = await (await worker()).pushManager.subscribe({
      userVisibleOnly: true,
      applicationServerKey: keyBytes(box.dataset.key),
    });
    if (!(await tell("POST", made.toJSON())).ok) throw new Error("refused");
    tick.checked = true;
    const first = document.getElementById("first");
    if (first && !first.dataset.chosen) first.value = "push"; // allowed just now: the likely wish
    show("on");
  } catch {
    show("failed");
  }
}

async function stop() {
  show("busy");
  try {
    const known = await subscription();
    if (known) {
      await tell("DELETE", { endpoint: known.endpoint });
      await known.unsubscribe();
    }
    show("off");
  } catch {
    show("failed");
  }
}

if (box) {
  box.querySelector("[data-push-on]").addEventListener("click", allow);
  box.querySelector("[data-push-off]").addEventListener("click", stop);
  look().catch(() => show("off"));
}

document.getElementById("first")?.addEventListener("change", (event) => {
  event.target.dataset.chosen = "";
});

// --- The place -----------------------------------------------------------------------------------

const form = document.getElementById("reminders");
const places = form.elements.time_zone;
const offer = document.querySelector("[data-zone-offer]");
const here = Intl.DateTimeFormat().resolvedOptions().timeZone;

// Browsers call some zones by older names (Asia/Saigon).
const place = [...places.options].find(
  (one) => one.value === here || one.dataset.also?.split(" ").includes(here),
);

if (place && !place.defaultSelected) {
  offer.querySelector("[data-zone-words]").textContent = interpolate(
    gettext("Your phone says you are in %(place)s."),
    { place: place.text },
  );
  offer.hidden = false;
  offer.querySelector("[data-zone-take]").addEventListener("click", () => {
    places.value = place.value;
    offer.hidden = true;
    places.focus();
  });
}
