// A page's state as static/js/participants/capture/page_state.js has it, for tests: home with three steps, in English.

export const VISIT = "week-0";
const NAMES = { front: "Front", left: "Left cheek", right: "Right cheek" };

export const step = (view, state = "todo", values = {}) => ({
  view,
  name: NAMES[view],
  url: `/my/visits/${VISIT}/${view}/`,
  state,
  photo: "",
  reasons: [],
  ...values,
});

export const photo = (view, values = {}) => ({
  id: `photo-${view}`,
  visit: VISIT,
  view,
  state: "waiting",
  share: 0,
  keptAt: 1000,
  problem: null,
  ...values,
});

export const note = (view, state, values = {}) => ({
  visit: VISIT,
  view,
  state,
  photo: `photo-${view}`,
  reasons: [],
  at: 200,
  untold: false,
  ...values,
});

export const page = (values = {}) => ({
  owner: "someone",
  names: NAMES,
  review: "/my/consent/review/",
  visit: VISIT,
  steps: [step("front"), step("left"), step("right")],
  words: {
    done: "Done",
    again: "Please take it again",
    todo: "To do",
    held: "Arrived and kept",
    heading: "Week 0",
    visitName: "Week 0",
    headingSent: "Thank you, all sent",
    headingDone: "Thank you",
    leadSent: "We are having a look.",
    leadTaken: "There is nothing more to do.",
  },
  forms: [],
  answers: [],
  zone: "Asia/Singapore",
  clock: 0,
  filling: null,
  pageAt: 100,
  kept: false,
  online: true,
  now: 2000,
  sendsAlone: true,
  photos: [],
  notes: [],
  pictures: new Map(),
  removing: null,
  sent: new Set(),
  again: false,
  session: null,
  others: 0,
  persisted: true,
  littleRoom: false,
  ...values,
});
