// The cards of the strip that says what waits on this phone: one for each thing to know or to do.

import * as outbox from "./outbox.js";
import { gettext, interpolate, ngettext } from "../words/words.js";

const DAY = 24 * 3600 * 1000;
// Refusals that trying again cannot change.
const USELESS = new Set(["photo_already_accepted", "unreadable", "photo_not_asked", "photo_empty"]);

const icons = document.querySelector("[data-icons]");
const { dataset } = document.querySelector("#queue"); // names of the views, the form's address

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

export function sessionCard(n, problem) {
  const again = ["link_needed", "link_expired"].includes(problem.code);
  const text = again
    ? gettext("To send what waits, please open your personal link again. It is in the message from your study team.")
    : problem.detail;
  return card({ kind: "warn", icon: "lock", title: safeTitle(n), text });
}

export function consentCard(photos) {
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

export function sendingCard(photos) {
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

export function waitingCard(photos) {
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

// `pictureOf(id)`: the address of a picture that may be looked at, empty until there is one.
export function memoryCard(photos, pictureOf) {
  const saves = photos.map((photo) =>
    make(
      "a",
      { class: "button", href: pictureOf(photo.id), download: `${photo.view}.jpg` },
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

// `confirming`: whether its removal is being asked about; `ask(yes)` begins and ends that.
export function refusedCard(photo, { pictureOf, confirming, ask }) {
  const [title, text] = refusalWords(photo.problem ?? {});
  const named = dataset[photo.view] ?? photo.view;
  const address = pictureOf(photo.id);
  const picture = address
    ? make("img", {
        class: "queue__picture",
        src: address,
        alt: named,
        onerror: (event) => event.target.replaceWith(named),
      })
    : make("p", { class: "muted" }, named);
  const actions = confirming
    ? [
        make("p", { class: "queue__ask", role: "alert" }, gettext("Remove this photo for good?")),
        button(gettext("Yes, remove it"), () => outbox.discard(photo.id), "button--danger"),
        button(gettext("No, keep it"), () => ask(false)),
      ]
    : [
        USELESS.has(photo.problem?.code)
          ? null
          : button(gettext("Try again"), () => outbox.retry(photo.id)),
        button(gettext("Remove from this phone"), () => ask(true)),
      ].filter(Boolean);
  return card({
    kind: "warn",
    icon: "alert",
    title,
    text,
    more: [picture, make("div", { class: "queue__buttons" }, ...actions)],
  });
}

export function othersCard(n) {
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

export function sentCard(n) {
  return card({
    kind: "good",
    icon: "check-circle",
    title: counted("%(n)s photo has arrived", "%(n)s photos have arrived", n),
    text: gettext("Thank you. No photo is left on this phone."),
  });
}

export function oldCard(photos) {
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

export function roomCard() {
  return card({
    kind: "warn",
    icon: "alert",
    title: gettext("This phone is nearly full"),
    text: gettext("Please make some room before you take more photos, so that each of them can be kept until it is sent."),
  });
}
