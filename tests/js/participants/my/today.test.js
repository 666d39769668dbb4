import assert from "node:assert/strict";
import { test } from "node:test";

import { differs, newsOf, todayOf } from "../../../../static/js/participants/my/today.js";
import { note, page, photo, step } from "../capture/state.js";

const VIEWS = ["front", "left", "right"];
const drawn = (...states) => VIEWS.map((view, i) => step(view, states[i]));

test("a visit that has not begun starts with its first view", () => {
  const today = todayOf(page());
  assert.equal(today.heading, "Week 0");
  assert.equal(today.lead, null);
  assert.equal(today.count, "0 of 3 photos taken");
  assert.deepEqual(today.action, { href: "/my/visits/week-0/front/", words: "Start" });
  assert.equal(today.begun, false);
  assert.deepEqual(
    today.steps.map(({ words, href }) => [words, href]),
    VIEWS.map((view) => ["To do", `/my/visits/week-0/${view}/`]),
  );
});

test("each state has its words and its sign, whoever knows of it", () => {
  const steps = drawn("accepted", "todo", "todo");
  const photos = [photo("left", { state: "sending", share: 0.428 }), photo("right")];
  const lines = ({ steps }) => steps.map(({ icon, words }) => [icon, words]);
  assert.deepEqual(lines(todayOf(page({ steps, photos }))), [
    ["check-circle", "Done"],
    ["phone", "Sending, 42 %"],
    ["phone", "Waiting on this phone"],
  ]);
  const notes = [note("left", "checking"), note("right", "retake")];
  const refused = [photo("front", { state: "refused" })];
  assert.deepEqual(lines(todayOf(page({ notes, photos: refused }))), [
    ["alert", "Not sent, see above"],
    ["clock", "Being checked"],
    ["refresh", "Please take it again"],
  ]);
});

test("what has arrived is counted, not offered again, and the next view is", () => {
  const today = todayOf(page({ notes: [note("front", "checking")] }));
  assert.equal(today.count, "1 of 3 photos taken");
  assert.equal(today.steps[0].href, null);
  assert.deepEqual(today.action, { href: "/my/visits/week-0/left/", words: "Go on: Left cheek" });
  assert.equal(today.begun, true);
});

test("a photo wanted again comes first, and the heading says so", () => {
  const reasons = ["The photo is blurred."];
  const today = todayOf(page({ notes: [note("right", "retake", { reasons })] }));
  assert.equal(today.heading, "Take “Right cheek” again");
  assert.equal(today.lead, "");
  assert.equal(today.action.words, "Take “Right cheek” again");
  assert.deepEqual(today.steps[2].reasons, reasons);
});

test("when the photo wanted again waits, the heading is about what is open now", () => {
  const words = { ...page().words, heading: "Take “Front” again" };
  const photos = [photo("front")];
  const head = (...states) => {
    const { heading, lead } = todayOf(page({ steps: drawn(...states), words, photos }));
    return [heading, lead];
  };
  assert.deepEqual(head("retake", "retake", "todo"), ["Take “Left cheek” again", ""]);
  assert.deepEqual(head("retake", "todo", "todo"), ["Week 0", ""]);
});

test("when all are taken the heading thanks, and says what happens with them", () => {
  const heading = (values) => {
    const { action, heading, lead } = todayOf(page(values));
    assert.equal(action, null);
    return [heading, lead];
  };
  assert.deepEqual(heading({ photos: VIEWS.map((view) => photo(view)) }), [
    "Thank you, all taken",
    "There is nothing more to do.",
  ]);
  assert.deepEqual(heading({ notes: VIEWS.map((view) => note(view, "checking")) }), [
    "Thank you, all sent",
    "We are having a look.",
  ]);
  assert.deepEqual(heading({ notes: VIEWS.map((view) => note(view, "accepted")) }), [
    "Thank you",
    "All your photos are good. Thank you.",
  ]);
});

test("a photo that is held is told, not asked for again, and may be taken again", () => {
  const reasons = ["Your photo is kept."];
  const today = todayOf(page({ notes: [note("front", "held", { reasons })] }));
  const { words, href } = today.steps[0];
  assert.deepEqual(
    [words, today.steps[0].reasons, href],
    ["Arrived and kept", reasons, "/my/visits/week-0/front/"],
  );
  assert.equal(today.count, "1 of 3 photos taken");
  assert.deepEqual(today.action, { href: "/my/visits/week-0/left/", words: "Go on: Left cheek" });
  const all = VIEWS.map((view) => note(view, view === "front" ? "held" : "accepted"));
  const { heading, lead } = todayOf(page({ notes: all }));
  assert.deepEqual([heading, lead], ["Thank you, all sent", ""]);
});

test("the server's own sentences stand while they are up to date", () => {
  const { heading, lead } = todayOf(page({ steps: drawn("accepted", "accepted", "checking") }));
  assert.deepEqual([heading, lead], ["Week 0", null]);
});

test("without a visit the page tells only whether it is offline", () => {
  assert.equal(todayOf(page({ steps: [] })).offline, false);
  assert.equal(todayOf(page({ steps: [], online: false })).offline, true);
  assert.equal(todayOf(page({ steps: [], kept: true })).offline, true);
});

test("the answer of the server differs when a step, a photo or the visit does", () => {
  const steps = VIEWS.map((view) => ({ view, state: "todo", photo: null }));
  const visit = { code: "week-0" };
  assert.equal(differs(page(), { steps, visit }), false);
  assert.equal(differs(page(), { steps, visit: { code: "week-4" } }), true);
  assert.equal(differs(page(), { steps: [], visit: null }), true);
  const arrived = [{ ...steps[0], state: "checking", photo: "1" }, ...steps.slice(1)];
  assert.equal(differs(page(), { steps: arrived, visit }), true);
  assert.equal(differs(page({ steps: [] }), { steps: [], visit: null }), false);
});

test("news are a photo wanted again, or that all is good", () => {
  assert.equal(newsOf(page()), "");
  assert.equal(newsOf(page({ steps: [] })), "");
  const again = drawn("accepted", "retake", "todo");
  assert.equal(newsOf(page({ steps: again })), "Please take “Left cheek” again.");
  const good = drawn("accepted", "accepted", "accepted");
  assert.equal(newsOf(page({ steps: good })), "All your photos are good. Thank you.");
});

test("without a visit there is nothing to draw but whether the line is there", () => {
  const today = todayOf({ ...page({ steps: [], words: {} }), online: false });
  assert.deepEqual([today.offline, today.steps, today.action], [true, [], null]);
});
