import assert from "node:assert/strict";
import { test } from "node:test";
import { AutoShutter } from "#js/participants/capture/camera/shutter.js";

// The times at which the photo takes itself, of looks every 250 ms for so long.
const shots = (seconds, { good = () => true, on = true } = {}) => {
  const shutter = new AutoShutter({ on });
  const times = Array.from({ length: seconds * 4 }, (_, i) => 250 * i);
  return times.filter((now) => shutter.update(good(now), now).fire);
};

test("a second of good looks takes one photo", () => {
  assert.deepEqual(shots(4), [1000]);
});

test("switched off it takes none", () => {
  assert.deepEqual(shots(4, { on: false }), []);
});

test("one bad look begins the second anew", () => {
  assert.deepEqual(shots(3, { good: (now) => now !== 750 }), [2000]);
});

test("progress goes from nothing to whole, and after a reset once more", () => {
  const shutter = new AutoShutter();
  assert.equal(shutter.update(true, 0).progress, 0);
  assert.equal(shutter.update(true, 400).progress, 0.4);
  assert.deepEqual(shutter.update(true, 1500), { progress: 1, fire: true });
  assert.deepEqual(shutter.update(true, 3000), { progress: 0, fire: false });
  shutter.reset();
  shutter.update(true, 4000);
  assert.ok(shutter.update(true, 5000).fire);
});
