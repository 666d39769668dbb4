// Which one thing to tell a person about the live picture. Pure: no page, no clock of its own.
//
// A look is { face, values, dark, moving, place, misfit } from one live picture; `misfit` is the hint of
// framing.js, or null. `hintFor` names the most
// pressing problem; `Guide` keeps a hint from flickering.

import { EXPRESSION, LIGHT_CODES, LIGHT_MARGINS, MARGINS, failing } from "./gates.js";

// Live pictures are smaller and noisier than the photo: a little stricter than for the still.
const LIVE = 0.05;
// Much stricter for the head's turn: it is easy to mend, and makes photos comparable over weeks.
const LIVE_TURN = 0.4;
const TURNS = ["yaw_off", "pitch_off", "roll_off"];
// A hint that is shown goes only when the measure is clearly better than where it came from.
const LINGER = 0.15;
const NEAR = 0.85; // of the picture's height; nearer, a phone's lens draws the nose too large
const OFF_CENTRE = 0.3; // of the face's height, from the outline's middle: told before the turn
const STILL = 0.35; // of the distance of the eyes, per second
const SHOWN = 900; // ms that a hint stays at least
const SURE = 250; // ms that another problem must last to take its place

// In the order in which they are told: first what makes all other measures meaningless.
const ORDER = [
  "faces",
  "other_face",
  "brightest",
  "near",
  "cut_off",
  "far",
  "place",
  "yaw_off",
  "roll_off",
  "pitch_off",
  "fit",
  "moving", // a smeared mouth reads as an open one
  "motion",
  "smile",
  "overexposed",
  "underexposed",
  "unevenness",
  "colour_cast",
  "blur",
];
const SAME = { inter_eye: "far", face_height: "far", teeth: "smile", mouth_gap: "smile" };

// What to tell for a failing measure; turns are told as what to do, in the person's own sense.
function hintOf(code, { face, values, misfit }, view, viewYaw) {
  switch (code) {
    case "brightest":
      return "too_dark";
    case "far":
      return "too_far";
    case "near":
      return "too_near";
    case "cut_off":
      return "cut_off";
    case "place":
      return "off_centre";
    case "fit":
      return misfit;
    case "smile":
      return "relax";
    case "yaw_off": {
      const away = face.yaw - viewYaw[view];
      const side = away > 0 ? "right" : "left";
      const back = view === "front" || Math.abs(face.yaw) > Math.abs(viewYaw[view]);
      return `${back ? "back" : "turn"}_${side}`;
    }
    case "pitch_off":
      return face.pitch > 0 ? "looking_up" : "looking_down";
    case "roll_off":
      return "tilted";
    case "overexposed":
      return "too_bright";
    case "underexposed":
      return "shadows";
    case "unevenness":
      return "uneven_light";
    case "colour_cast":
      return "coloured_light";
    case "moving":
    case "motion":
      return "hold_still";
    case "blur":
      return "blurred";
    default:
      return values.faces ? "other_faces" : "no_face";
  }
}

// Every problem of a look, the most pressing first: [{ code, hint }].
export function problemsOf(look, { gates, view, viewYaw, shown = null, margins = MARGINS }) {
  const { face, values, dark, moving, place, misfit } = look;
  if (!face) return [{ code: "faces", hint: dark ? "too_dark" : "no_face" }];
  const live = (code) => {
    if (EXPRESSION.includes(code)) return 1;
    return TURNS.includes(code) ? LIVE_TURN : LIVE;
  };
  const held = (code) => live(code) + ((SAME[code] ?? code) === shown ? LINGER : 0);
  const failed = failing(values, gates, { margins, extra: held });
  const codes = new Set(failed.map((code) => SAME[code] ?? code));
  const slack = (code) => (shown === code ? 0.85 : 1);
  if (values.face_height > 100 * NEAR * slack("near")) codes.add("near");
  if (place !== null && place > OFF_CENTRE * slack("place")) codes.add("place");
  if (misfit) codes.add("fit");
  if (moving > STILL * slack("moving")) codes.add("moving");
  return ORDER.filter((code) => codes.has(code)).map((code) => ({
    code,
    hint: hintOf(code, look, view, viewYaw),
  }));
}

// Whether the head is turned, lifted and tilted about as asked. Until then a figure that compares
// the framing with an earlier photo is noise.
export const turnedAsAsked = (problems) => !problems.some(({ code }) => TURNS.includes(code));

// Without landmarks only light, blur and motion are known.
export function lightProblemsOf(look, context) {
  const problems = problemsOf(
    {
      ...look,
      place: null,
      misfit: null,
      values: { ...look.values, other_face: 0, face_height: 50 },
    },
    { ...context, margins: LIGHT_MARGINS },
  );
  return problems.filter(({ code }) => code === "moving" || LIGHT_CODES.includes(code));
}

export class Guide {
  #shown = null; // { code, hint }
  #since = 0;
  #rival = null;
  #rivalSince = 0;

  // The code whose limits linger.
  get code() {
    return this.#shown?.code ?? null;
  }

  // The problems of the newest look and the time in ms. Returns the hint to show, or "good".
  update(problems, now) {
    const first = problems[0] ?? { code: null, hint: "good" };
    if (first.hint === this.#shown?.hint) {
      this.#rival = null;
      return first.hint;
    }
    if (first.hint !== this.#rival?.hint) {
      this.#rival = first;
      this.#rivalSince = now;
    }
    const sure = now - this.#rivalSince >= SURE;
    const read = this.#shown?.hint === "good" || now - this.#since >= SHOWN;
    if (this.#shown === null || (sure && read)) {
      this.#shown = first;
      this.#since = now;
      this.#rival = null;
    }
    return this.#shown.hint;
  }

  reset() {
    this.#shown = null;
    this.#rival = null;
  }
}
