// Which key presses say something of a photo: a letter by itself, not one that is typed somewhere.

import assert from "node:assert/strict";
import test from "node:test";

import { letterOf } from "../../../../static/js/participants/review/review.js";

const somewhere = { closest: () => null };
const inField = { closest: (selector) => (selector.includes("select") ? {} : null) };

test("a letter by itself counts, in either case", () => {
  assert.equal(letterOf({ key: "a", target: somewhere }), "a");
  assert.equal(letterOf({ key: "R", target: somewhere }), "r");
});

test("what is typed into a field, held down or meant for the browser says nothing", () => {
  assert.equal(letterOf({ key: "a", target: inField }), null);
  for (const modifier of ["ctrlKey", "metaKey", "altKey", "repeat"]) {
    assert.equal(letterOf({ key: "a", target: somewhere, [modifier]: true }), null);
  }
  assert.equal(letterOf({ key: "Enter", target: somewhere }), null);
});
