// A reader's own time: what counts, and what a break takes out.

import assert from "node:assert/strict";
import { test } from "node:test";

import { aboutHowLong, Clock } from "#js/inference/reading/clock.js";

const made = (idle = 60_000) => {
  const time = { now: 0 };
  return { time, clock: new Clock(idle, () => time.now) };
};

test("what passes between signs of life counts", () => {
  const { time, clock } = made();
  for (const at of [1_000, 4_000, 40_000]) {
    time.now = at;
    clock.touch();
  }
  time.now = 41_000;
  assert.equal(clock.active, 41_000);
});

test("a break longer than the cut counts for nothing", () => {
  const { time, clock } = made();
  time.now = 5_000;
  clock.touch();
  time.now = 600_000;
  clock.touch();
  time.now = 602_000;
  assert.equal(clock.active, 7_000);
});

test("while it is stopped nothing counts, and another case begins anew", () => {
  const { time, clock } = made();
  time.now = 2_000;
  clock.stop();
  time.now = 30_000;
  clock.touch();
  assert.equal(clock.active, 2_000);
  clock.go();
  time.now = 31_000;
  assert.equal(clock.active, 3_000);
  clock.start();
  time.now = 31_500;
  assert.equal(clock.active, 500);
});

test("times are told about as long as they are", () => {
  const told = [10_000, 60_000, 3_540_000, 3_600_000, 5_400_000].map(aboutHowLong);
  assert.deepEqual(told, ["less than a minute", "1 min", "59 min", "1 h", "1 h 30 min"]);
});
