import assert from "node:assert/strict";
import { test } from "node:test";
import { AutoShutter } from "#js/participants/capture/camera/shutter.js";

// The times at which the photo takes itself, of looks every 250 ms for so long.
const shots = (seconds, { good = () => true, alignment = null, on = true } = {}) => {
  const shutter = new AutoShutter({ on });
  const times = Array.from({ length: seconds * 4 }, (_, i) => 250 * i);
  return times.filter((now) => shutter.update(good(now), alignment, now).fire);
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

test("last time's framing is waited for and never blocks", () => {
  assert.deepEqual(shots(4, { alignment: 70 }), [1000]);
  assert.deepEqual(shots(6, { alignment: 69 }), [3500]);
});

test("progress goes from nothing to whole, and after a reset once more", () => {
  const shutter = new AutoShutter();
  assert.equal(shutter.update(true, null, 0).progress, 0);
  assert.equal(shutter.update(true, null, 400).progress, 0.4);
  assert.deepEqual(shutter.update(true, null, 1500), { progress: 1, fire: true });
  assert.deepEqual(shutter.update(true, null, 3000), { progress: 0, fire: false });
  shutter.reset();
  shutter.update(true, null, 4000);
  assert.ok(shutter.update(true, null, 5000).fire);
});
