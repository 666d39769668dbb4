// Scores as the server computes them (tests/inference/reading/test_scales.py has the same case).

import assert from "node:assert/strict";
import { test } from "node:test";

import { scoreOf } from "#js/inference/reading/score.js";

const area = (title, weight, ...parts) => ({ title, weight, parts });

test("MASI by hand", () => {
  const { score } = scoreOf([
    area("Forehead", 0.3, 2, 2, 1),
    area("Right cheek", 0.3, 4, 3, 2),
    area("Left cheek", 0.3, 3, 3, 3),
    area("Chin", 0.1, 0, 0, 0),
  ]);
  assert.equal(score, 13.2);
});

test("nothing is said before all is given", () => {
  assert.deepEqual(scoreOf([area("Chin", 0.1, 2, null, 1)]), { score: null, why: "" });
});

test("signs without an area, or an area without signs, are told", () => {
  for (const parts of [
    [0, 1, 0],
    [2, 0, 0],
  ]) {
    const { score, why } = scoreOf([area("Chin", 0.1, ...parts)]);
    assert.equal(score, null);
    assert.match(why, /^Chin:/);
  }
});
