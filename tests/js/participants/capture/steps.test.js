import assert from "node:assert/strict";
import { test } from "node:test";

import { isTaken, standing } from "../../../../static/js/participants/capture/steps.js";
import { note, page, photo, step } from "./state.js";

const stateOf = (values, drawn = step("front")) => standing(drawn, page(values)).state;

test("what the page was drawn with stands while nothing newer is known", () => {
  const reasons = ["The photo is blurred."];
  const drawn = step("front", "retake", { reasons });
  assert.deepEqual(standing(drawn, page()), { state: "retake", reasons });
  assert.equal(stateOf({ notes: [note("front", "accepted", { at: 99 })] }, drawn), "retake");
});

test("a note that is newer than the page counts, with its reasons", () => {
  const reasons = ["The photo is too dark."];
  const notes = [note("front", "retake", { reasons }), note("left", "accepted")];
  assert.deepEqual(standing(step("front", "checking"), page({ notes })), {
    state: "retake",
    reasons,
  });
});

test("a note of another visit says nothing", () => {
  assert.equal(stateOf({ notes: [note("front", "accepted", { visit: "week-4" })] }), "todo");
});

test("a page made just after the photo arrived knows better than the note of its arrival", () => {
  const notes = [note("front", "checking")];
  const drawn = step("front", "retake", { photo: "photo-front" });
  assert.equal(stateOf({ notes }, drawn), "retake");
  assert.equal(
    stateOf({ notes }, step("front", "retake", { photo: "an-earlier-one" })),
    "checking",
  );
});

test("a photo that nobody has decided on is not taken, and says so unless another goes out", () => {
  const undecided = photo("front", { state: "undecided" });
  assert.equal(stateOf({ photos: [undecided] }), "undecided");
  assert.equal(
    stateOf({ photos: [photo("front", { id: "refused", state: "refused" }), undecided] }),
    "undecided",
  );
  assert.equal(stateOf({ photos: [photo("front", { id: "first" }), undecided] }), "waiting");
  assert.equal(isTaken({ state: "undecided" }), false);
});

test("a photo on this phone counts before what is to be done", () => {
  for (const drawn of [step("front"), step("front", "retake")]) {
    assert.equal(stateOf({ photos: [photo("front")] }, drawn), "waiting");
    assert.equal(stateOf({ photos: [photo("front", { state: "blocked" })] }, drawn), "waiting");
    assert.equal(stateOf({ photos: [photo("front", { state: "refused" })] }, drawn), "unsent");
  }
  const sending = { photos: [photo("front", { state: "sending", share: 0.5 })] };
  assert.equal(standing(step("front"), page(sending)).share, 0.5);
});

test("a photo on this phone does not undo what the server has", () => {
  for (const state of ["accepted", "checking"]) {
    const refused = { photos: [photo("front", { state: "refused" })] };
    assert.equal(stateOf(refused, step("front", state)), state);
  }
});

test("a photo that can still go out counts before one that was refused", () => {
  const photos = [photo("front"), photo("front", { id: "later", state: "refused" })];
  assert.equal(stateOf({ photos }), "waiting");
});

test("a photo whose check has stopped is told with its words, until another is taken", () => {
  const reasons = ["Your photo is kept."];
  const held = step("front", "held", { reasons });
  assert.deepEqual(standing(held, page()), { state: "held", reasons });
  assert.equal(isTaken({ state: "held" }), true);
  assert.equal(stateOf({ photos: [photo("front")] }, held), "waiting");
  assert.equal(
    stateOf({ notes: [note("front", "checking", { photo: "another" })] }, held),
    "checking",
  );
});
