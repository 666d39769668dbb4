// What became of each view of a visit, by the newest that is known. Pure: no DOM, no database.
//
// The server says "todo", "checking", "accepted", "retake" or "held": on the page, or to this phone
// since. Held is a photo whose check has stopped: another may be taken, and none is asked for.
// A photo that this phone still holds is "waiting", "sending", "undecided" (the person has not said yet
// that it is to be sent) or "unsent" (the server refused it).

const WITH_SERVER = ["accepted", "checking"];
const TAKEN = [...WITH_SERVER, "held", "waiting", "sending"];

export const isWithServer = ({ state }) => WITH_SERVER.includes(state);
// A photo was taken, and nothing is to be done.
export const isTaken = ({ state }) => TAKEN.includes(state);

// { state, share, reasons } of a step; the second argument is page_state.js's state.
export function standing(step, { visit, photos, notes, pageAt }) {
  const ofStep = (one) => one.visit === visit && one.view === step.view;
  const note = notes.find((one) => ofStep(one) && one.at > pageAt);
  // The page may have been made in the moment after the photo arrived, and know what became of it.
  const newer = note && !(note.state === "checking" && note.photo === step.photo);
  const { state, reasons = [] } = newer ? note : step;
  if (isWithServer({ state })) return { state, reasons: [] };
  const mine = photos.filter(ofStep);
  // One that goes out counts before one to be decided on, and that before one that was refused.
  const newest = [...mine].reverse();
  const goesOut = (one) => !["refused", "undecided"].includes(one.state);
  const photo =
    newest.find(goesOut) ?? newest.find((one) => one.state === "undecided") ?? newest[0];
  if (!photo) return { state, reasons };
  const here = { sending: "sending", refused: "unsent", undecided: "undecided" };
  const local = here[photo.state] ?? "waiting";
  return { state: local, share: photo.share, reasons: [] };
}

// Every step with what became of it as `now`; its `state` stays what the page was drawn with.
export const stepsNow = (state) =>
  state.steps.map((step) => ({ ...step, now: standing(step, state) }));
