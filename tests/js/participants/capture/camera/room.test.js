import assert from "node:assert/strict";
import { test } from "node:test";
import { faceOn, isFree, sizesFrom } from "#js/participants/capture/camera/room.js";
import { close } from "../../../heads.js";

const shown = { left: 0, top: 80, width: 360, height: 480 };
const outline = {
  lines: [
    [
      [-0.1, -0.2],
      [0.2, 0],
      [0, 0.2],
    ],
  ],
};

test("the face is where the outline asks for it, with its forehead and ears", () => {
  const face = faceOn(outline, shown, false);
  close(face.bottom, 80 + 240 + 0.2 * 480, 0.01);
  close(face.top, 80 + 240 - 0.2 * 480 - 0.15 * 0.4 * 480, 0.01);
  close(face.left, 180 - 0.1 * 480 - 0.05 * 0.4 * 480, 0.01);
  close(faceOn(outline, shown, true).right, 180 + 0.1 * 480 + 0.05 * 0.4 * 480, 0.01);
});

test("words are free of it above, below or beside, and on the screen", () => {
  const face = { left: 100, top: 200, right: 260, bottom: 400 };
  const box = (left, top, right, bottom) => ({ left, top, right, bottom });
  assert.ok(isFree(box(0, 60, 360, 190), face, 640));
  assert.ok(isFree(box(0, 410, 360, 500), face, 640));
  assert.ok(isFree(box(0, 60, 90, 500), face, 640));
  assert.ok(!isFree(box(0, 60, 360, 196), face, 640)); // too near to be told apart
  assert.ok(!isFree(box(0, 410, 360, 650), face, 640)); // below the screen
});

test("text begins at the person's own size and ends at one that can be read", () => {
  assert.deepEqual(sizesFrom(20), [20, 18, 16, 14]);
  assert.equal(sizesFrom(52).at(-1), 14);
  assert.deepEqual(sizesFrom(12), [12]);
});
