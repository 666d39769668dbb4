// What became of each questionnaire on the phone's home. Pure: no DOM, no database.
//
// The server says "todo", "sent", "early" or "any" (as needed). What this phone holds of it makes it
// "draft", "waiting", "refused" or "sent"; days pass without a line, too: "early" or "over".

import { gettext, pgettext } from "../words/words.js";
import { dayIn, openOn } from "./places.js";

const LEFT = new Set(["todo", "draft", "refused"]);

export const isLeft = ({ now }) => LEFT.has(now);
const comesFirst = ({ order }) => order === "before";

function standing(form, { answers, day }) {
  const mine = answers.filter(
    ({ assignment, place }) => assignment === form.assignment && place === form.place,
  );
  if (form.state === "any") return ofAnyTime(mine);
  if (form.state === "sent") return "sent";
  const here = mine[mine.length - 1]?.state;
  if (here === "refused" || here === "sent") return here;
  if (here && here !== "draft") return "waiting";
  const open = openOn(day, { opens_on: form.opens, closes_on: form.closes });
  if (open !== "open") return open;
  return here ?? "todo";
}

// Of what is asked as needed there may be many; the one that needs the person counts.
function ofAnyTime(mine) {
  const has = (state) => mine.some((one) => one.state === state);
  if (has("refused")) return "refused";
  return has("draft") ? "begun" : "any";
}

// Every form with what became of it as `now`; `state` is page_state.js's.
export function formsNow({ forms, answers, zone, now, clock = 0 }) {
  const day = dayIn(zone, now + 1000 * clock);
  return forms.map((form) => ({ ...form, now: standing(form, { answers, day }) }));
}

const words = (now) =>
  ({
    todo: pgettext("questionnaire", "To do"),
    draft: gettext("Begun, not sent yet"),
    begun: gettext("Begun, not sent yet"),
    waiting: gettext("Waiting on this phone"),
    refused: gettext("Please look at it again"),
    sent: gettext("Done"),
    any: gettext("Whenever it happens"),
  })[now] ?? "";

const ICONS = {
  waiting: "phone",
  refused: "alert",
  sent: "check-circle",
  draft: "edit",
  begun: "edit",
};

export const lineOf = ({ assignment, place, url, now }) => ({
  key: `${assignment}/${place}`,
  state: now === "begun" ? "draft" : now,
  icon: ICONS[now] ?? null,
  words: words(now),
  href: now === "sent" ? null : url,
  hidden: now === "early" || now === "over",
});

// The form to fill in next: what was refused, then what comes before the photos, then, once those
// are taken, the rest. `photosOpen`: there is a photo to take.
export function nextForm(forms, photosOpen) {
  const refused = forms.find(({ now, state }) => now === "refused" && state !== "any");
  if (refused) return refused;
  const left = forms.filter(isLeft);
  return left.find(comesFirst) ?? (photosOpen ? null : (left[0] ?? null));
}
