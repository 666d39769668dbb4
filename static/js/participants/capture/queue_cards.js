// What the strip says of the photos that wait on this phone: a card for each thing to know or to do,
// made from the state in page_state.js. Pure: no DOM.
//
// A card: { kind, icon, title, text } and, where it has them, { progress, picture, question, buttons }.
// A button either leads to `href` or does `act` (queue.js) with `photo`.

import { answerCards } from "../answers/cards.js";
import { LIFTED_BY_CONSENT } from "./outbox_send.js";
import { counted, gettext } from "../words/words.js";

const DAY = 24 * 3600 * 1000;
const OLD = 3 * DAY; // an iPhone clears a site's storage after seven days without a visit
// Refusals that trying again cannot change.
const USELESS = new Set(["photo_already_accepted", "unreadable", "photo_not_asked", "photo_empty"]);

// --- Sentences ---------------------------------------------------------------------------------

const waitTitle = (n) =>
  counted("%(n)s photo waits on this phone", "%(n)s photos wait on this phone", n);
const safeTitle = (n) =>
  counted("%(n)s photo is safe on this phone", "%(n)s photos are safe on this phone", n);

const whenSent = (state) =>
  state.sendsAlone
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

const sendNow = () => ({ act: "send", words: gettext("Send now") });

function sessionCard(n, problem) {
  const again = ["link_needed", "link_expired"].includes(problem.code);
  const text = again
    ? gettext(
        "To send what waits, please open your personal link again. It is in the message from your study team.",
      )
    : problem.detail;
  return { kind: "warn", icon: "lock", title: safeTitle(n), text };
}

function consentCard(photos, { review }) {
  const renew = photos.some((photo) => photo.problem?.code === "consent_outdated");
  const text = renew
    ? gettext(
        "There is a new version of the consent form. Once you have agreed to it, your photos are sent.",
      )
    : gettext("Your consent has to be recorded first. Please speak with your study team.");
  const link = { href: review, kind: "button--primary", words: gettext("Read the new form") };
  const buttons = renew && review ? [link] : [];
  return { kind: "warn", icon: "pen", title: waitTitle(photos.length), text, buttons };
}

function sendingCard(photos) {
  const share = photos.reduce((sum, photo) => sum + (photo.share || 0), 0) / photos.length;
  return {
    kind: "going",
    icon: "phone",
    title: counted("Sending %(n)s photo", "Sending %(n)s photos", photos.length),
    text: gettext("You can go on meanwhile."),
    progress: { label: gettext("Sent so far"), percent: Math.floor(100 * share) },
  };
}

function waitingCard(photos, state) {
  const buttons = state.online ? [sendNow()] : [];
  const title = waitTitle(photos.length);
  if (photos.some((photo) => photo.problem?.code === "no_room")) {
    const text = gettext(
      "There is no room on the study's side at the moment. Your photos stay safe on this phone, and are sent by themselves when there is room again.",
    );
    return { kind: "warn", icon: "clock", title, text, buttons };
  }
  return { kind: "calm", icon: "phone", title, text: whenSent(state), buttons };
}

function memoryCard(photos, { pictures }) {
  const saves = photos.map((photo) => ({
    href: pictures.get(photo.id) ?? "",
    download: `${photo.view}.jpg`,
    words: gettext("Save a copy"),
  }));
  return {
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
    buttons: [sendNow(), ...saves],
  };
}

function refusedCard({ id, view, problem }, { pictures, removing, names }) {
  const [title, text] = refusalWords(problem ?? {});
  const card = {
    kind: "warn",
    icon: "alert",
    title,
    text,
    picture: { address: pictures.get(id) ?? "", name: names[view] ?? view },
  };
  if (removing === id) return { ...card, ...removal(id) };
  const retry = { act: "retry", photo: id, words: gettext("Try again") };
  const remove = removeFrom(id);
  return { ...card, buttons: USELESS.has(problem?.code) ? [remove] : [retry, remove] };
}

// Without its picture: one that is too large for this phone would end this page, too.
function undecidedCard({ id, view }, { removing, names }) {
  const card = {
    kind: "warn",
    icon: "phone",
    title: gettext("A photo waits for your decision"),
    text: gettext(
      "You have not decided on it yet. It is safe on this phone and has not been sent.",
    ),
    picture: { address: "", name: names[view] ?? view },
  };
  if (removing === id) return { ...card, ...removal(id) };
  const use = { act: "use", photo: id, words: gettext("Send this photo") };
  return { ...card, buttons: [{ ...use, kind: "button--primary" }, removeFrom(id)] };
}

const removeFrom = (id) => ({
  act: "remove",
  photo: id,
  words: gettext("Remove from this phone"),
});

function removal(id) {
  const yes = { act: "discard", kind: "button--danger", words: gettext("Yes, remove it") };
  const no = { act: "keep", words: gettext("No, keep it") };
  const buttons = [yes, no].map((button) => ({ ...button, photo: id }));
  return { question: gettext("Remove this photo for good?"), buttons };
}

const othersCard = (n) => ({
  kind: "plain",
  icon: "person",
  title: counted(
    "%(n)s photo of another person waits on this phone",
    "%(n)s photos of another person wait on this phone",
    n,
  ),
  text: gettext(
    "Nothing of this is sent from your page. It goes out when that person opens their own link on this phone.",
  ),
});

const sentCard = (n) => ({
  kind: "good",
  icon: "check-circle",
  title: counted("%(n)s photo has arrived", "%(n)s photos have arrived", n),
  text: gettext("Thank you. No photo is left on this phone."),
});

const oldCard = (days) => ({
  kind: "warn",
  icon: "clock",
  title: counted(
    "A photo has waited here for %(n)s day",
    "A photo has waited here for %(n)s days",
    days,
  ),
  text: gettext(
    "A phone may clear what waits too long. Please connect to the internet and keep this page open for a minute.",
  ),
});

const roomCard = () => ({
  kind: "warn",
  icon: "alert",
  title: gettext("This phone is nearly full"),
  text: gettext(
    "Please make some room before you take more photos, so that each of them can be kept until it is sent.",
  ),
});

// --- The strip ---------------------------------------------------------------------------------

function activeCards(active, state) {
  if (active.length === 0) return [];
  if (state.session || !state.owner) {
    return [sessionCard(active.length, state.session ?? { code: "link_needed" })];
  }
  const byConsent = ({ problem }) => LIFTED_BY_CONSENT.has(problem?.code);
  const blocked = active.filter(byConsent);
  const going = active.filter((photo) => !byConsent(photo));
  const cards = blocked.length > 0 ? [consentCard(blocked, state)] : [];
  if (going.some((photo) => photo.state === "sending")) cards.push(sendingCard(going));
  else if (going.length > 0) cards.push(waitingCard(going, state));
  return cards;
}

// Whether the photos that arrived are thanked for.
export const thanks = ({ photos, sent, again, session, owner }) =>
  Boolean(owner) && photos.length === 0 && sent.size > 0 && !again && !session;

// Of photos and of questionnaires.
export const cardsOf = (state) => [...photoCards(state), ...answerCards(state)];

function photoCards(state) {
  const { photos, persisted, now } = state;
  // Without an owner the page tells that photos wait, and shows none of them.
  if (!state.owner) return activeCards(photos, state);
  const refused = photos.filter((photo) => photo.state === "refused");
  const active = photos.filter((photo) => !["refused", "undecided"].includes(photo.state));
  // The page of a view asks by itself.
  const undecided = state.capturing ? [] : photos.filter((photo) => photo.state === "undecided");
  const memory = active.filter((photo) => photo.inMemory);
  const kept = active.filter((photo) => !photo.inMemory);
  const cards = refused.map((photo) => refusedCard(photo, state));
  cards.push(...undecided.map((photo) => undecidedCard(photo, state)));
  if (memory.length > 0) cards.push(memoryCard(memory, state));
  cards.push(...activeCards(kept, state));
  if (thanks(state)) cards.push(sentCard(state.sent.size));
  const age = kept.length > 0 ? now - kept[0].keptAt : 0;
  if (age > OLD && persisted !== true) cards.push(oldCard(Math.floor(age / DAY)));
  if (state.littleRoom) cards.push(roomCard());
  if (state.others > 0) cards.push(othersCard(state.others));
  return cards;
}
