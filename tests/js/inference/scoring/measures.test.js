// Lengths on a photo, and points carried from one photo to another.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  after,
  carried,
  distanceWords,
  inMillimetres,
  inverse,
  roundLength,
} from "#js/inference/scoring/viewer/measures.js";

test("a scale bar is the longest round length that fits", () => {
  for (const [mm, room, length] of [
    [0.1, 140, 10],
    [0.2, 140, 20],
    [1, 140, 100],
    [0.003, 140, 0.2],
    [0.0101, 100, 1],
  ]) {
    const round = roundLength(mm, room);
    assert.equal(inMillimetres(round.length), inMillimetres(length), `${mm}`);
    assert.ok(round.pixels <= room && round.pixels > room / 2.6, `${mm}: ${round.pixels}`);
  }
});

test("without a scale there is no bar", () => {
  for (const mm of [0, Number.NaN, Number.POSITIVE_INFINITY, -1])
    assert.equal(roundLength(mm, 140), null);
});

test("a distance is told in mm with its error, or in pixels", () => {
  const [a, b] = [
    { x: 0, y: 0 },
    { x: 30, y: 40 },
  ];
  assert.equal(distanceWords(a, b, 0.1, 0), "5 mm");
  assert.equal(distanceWords(a, b, 0.1, 8), "5 mm ± 0.4 mm");
  assert.equal(distanceWords(a, b, 0, 8), "50 px");
});

const close = (one, other) => {
  assert.ok(Math.abs(one.x - other.x) < 1e-9 && Math.abs(one.y - other.y) < 1e-9, `${one.x}`);
};

test("a similarity and its inverse end where they began, and two in turn are one", () => {
  const first = { scale: 1.3, angle: 0.2, x: 40, y: -7 };
  const second = { scale: 0.6, angle: -0.9, x: -3, y: 100 };
  const point = { x: 123, y: 456 };
  close(carried(carried(point, first), inverse(first)), point);
  close(carried(carried(point, first), second), carried(point, after(first, second)));
});
