// The strip that says what waits on this phone, and the service worker's beginning.

import * as outbox from "./outbox.js";
import { gettext, interpolate, ngettext } from "./words.js";

const DAY = 24 * 3600 * 1000;
const OLD = 3 * DAY; // an iPhone clears a site's storage after seven days without a visit
const BY_CONSENT = new Set(["consent_outdated", "consent_missing"]);
// Refusals that trying again cannot change.
const USELESS = new Set(["photo_already_accepted", "unreadable", "photo_not_asked", "photo_empty"]);
const LITTLE_ROOM = 30 * 1024 * 1024;

const place = document.querySelector("#queue");
const say = document.querySelector("[data-queue-say]");
const icons = document.querySelector("[data-icons]");
const { dataset } = place;

// Numbers of photos that arrived since home was last looked at.
const sent = new Set();
// Whether a photo is wanted again: that comes before any thanks.
let again = Boolean(document.querySelector('[data-steps] [data-state="retake"]'));
const atHome = Boolean(document.querySelector("[data-news]"));
let confirming = null; // the photo whose removal is being asked about
let shownText = "";
const previews = new Map();

// --- Elements ----------------------------------------------------------------------------------

const make = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "class") element.className = value;
    else if (name in element) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
};

export const iconOf = (name) =>
  icons.content.querySelector(`[data-icon="${name}"] svg`).cloneNode(true);

const button = (words, act, kind = "") =>
  make("button", { type: "button", class: `button ${kind}`, onclick: act }, words);

const card = ({ kind, icon, title, text, more = [] }) =>
  make(
    "div",
    { class: `queue__card queue__card--${kind}` },
    iconOf(icon),
    make(
      "div",
      { class: "queue__body" },
      make("p", { class: "queue__title" }, title),
      text ? make("p", {}, text) : null,
      ...more,
    ),
  );

// --- Sentences ---------------------------------------------------------------------------------

const counted = (one, many, n) => interpolate(ngettext(one, many, n), { n });

const waitTitle = (n) =>
  counted("%(n)s photo waits on this phone", "%(n)s photos wait on this phone", n);
const safeTitle = (n) =>
  counted("%(n)s photo is safe on this phone", "%(n)s photos are safe on this phone", n);

// Whether the browser sends after the page was closed.
const sendsAlone = () => "serviceWorker" in navigator && "SyncManager" in globalThis;

const whenSent = () =>
  sendsAlone()
    ? gettext("Sending starts by itself as soon as there is a connection. You can close this page.")
    : gettext("Sending starts as soon as there is a connection and one of your pages is open.");

const refusalWords = ({ code, title, detail }) => {
  const known = {
    photo_already_accepted: [
      gettext("This side is already done"),
      gettext(
        "A photo of it was accepted, perhaps sent from another phone. This one is not needed any more.",
      ),
    ],
    visit_not_open: [
      gettext("The time for this photo is over"),
      detail || gettext("Your study team can tell you what comes next."),
    ],
    unreadable: [
      gettext("This photo cannot be opened any more"),
      gettext("The phone has lost what is needed to read it. Please take the photo again."),
    ],
    photo_conflict: [
      gettext("This photo could not be sent"),
      gettext("Please take it again, or call your study team."),
    ],
  };
  return known[code] ?? [title || gettext("This photo could not be sent"), detail];
};

// --- Cards -------------------------------------------------------------------------------------

function sessionCard(n, problem) {
  const again = ["link_needed", "link_expired"].includes(problem.code);
  const text = again
    ? gettext("To send what waits, please open your personal link again. It is in the message from your study team.")
    : problem.detail;
  return card({ kind: "warn", icon: "lock", title: safeTitle(n), text });
}

function consentCard(photos) {
  const renew = photos.some((photo) => photo.problem?.code === "consent_outdated");
  const text = renew
    ? gettext("There is a new version of the consent form. Once you have agreed to it, your photos are sent.")
    : gettext("Your consent has to be recorded first. Please speak with your study team.");
  const link =
    renew && dataset.consent
      ? [make("a", { class: "button button--primary", href: dataset.consent }, gettext("Read the new form"))]
      : [];
  return card({ kind: "warn", icon: "pen", title: waitTitle(photos.length), text, more: link });
}

function sendingCard(photos) {
  const share = photos.reduce((sum, photo) => sum + (photo.share || 0), 0) / photos.length;
  const percent = Math.floor(100 * share);
  const bar = make("progress", {
    max: 100,
    value: percent,
    "aria-label": gettext("Sent so far"),
  });
  return card({
    kind: "going",
    icon: "phone",
    title: counted("Sending %(n)s photo", "Sending %(n)s photos", photos.length),
    text: gettext("You can go on meanwhile."),
    more: [bar],
  });
}

function waitingCard(photos) {
  if (navigator.onLine === false) {
    return card({ kind: "calm", icon: "phone", title: waitTitle(photos.length), text: whenSent() });
  }
  return card({
    kind: "calm",
    icon: "phone",
    title: waitTitle(photos.length),
    text: whenSent(),
    more: [button(gettext("Send now"), () => outbox.nudge())],
  });
}

function memoryCard(photos) {
  const saves = photos.map((photo) =>
    make(
      "a",
      { class: "button", href: previewOf(photo.id), download: `${photo.view}.jpg` },
      gettext("Save a copy"),
    ),
  );
  return card({
    kind: "warn",
    icon: "alert",
    title: counted(
      "%(n)s photo is only in this open page",
      "%(n)s photos are only in this open page",
      photos.length,
    ),
    text: gettext(
      "This phone could not keep what you took. Please leave this page open until it has arrived, or save a copy yourself.",
    ),
    more: [make("div", { class: "queue__buttons" }, button(gettext("Send now"), () => outbox.nudge()), ...saves)],
  });
}

function refusedCard(photo) {
  const [title, text] = refusalWords(photo.problem ?? {});
  const named = dataset[photo.view] ?? photo.view;
  const address = previewOf(photo.id);
  const picture = address
    ? make("img", {
        class: "queue__picture",
        src: address,
        alt: named,
        onerror: (event) => event.target.replaceWith(named),
      })
    : make("p", { class: "muted" }, named);
  const ask = () => {
    confirming = photo.id;
    draw();
  };
  const keep = () => {
    confirming = null;
    draw();
  };
  const actions =
    confirming === photo.id
      ? [
          make("p", { class: "queue__ask", role: "alert" }, gettext("Remove this photo for good?")),
          button(gettext("Yes, remove it"), () => outbox.discard(photo.id), "button--danger"),
          button(gettext("No, keep it"), keep),
        ]
      : [
          USELESS.has(photo.problem?.code)
            ? null
            : button(gettext("Try again"), () => outbox.retry(photo.id)),
          button(gettext("Remove from this phone"), ask),
        ].filter(Boolean);
  return card({
    kind: "warn",
    icon: "alert",
    title,
    text,
    more: [picture, make("div", { class: "queue__buttons" }, ...actions)],
  });
}

function othersCard(n) {
  return card({
    kind: "plain",
    icon: "person",
    title: counted(
      "%(n)s photo of another person waits on this phone",
      "%(n)s photos of another person wait on this phone",
      n,
    ),
    text: gettext("Nothing of this is sent from your page. It goes out when that person opens their own link on this phone."),
  });
}

function sentCard() {
  return card({
    kind: "good",
    icon: "check-circle",
    title: counted("%(n)s photo has arrived", "%(n)s photos have arrived", sent.size),
    text: gettext("Thank you. No photo is left on this phone."),
  });
}

function thanks() {
  if (atHome && document.visibilityState === "visible") outbox.told(new Set(sent));
  return sentCard();
}

// Home says whether a photo is wanted again. Thanks that were said before are then over.
export function giveWay(wanted) {
  if (wanted === again) return;
  again = wanted;
  if (wanted) {
    outbox.told(new Set(sent));
    sent.clear();
  }
  draw();
}

function oldCard(photos) {
  const days = Math.floor((Date.now() - photos[0].keptAt) / DAY);
  return card({
    kind: "warn",
    icon: "clock",
    title: counted("A photo has waited here for %(n)s day", "A photo has waited here for %(n)s days", days),
    text: gettext(
      "A phone may clear what waits too long. Please connect to the internet and keep this page open for a minute.",
    ),
  });
}

function roomCard() {
  return card({
    kind: "warn",
    icon: "alert",
    title: gettext("This phone is nearly full"),
    text: gettext("Please make some room before you take more photos, so that each of them can be kept until it is sent."),
  });
}

// --- Drawing -----------------------------------------------------------------------------------

// Addresses of pictures that may be looked at; made once each, given back when the photo is gone.
function previewOf(id) {
  const known = previews.get(id);
  if (known === undefined) {
    previews.set(id, null);
    outbox.picture(id).then((blob) => {
      if (!blob) return;
      previews.set(id, URL.createObjectURL(blob));
      draw();
    });
  }
  return known ?? "";
}

function forgetPreviews(photos) {
  const there = new Set(photos.map((photo) => photo.id));
  for (const [id, address] of previews) {
    if (there.has(id)) continue;
    if (address) URL.revokeObjectURL(address);
    previews.delete(id);
  }
}

function activeCards(active, session) {
  if (active.length === 0) return [];
  if (session || !outbox.participant()) {
    return [sessionCard(active.length, session ?? { code: "link_needed" })];
  }
  const blocked = active.filter((photo) => BY_CONSENT.has(photo.problem?.code));
  const going = active.filter((photo) => !BY_CONSENT.has(photo.problem?.code));
  const cards = blocked.length > 0 ? [consentCard(blocked)] : [];
  if (going.some((photo) => photo.state === "sending")) cards.push(sendingCard(going));
  else if (going.length > 0) cards.push(waitingCard(going));
  return cards;
}

async function cardsFor(photos) {
  const session = await outbox.sessionProblem();
  // A page of nobody's shows that photos wait, and none of them.
  if (!outbox.participant()) return activeCards(photos, session);
  const refused = photos.filter((photo) => photo.state === "refused");
  const active = photos.filter((photo) => photo.state !== "refused");
  const memory = active.filter((photo) => photo.inMemory);
  const kept = active.filter((photo) => !photo.inMemory);
  const cards = [...refused.map(refusedCard), ...(memory.length > 0 ? [memoryCard(memory)] : [])];
  cards.push(...activeCards(kept, session));
  if (photos.length === 0 && sent.size > 0 && !again && !session) cards.push(thanks());
  const aged = kept.length > 0 && Date.now() - kept[0].keptAt > OLD;
  if (aged && (await outbox.isPersisted()) !== true) cards.push(oldCard(kept));
  if (await littleRoom()) cards.push(roomCard());
  const others = await outbox.others();
  if (others > 0) cards.push(othersCard(others));
  return cards;
}

async function littleRoom() {
  const estimate = await navigator.storage?.estimate?.().catch(() => null);
  return Boolean(estimate?.quota) && estimate.quota - estimate.usage < LITTLE_ROOM;
}

let latest = [];
let drawing = Promise.resolve();

function draw() {
  drawing = drawing.then(async () => {
    const photos = latest;
    const cards = await cardsFor(photos);
    if (!sameAs(cards)) replace(cards);
    tell(cards);
    forgetPreviews(photos);
  });
  return drawing;
}

// A strip that did not change keeps its elements, and the focus on them.
const sameAs = (cards) => {
  const now = [...place.children];
  return (
    now.length === cards.length && cards.every((element, i) => element.isEqualNode(now[i]))
  );
};

function replace(cards) {
  const bar = place.querySelector("progress");
  const next = cards.length === 1 && cards[0].querySelector("progress");
  if (bar && next && place.children.length === 1) {
    bar.value = next.value; // moves on without a flicker
    const text = cards[0].querySelector(".queue__title").textContent;
    place.querySelector(".queue__title").textContent = text;
    return;
  }
  const held = place.contains(document.activeElement);
  place.replaceChildren(...cards);
  place.hidden = cards.length === 0;
  if (held) place.querySelector(".queue__ask ~ button, button, a")?.focus();
}

// Said once by a screen reader, without the per cent that move.
function tell(cards) {
  const text = cards.map((element) => element.querySelector(".queue__title").textContent).join(". ");
  if (text === shownText) return;
  shownText = text;
  say.textContent = text;
}

outbox.watch(async (photos) => {
  for (const { id } of outbox.arrivedSince(latest, photos)) sent.add(id);
  latest = photos;
  for (const id of await outbox.untold()) sent.add(id);
  draw();
});
addEventListener("online", draw);
addEventListener("offline", draw);

// --- The service worker ------------------------------------------------------------------------

// As a module where that is understood: then it sends photos, too.
async function register() {
  if (!dataset.worker || !navigator.serviceWorker) return;
  try {
    await navigator.serviceWorker.register(dataset.worker, { type: "module" });
  } catch {
    await navigator.serviceWorker.register(`${dataset.worker}?classic`).catch(() => {});
  }
}
// What the worker fetches waits until the page itself is there.
if (document.readyState === "complete") register();
else addEventListener("load", register);
