// The still, with what was measured in plain words, and the choice to keep or to take it again.

import { toldOf } from "./gates.js";
import { make } from "../render.js";
import { gettext } from "../../words/words.js";

// Which measures speak for each line of the list, and the reasons that say what is wrong there.
const LINES = [
  {
    name: () => gettext("Light"),
    codes: ["brightest", "overexposed", "underexposed", "unevenness", "colour_cast"],
    reasons: ["too_dark", "too_bright", "shadows", "uneven_light", "coloured_light"],
  },
  {
    name: () => gettext("Sharpness"),
    codes: ["blur"],
    reasons: ["blurred", "moved", "grainy"],
  },
  {
    name: () => gettext("Distance"),
    codes: ["inter_eye"],
    reasons: ["too_far", "cut_off"],
  },
  {
    name: () => gettext("Expression"),
    codes: ["smile"],
    reasons: ["not_relaxed"],
  },
  {
    name: () => gettext("Turn of the head"),
    codes: ["yaw_off"],
    reasons: [
      "turned_left",
      "turned_right",
      "show_left",
      "show_right",
      "turned_too_far",
      "looking_up",
      "looking_down",
      "tilted",
      "upside_down",
    ],
  },
];

const sign = (name) => {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#sign-${name}`);
  svg.append(use);
  return svg;
};

export class Preview {
  #url = "";

  constructor(dialog) {
    this.part = (name) => dialog.querySelector(`[data-${name}]`);
    const still = this.part("still");
    still.addEventListener("error", () => {
      still.hidden = true;
      this.part("no-still").hidden = false;
    });
  }

  // Nothing is decoded yet: the photo is stored first.
  wait() {
    this.clear();
    this.part("still").hidden = true;
    this.part("no-still").hidden = true;
    this.part("verdict").textContent = gettext("Looking at your photo…");
    this.part("keep").textContent = gettext("Keep this photo");
    this.part("keep-problem").hidden = true;
    this.part("verdict").focus({ preventScroll: true });
  }

  // The still is seen as soon as it is safe; what was measured comes when it is there.
  picture(blob) {
    this.#url = URL.createObjectURL(blob);
    this.part("still").hidden = false;
    this.part("still").src = this.#url;
  }

  // `check` is checkStill's result, or null when this browser cannot decode the photo.
  show(check, { sentences, refuses, rank }) {
    this.busy(false);
    const doubtful = Boolean(check?.reasons.length) && refuses;
    this.part("checks").replaceChildren(...this.#lines(check, refuses));
    const told = toldOf([...(check?.reasons ?? []), ...(check?.advice ?? [])], rank);
    this.part("doubts").replaceChildren(...told.map((code) => make("li", {}, sentences[code])));
    const words = this.#verdict(check, doubtful);
    this.part("verdict").textContent = words;
    this.#choices(doubtful);
    return words;
  }

  problem(words) {
    this.part("keep-problem").textContent = words;
    this.part("keep-problem").hidden = false;
  }

  busy(yes) {
    this.part("keep").disabled = yes;
    this.part("retake").disabled = yes;
  }

  // No photo, nothing to choose.
  clear() {
    this.busy(true);
    if (this.#url) URL.revokeObjectURL(this.#url);
    this.#url = "";
    this.part("still").removeAttribute("src");
    this.part("checks").replaceChildren();
    this.part("doubts").replaceChildren();
  }

  #verdict(check, doubtful) {
    if (doubtful) return gettext("This photo may be refused");
    if (check?.advice?.length && !check.reasons.length)
      return gettext("This photo could be better");
    if (check?.mode === "landmarks" && !check.reasons.length) return gettext("A good photo");
    return gettext("Is your whole face in it, sharp and well lit?");
  }

  // The likelier choice comes first and stands out.
  #choices(doubtful) {
    const [keep, retake] = [this.part("keep"), this.part("retake")];
    keep.textContent = doubtful ? gettext("Keep it all the same") : gettext("Keep this photo");
    keep.classList.toggle("button--primary", !doubtful);
    retake.classList.toggle("button--primary", doubtful);
    keep.parentElement.prepend(doubtful ? retake : keep);
  }

  #lines(check, refuses) {
    if (!check) return [];
    return LINES.filter(({ codes }) =>
      codes.some((code) => Number.isFinite(check.values[code])),
    ).map(({ name, reasons }) => {
      const refused = check.reasons.some((code) => reasons.includes(code));
      const bad = refused || (check.advice ?? []).some((code) => reasons.includes(code));
      const doubtful = refused && refuses ? gettext("may be refused") : gettext("could be better");
      const state = make("span", {}, bad ? doubtful : gettext("good"));
      const words = make("span", {}, make("b", {}, name()), state);
      const line = { class: bad ? "is-doubtful" : "is-good" };
      return make("li", line, sign(bad ? "doubt" : "check"), words);
    });
  }
}
