import assert from "node:assert/strict";
import { test } from "node:test";
import { CHIP_HEIGHT, CHIP_WIDTH, lumaOf } from "#js/participants/capture/camera/chip.js";
import * as light from "#js/participants/capture/camera/light.js";
import { NOSE_BASE, NOSE_BRIDGE } from "#js/participants/capture/camera/topology.js";
import { close } from "../../../heads.js";

// A chip all of skin whose nose stands upright in the middle, coloured by colour(x).
const chipOf = (colour) => {
  const size = CHIP_WIDTH * CHIP_HEIGHT;
  const pixels = new Uint8ClampedArray(4 * size);
  for (let i = 0; i < size; i += 1) pixels.set([...colour(i % CHIP_WIDTH), 255], 4 * i);
  const points = new Float32Array(2 * 468);
  points.set([CHIP_WIDTH / 2, 176], 2 * NOSE_BRIDGE);
  points.set([CHIP_WIDTH / 2, 260], 2 * NOSE_BASE);
  const skin = new Uint8Array(size).fill(1);
  return { pixels, points, skin, face: skin, luma: lumaOf(pixels) };
};
const SKIN = [200, 150, 120];

test("percentiles are interpolated as numpy's", () => {
  const counts = light.histogram(Uint8Array.of(10, 20, 30, 40));
  assert.equal(light.percentileOf(counts, 0), 10);
  assert.equal(light.percentileOf(counts, 50), 25);
  close(light.percentileOf(counts, 99.5), 39.85);
  assert.equal(light.percentileOf(light.histogram(new Uint8Array(0)), 50), 0);
});

test("a histogram counts what lies inside", () => {
  const { counts, total } = light.histogram(Uint8Array.of(7, 7, 9), Uint8Array.of(1, 0, 1));
  assert.deepEqual([counts[7], counts[9], total], [1, 1, 2]);
});

test("the median of an even number lies between the two in the middle", () => {
  assert.equal(light.medianOf([3, 1, 2]), 2);
  assert.equal(light.medianOf([4, 1, 2, 3]), 2.5);
});

test("CIE L*a*b* of known colours", () => {
  const lab = (expected, ...colour) => {
    for (const [i, value] of light.labOf(...colour).entries()) close(value, expected[i], 0.05);
  };
  lab([100, 0, 0], 255, 255, 255);
  lab([0, 0, 0], 0, 0, 0);
  lab([53.24, 80.09, 67.2], 255, 0, 0);
  lab([32.3, 79.19, -107.86], 0, 0, 255);
});

test("even skin in plain light has nothing to tell", () => {
  const measures = light.measureLight(chipOf(() => SKIN));
  assert.deepEqual(
    [measures.overexposed, measures.underexposed, measures.unevenness, measures.colour_cast],
    [0, 0, 1, 0],
  );
  assert.equal(measures.brightest, lumaOf(Uint8ClampedArray.of(...SKIN, 255))[0]);
});

test("one side in twice the light is twice as bright, whichever it is", () => {
  // 188 and 137 of sRGB are linear luminances of about 0.50 and 0.25.
  const lit = (left, right) => chipOf((x) => Array(3).fill(x < CHIP_WIDTH / 2 ? left : right));
  close(light.measureLight(lit(188, 137)).unevenness, 2, 0.03);
  close(light.measureLight(lit(137, 188)).unevenness, 2, 0.03);
});

test("a quarter lost in the light, and dark skin is not lost in shadow", () => {
  const glare = light.measureLight(chipOf((x) => (x < CHIP_WIDTH / 4 ? [255, 255, 255] : SKIN)));
  close(glare.overexposed, 25);
  assert.equal(light.measureLight(chipOf(() => [28, 20, 16])).underexposed, 0);
  const shadow = light.measureLight(chipOf((x) => (x < CHIP_WIDTH / 4 ? [5, 5, 5] : SKIN)));
  close(shadow.underexposed, 25);
});

test("a green light is a cast", () => {
  assert.ok(light.measureLight(chipOf(() => [90, 180, 90])).colour_cast > 12);
});

test("too little skin on one side says nothing of evenness", () => {
  assert.equal(light.ratioOf([Array(49).fill(1), Array(900).fill(0.1)]), 1);
  close(light.ratioOf([Array(50).fill(1), Array(900).fill(0.1)]), 10, 0.01);
});
