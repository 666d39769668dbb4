// The study's thresholds, as the server hands them over, with the phone's margin on the safe side.
//
// The server refuses beyond `reject`. The phone calls a picture good only up to a limit that lies
// between `reject` and `warn`: limit = reject + margin · (warn − reject). How large a margin each
// check needs was measured (docs/phone/agreement.md): a margin of 0 is the server's own line.

export const MARGINS = {
  inter_eye: 0.1,
  face_height: 0.1,
  yaw_off: 0.2,
  pitch_off: 0.2,
  roll_off: 0.2,
  cut_off: 0.5,
  blur: 0.25,
  noise: 0.25,
  overexposed: 0.25,
  underexposed: 0.25,
  brightest: 0.15,
  unevenness: 0.2,
  colour_cast: 0.2,
  motion: 0.3,
  smile: 0,
  teeth: 0,
  mouth_gap: 0,
};

// Easy to mend at once, and hidden afterwards: told from where the server warns, not where it refuses.
export const EXPRESSION = ["smile", "teeth", "mouth_gap"];
const FROM_WARN = Object.fromEntries(EXPRESSION.map((code) => [code, 1]));

// Without landmarks it is only guessed where the face is: what is measured there is blurred less.
export const LIGHT_MARGINS = { ...MARGINS, blur: 0.5 };
// And only these mean something there: a background may well be dark.
export const LIGHT_CODES = ["brightest", "overexposed", "blur", "motion"];

export const limitOf = (gate, margin) => gate.reject + margin * (gate.warn - gate.reject);

const beyond = (gate, value, limit) => (gate.worse === "above" ? value > limit : value < limit);

// The codes of the measures that are not good: an array in the order of `values`.
// `extra(code)` widens the margin, for a live picture or a hint that is being shown.
export function failing(values, gates, { margins = MARGINS, extra = () => 0 } = {}) {
  return Object.entries(values)
    .filter(([code, value]) => {
      const gate = gates[code];
      if (!gate || value === null || value === undefined) return false;
      const margin = Math.min(1, (margins[code] ?? 0) + extra(code));
      return beyond(gate, value, limitOf(gate, margin));
    })
    .map(([code]) => code);
}

// What a measure means to a person: the server's reason codes (participants/imaging/quality.py).
const REASONS = {
  faces: "no_face",
  other_face: "other_faces",
  inter_eye: "too_far",
  face_height: "too_far",
  cut_off: "cut_off",
  blur: "blurred",
  noise: "grainy",
  overexposed: "too_bright",
  underexposed: "shadows",
  brightest: "too_dark",
  unevenness: "uneven_light",
  colour_cast: "coloured_light",
  motion: "moved",
  smile: "not_relaxed",
  teeth: "not_relaxed",
  mouth_gap: "not_relaxed",
};

export function reasonOf(code, face, view, viewYaw) {
  if (code in REASONS) return REASONS[code];
  if (code === "pitch_off") return face.pitch > 0 ? "looking_up" : "looking_down";
  if (code === "roll_off") return Math.abs(face.roll) > 120 ? "upside_down" : "tilted";
  if (view === "front") return face.yaw > 0 ? "turned_left" : "turned_right";
  const aim = viewYaw[view];
  const tooFar = Math.abs(face.yaw) > Math.abs(aim) && face.yaw * aim > 0;
  return tooFar ? "turned_too_far" : `show_${view}`;
}

// What the server would only remark on and a second photo mends: ["not_relaxed"] or [].
export function adviceOn({ face, values }, gates) {
  const seen = Object.entries(values).filter(([code]) => EXPRESSION.includes(code));
  const codes = face ? failing(Object.fromEntries(seen), gates, { margins: FROM_WARN }) : [];
  return codes.length ? [REASONS[codes[0]]] : [];
}

// Of several reasons the one that makes the others meaningless, as the server tells it
// (participants/imaging/telling.py): [code], or [] of none. What has no rank comes first.
export const toldOf = (reasons, rank) =>
  [...reasons].sort((one, other) => rank.indexOf(one) - rank.indexOf(other)).slice(0, 1);

// The reasons for which the server may refuse a still, each once: ["blurred", …].
export function doubts({ face, values }, { gates, view, viewYaw, margins, dark = false }) {
  if (!face) return dark ? ["too_dark"] : ["no_face"];
  const codes = failing(values, gates, { margins });
  const reasons = [...new Set(codes.map((code) => reasonOf(code, face, view, viewYaw)))];
  // As on the server, what explains another reason is told instead of it.
  return reasons.includes("moved") ? reasons.filter((code) => code !== "blurred") : reasons;
}
