// What home shows of today: a view model of the state in page_state.js. Pure: no DOM.

import { formsNow, isLeft, lineOf as formLineOf, nextForm } from "../answers/standing.js";
import { isTaken, isWithServer, stepsNow } from "../capture/steps.js";
import { gettext, interpolate, ngettext } from "../words/words.js";

const againWords = ({ name }) => interpolate(gettext("Take “%(name)s” again"), { name });

// --- One step ----------------------------------------------------------------------------------

// Icon and words. `words`: those that the page brings along from the server.
function wordsOf({ state, share }, words) {
  if (state === "accepted") return ["check-circle", words.done];
  if (state === "retake") return ["refresh", words.again];
  if (state === "held") return ["info", words.held];
  if (state === "todo") return [null, words.todo];
  if (state === "waiting") return ["phone", gettext("Waiting on this phone")];
  if (state === "sending") {
    const percent = `${Math.floor(100 * share)} %`;
    return ["phone", interpolate(gettext("Sending, %(percent)s"), { percent })];
  }
  if (state === "undecided") return ["phone", gettext("Kept here, not sent yet")];
  if (state === "unsent") return ["alert", gettext("Not sent, see above")];
  return ["clock", gettext("Being checked")];
}

// `above`: the sentence under the heading has said why already.
function lineOf({ view, url, now }, words, above) {
  const [icon, text] = wordsOf(now, words);
  // What has arrived is not offered a second time by a page that does not know it yet.
  const href = isWithServer(now) ? null : url;
  return { view, state: now.state, icon, words: text, reasons: above ? [] : now.reasons, href };
}

// --- The whole ---------------------------------------------------------------------------------

function wordsForAll(steps, words) {
  const accepted = steps.every(({ now }) => now.state === "accepted");
  if (accepted) return [words.headingDone, gettext("All your photos are good. Thank you.")];
  if (steps.every(({ now }) => isWithServer(now))) return [words.headingSent, words.leadSent];
  const arrived = ({ now }) => isWithServer(now) || now.state === "held";
  if (steps.every(arrived)) return [words.headingSent, ""]; // the step that is held says more
  return [gettext("Thank you, all taken"), words.leadTaken];
}

// The heading, and the sentence under it; null: the server's own, for they are up to date.
function headOf(steps, open, words) {
  const own = { heading: words.heading, lead: null };
  const drawn = steps.find(({ state }) => state === "retake"); // the server's own are about it
  if (open?.now.state === "retake") {
    return open === drawn ? own : { heading: againWords(open), lead: "" };
  }
  if (open) return drawn ? { heading: words.visitName, lead: "" } : own;
  if (steps.every(({ state, now }) => state === now.state)) return own;
  const [heading, lead] = wordsForAll(steps, words);
  return { heading, lead };
}

function actionOf(open, taken, form) {
  if (form) return { href: form.url, words: formWords(form) };
  if (!open) return null;
  const { name, url: href } = open;
  if (open.now.state === "retake") return { href, words: againWords(open) };
  const words = taken > 0 ? interpolate(gettext("Go on: %(name)s"), { name }) : gettext("Start");
  return { href, words };
}

const formWords = ({ now, name }) =>
  now === "refused"
    ? interpolate(gettext("Look again: %(name)s"), { name })
    : now === "draft"
      ? interpolate(gettext("Go on: %(name)s"), { name })
      : interpolate(gettext("Answer: %(name)s"), { name });

// Where no photo is to be taken, the questionnaires are what the page is about.
function headWithForms(head, forms, { open, steps }) {
  const asked = forms.filter(({ state }) => state === "todo");
  if (open || asked.length === 0) return head;
  if (forms.some(isLeft)) return { heading: gettext("A few questions for you"), lead: head.lead };
  if (steps.length > 0) return head;
  return { heading: gettext("Thank you"), lead: head.lead };
}

// Without a visit: whether the page is offline, and no steps.
export function todayOf(state) {
  const steps = stepsNow(state);
  const total = steps.length;
  const taken = steps.filter(({ now }) => isTaken(now)).length;
  const again = steps.find(({ now }) => now.state === "retake");
  const open = again ?? steps.find(({ now }) => !isTaken(now));
  const forms = formsNow(state);
  const head = headWithForms(headOf(steps, open, state.words), forms, { open, steps });
  const drawn = steps.find(({ state: before }) => before === "retake");
  const above = head.lead === null ? drawn : null;
  return {
    offline: !state.online || state.kept,
    forms: forms.map(formLineOf),
    steps: steps.map((step) => lineOf(step, state.words, step === above)),
    count: interpolate(
      ngettext("%(taken)s of %(total)s photo taken", "%(taken)s of %(total)s photos taken", total),
      { taken, total },
    ),
    ...head,
    action: actionOf(open, taken, again ? null : nextForm(forms, Boolean(open))),
    begun: taken > 0,
  };
}

// --- Following the server ----------------------------------------------------------------------

// Whether the answer of /my/today.json says other than what the page was drawn with.
export function differs({ visit, steps, forms = [] }, today) {
  const form = ({ assignment, place, state }) => `${assignment} ${place} ${state}`;
  if (forms.map(form).sort().join() !== (today.forms ?? []).map(form).sort().join()) return true;
  const line = ({ view, state, photo }) => `${view} ${state} ${photo ?? ""}`;
  if (steps.map(line).join() !== today.steps.map(line).join()) return true;
  return steps.length > 0 && visit !== today.visit?.code;
}

// What is told when the server's page has changed; "" when that is nothing to be told.
export function newsOf({ steps }) {
  const again = steps.find(({ state }) => state === "retake");
  if (again) {
    return interpolate(gettext("Please take “%(name)s” again."), { name: again.name });
  }
  const done = steps.length > 0 && steps.every(({ state }) => state === "accepted");
  return done ? gettext("All your photos are good. Thank you.") : "";
}
