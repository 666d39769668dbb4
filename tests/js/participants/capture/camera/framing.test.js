import assert from "node:assert/strict";
import { test } from "node:test";
import { misfit, offOutline } from "#js/participants/capture/camera/framing.js";
import { alignmentOf, genericPoints, outlineOf } from "#js/participants/capture/camera/outline.js";
import { describeFace } from "#js/participants/capture/camera/pose.js";
import { close, head } from "../../../heads.js";
import { viewYaw } from "../../../study.js";

const [WIDTH, HEIGHT] = [1080, 1440];
const AHEAD = { yaw: 0, pitch: 0, roll: 0 };
const nobodys = outlineOf(genericPoints("front", WIDTH, HEIGHT, viewYaw), WIDTH, HEIGHT, AHEAD);
const SIZE = (4 * nobodys.height * HEIGHT) / describeFace(head(AHEAD)).box[3];
const outline = outlineOf(head(AHEAD, { size: SIZE }), WIDTH, HEIGHT, AHEAD);

const told = (pose, { times = 1, aside = 0, own = false, told = false } = {}) => {
  const at = [WIDTH / 2 + aside * outline.height * HEIGHT, HEIGHT / 2];
  const face = describeFace(head({ ...AHEAD, ...pose }, { size: times * SIZE, at }));
  const alignment = own ? alignmentOf(face, outline, WIDTH, HEIGHT) : null;
  return misfit(offOutline(face, outline, WIDTH, HEIGHT), alignment, { told });
};

test("a face that fills the outline fits, at the first visit and later", () => {
  assert.equal(told({}), null);
  assert.equal(told({}, { own: true }), null);
  assert.equal(told({}, { times: 1.1, aside: 0.1 }), null);
});

test("at the first visit a face larger or smaller than the outline is told so", () => {
  assert.equal(told({}, { times: 1.25 }), "too_near");
  assert.equal(told({}, { times: 0.8 }), "too_far");
  assert.equal(told({}, { aside: 0.2 }), "off_centre");
});

test("what has been told goes only when it is clearly better", () => {
  assert.equal(told({}, { times: 1.17 }), null);
  assert.equal(told({}, { times: 1.17, told: true }), "too_near");
});

test("almost last time's framing is told by what is furthest off", () => {
  const own = true;
  assert.equal(told({}, { times: 1.17, aside: 0.02, own }), "too_near");
  assert.equal(told({ yaw: 12 }, { own }), "back_right");
  assert.equal(told({ yaw: -12 }, { own }), "back_left");
  assert.equal(told({ pitch: 13 }, { own }), "looking_up");
  assert.equal(told({ pitch: -13 }, { own }), "looking_down");
  assert.equal(told({ roll: 13 }, { own }), "tilted");
  assert.equal(told({ yaw: 12 }), null, "a first visit has gates of its own for the turn");
});

test("how far off a face is counts in the outline's own measure", () => {
  const face = describeFace(head(AHEAD, { size: 1.2 * SIZE, at: [540, 720] }));
  close(offOutline(face, outline, WIDTH, HEIGHT).size, Math.log(1.2), 0.01);
});
