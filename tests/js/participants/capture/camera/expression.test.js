import assert from "node:assert/strict";
import { test } from "node:test";
import { CHIP_HEIGHT, CHIP_WIDTH } from "#js/participants/capture/camera/chip.js";
import { INNER_LIPS, measureExpression } from "#js/participants/capture/camera/expression.js";
import { adviceOn, doubts } from "#js/participants/capture/camera/gates.js";
import { describeFace } from "#js/participants/capture/camera/pose.js";
import { LIPS } from "#js/participants/capture/camera/topology.js";
import { close, head } from "../../../heads.js";
import { gates, viewYaw } from "../../../study.js";

const AHEAD = { yaw: 0, pitch: 0, roll: 0 };
const SKIN = [205, 160, 140];
const LIP = [180, 90, 95];

// A chip in which the mouth is `open` pixels high and of this colour between the lips.
function chip({ open = 0, between = LIP } = {}) {
  const points = new Float32Array(936);
  const set = (i, x, y) => points.set([x, y], 2 * i);
  const ring = (indices, high, wide) => {
    for (const [k, i] of indices.entries()) {
      const turn = (2 * Math.PI * k) / indices.length;
      set(i, 192 + wide * Math.cos(turn), 320 + high * Math.sin(turn));
    }
  };
  ring(LIPS, 18, 50);
  ring(INNER_LIPS, Math.max(1, open / 2), 44);
  set(61, 142, 320);
  set(291, 242, 320);
  set(13, 192, 320 - open / 2);
  set(14, 192, 320 + open / 2);
  const size = CHIP_WIDTH * CHIP_HEIGHT;
  const pixels = new Uint8ClampedArray(4 * size);
  const skin = new Uint8Array(size);
  for (let i = 0; i < size; i += 1) {
    const [x, y] = [i % CHIP_WIDTH, Math.floor(i / CHIP_WIDTH)];
    const inside = (high, wide) => ((x - 192) / wide) ** 2 + ((y - 320) / high) ** 2 < 1;
    const lips = inside(19, 51);
    pixels.set(open && inside(open / 2, 44) ? between : lips ? LIP : SKIN, 4 * i);
    skin[i] = lips ? 0 : 1;
  }
  return { points, pixels, skin, face: new Uint8Array(size).fill(1) };
}
const face = (change = () => {}, pose = AHEAD) => {
  const points = head(AHEAD);
  change(points);
  const turned = head(pose);
  return describeFace(pose === AHEAD ? points : turned);
};

test("wider and higher corners of the mouth are more of a smile, whichever way the head looks", () => {
  const smile = (...given) => measureExpression(face(...given), chip()).smile;
  const rest = smile();
  const corners = (points) => {
    points[3 * 61] -= 20;
    points[3 * 291] += 20;
    points[3 * 61 + 1] -= 12;
    points[3 * 291 + 1] -= 12;
  };
  assert.ok(smile(corners) > rest + 10, `${smile(corners)} after ${rest}`);
  close(smile(undefined, { yaw: 12, pitch: -8, roll: 20 }), rest, 0.5);
});

test("lips apart and teeth are counted in the mouth's own measure", () => {
  const shut = measureExpression(face(), chip());
  close(shut.mouth_gap, 0);
  assert.equal(shut.teeth, 0);
  const open = measureExpression(face(), chip({ open: 22, between: [60, 20, 20] }));
  close(open.mouth_gap, 22, 0.01);
  assert.equal(open.teeth, 0, "an open mouth shows no teeth");
  const teeth = measureExpression(face(), chip({ open: 10, between: [230, 225, 215] })).teeth;
  assert.ok(teeth > 6 && teeth < 7, teeth);
});

test("what normal only warns of is advice, and strict refuses it", () => {
  const smiling = { face: AHEAD, values: { smile: 90, teeth: 3, mouth_gap: 10 } };
  assert.deepEqual(doubts(smiling, { gates, view: "front", viewYaw }), []);
  assert.deepEqual(adviceOn(smiling, gates), ["not_relaxed"]);
  const strict = { ...gates, smile: { warn: 70, reject: 73, worse: "above" } };
  assert.deepEqual(doubts(smiling, { gates: strict, view: "front", viewYaw }), ["not_relaxed"]);
  assert.deepEqual(adviceOn({ face: AHEAD, values: { smile: 72, blur: 0.7 } }, gates), []);
});
