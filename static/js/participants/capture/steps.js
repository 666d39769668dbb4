// What became of each view of a visit, by the newest that is known. Pure: no DOM, no database.
//
// The server says "todo", "checking", "accepted" or "retake": on the page, or to this phone since.
// A photo that this phone still holds is "waiting", "sending" or "unsent" (the server refused it).

const WITH_SERVER = ["accepted", "checking"];
const TAKEN = [...WITH_SERVER, "waiting", "sending"];

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
  // One that can still go out counts before one that was refused.
  const photo = mine.filter((one) => one.state !== "refused").at(-1) ?? mine.at(-1);
  if (!photo) return { state, reasons };
  const local = { sending: "sending", refused: "unsent" }[photo.state] ?? "waiting";
  return { state: local, share: photo.share, reasons: [] };
}

// Every step with what became of it as `now`; its `state` stays what the page was drawn with.
export const stepsNow = (state) =>
  state.steps.map((step) => ({ ...step, now: standing(step, state) }));
