import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { shownHint, signFor, wordsFor } from "#js/participants/capture/camera/hints.js";

afterEach(() => {
  globalThis.django = undefined;
});

const told = (hint, { mode = "landmarks", loading = false, auto = true } = {}) =>
  shownHint(hint, mode, { loading, auto });

test("a hint is told in the page's language as it is then", () => {
  assert.equal(wordsFor("hold_still"), "Hold still.");
  globalThis.django = { gettext: (words) => `„${words}“` };
  assert.equal(wordsFor("hold_still"), "„Hold still.“");
});

test("an unknown hint asks for the face", () => {
  assert.equal(wordsFor("never_heard_of"), wordsFor("no_face"));
  assert.equal(signFor("never_heard_of", true), "outline");
});

test("arrows of a picture that is not mirrored point the other way, other signs stay", () => {
  assert.equal(signFor("turn_left", true), "left");
  assert.equal(signFor("turn_left", false), "right");
  assert.equal(signFor("back_right", false), "left");
  assert.equal(signFor("looking_up", false), "down");
});

test("while the face finder loads only light is told", () => {
  assert.equal(told("too_dark", { loading: true }), "too_dark");
  assert.equal(told("too_bright", { loading: true }), "too_bright");
  for (const hint of ["no_face", "good"]) assert.equal(told(hint, { loading: true }), "waiting");
});

test("when all is good it says what happens next", () => {
  assert.equal(told("good"), "good");
  assert.equal(told("good", { auto: false }), "ready");
  assert.equal(told("good", { mode: "light" }), "light");
});
