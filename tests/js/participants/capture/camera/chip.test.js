import assert from "node:assert/strict";
import { test } from "node:test";
import { hull, lumaOf } from "#js/participants/capture/camera/chip.js";

test("luma weighs the colours as BT.601 does", () => {
  const pixels = Uint8ClampedArray.of(
    ...[255, 255, 255, 255],
    ...[255, 0, 0, 255],
    ...[0, 255, 0, 255],
    ...[0, 0, 255, 255],
    ...[0, 0, 0, 255],
  );
  assert.deepEqual([...lumaOf(pixels)], [255, 76, 150, 29, 0]);
});

test("a hull holds the corners alone, once each", () => {
  const corners = [
    [0, 0],
    [4, 0],
    [4, 3],
    [0, 3],
  ];
  const inside = [
    [1, 1],
    [2, 0], // on an edge
    [3, 2],
    [4, 0], // twice
  ];
  const found = hull([...inside, ...corners]);
  assert.equal(found.length, 4);
  assert.deepEqual(new Set(found.map(String)), new Set(corners.map(String)));
});
