import assert from "node:assert/strict";
import { test } from "node:test";
import { howTaken } from "#js/participants/capture/camera/record.js";

const HOW = { method: "guided", facing: "user", trigger: "auto" };

test("measures are rounded, and only numbers are told", () => {
  const values = { blur: 0.123456, noise: null, motion: Number.NaN, inter_eye: 301 };
  assert.deepEqual(howTaken({ values }, HOW).measures, { blur: 0.123, inter_eye: 301 });
});

test("the alignment is a share of one, and null where there was none", () => {
  assert.equal(howTaken({ alignment: 69 }, HOW).alignment, 0.69);
  assert.equal(howTaken({ alignment: null }, HOW).alignment, null);
});

test("a photo that was not looked at says so", () => {
  const { engine, width, height, override } = howTaken(null, HOW);
  assert.deepEqual(
    { engine, width, height, override },
    { engine: "none", width: 0, height: 0, override: [] },
  );
});

test("a camera that is neither front nor back is not told", () => {
  assert.equal(howTaken(null, { ...HOW, facing: "left" }).facing, null);
  assert.equal(howTaken(null, HOW).facing, "user");
});

test("a photo kept in spite of a reason carries it", () => {
  assert.deepEqual(howTaken({ reasons: ["blurred"] }, HOW).override, ["blurred"]);
});
