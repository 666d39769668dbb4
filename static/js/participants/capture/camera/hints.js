// What is said for each hint of guidance.js, in the page's language, with the sign shown beside it.

import { gettext } from "../../words/words.js";

// Read when shown, not when loaded: the catalogue may come later than this module.
const WORDS = {
  good: () => gettext("Good. Hold still…"),
  ready: () => gettext("Good. Press the button."),
  next: () => gettext("Bring your face into the outline."),
  no_face: () => gettext("Bring your face into the outline."),
  other_faces: () => gettext("Only you in the picture, please."),
  too_dark: () => gettext("It is too dark. Face a window or a lamp."),
  too_near: () => gettext("Move the phone a little further away."),
  too_far: () => gettext("Bring the phone a little closer."),
  cut_off: () => gettext("Bring your whole face into the picture."),
  off_centre: () => gettext("Move your face into the outline."),
  turn_left: () => gettext("Turn your head further to your left."),
  turn_right: () => gettext("Turn your head further to your right."),
  back_left: () => gettext("Turn your head a little to your left."),
  back_right: () => gettext("Turn your head a little to your right."),
  tilted: () => gettext("Hold your head and the phone upright."),
  looking_up: () => gettext("Lower your chin a little."),
  looking_down: () => gettext("Lift your chin a little."),
  relax: () => gettext("Relax your face and close your mouth."),
  too_bright: () => gettext("It is too bright. Turn away from the sun or the lamp."),
  shadows: () => gettext("There are dark shadows. Turn towards the light."),
  uneven_light: () => gettext("One side is darker. Turn so that the light comes from in front."),
  coloured_light: () => gettext("The light is coloured. Use daylight or plain white light."),
  hold_still: () => gettext("Hold still."),
  blurred: () => gettext("The picture is blurred. Hold still, and wipe the lens."),
  light: () => gettext("Fit your face to the outline, then press the button."),
  waiting: () => gettext("Getting the face finder ready…"),
};

// Each sign is a symbol of the surface's own sheet: a shape, so that colour is never alone.
const SIGNS = {
  good: "check",
  ready: "check",
  next: "outline",
  no_face: "outline",
  other_faces: "people",
  too_dark: "dark",
  too_near: "away",
  too_far: "closer",
  cut_off: "outline",
  off_centre: "outline",
  turn_left: "left",
  turn_right: "right",
  back_left: "left",
  back_right: "right",
  tilted: "tilt",
  looking_up: "down",
  looking_down: "up",
  relax: "face",
  too_bright: "bright",
  shadows: "dark",
  uneven_light: "half",
  coloured_light: "bright",
  hold_still: "still",
  blurred: "blur",
  light: "outline",
  waiting: "wait",
};

// A mirrored preview shows the participant's own left on the left; another one the other way.
const MIRRORED = { left: "right", right: "left" };

export const wordsFor = (hint) => (WORDS[hint] ?? WORDS.no_face)();

export const signFor = (hint, mirrored) => {
  const sign = SIGNS[hint] ?? "outline";
  return mirrored ? sign : (MIRRORED[sign] ?? sign);
};

// Which hint is shown when the guide tells one: while the face finder loads, only what is true
// wherever the face may be; when all is good, what happens next.
export const shownHint = (told, mode, { loading, auto }) => {
  if (loading) return ["too_dark", "too_bright"].includes(told) ? told : "waiting";
  if (told !== "good") return told;
  if (mode === "light") return "light";
  return auto ? "good" : "ready";
};
