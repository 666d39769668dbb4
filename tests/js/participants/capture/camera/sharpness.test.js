import assert from "node:assert/strict";
import { test } from "node:test";
import { CHIP_HEIGHT, CHIP_WIDTH } from "#js/participants/capture/camera/chip.js";
import { measureSharpness } from "#js/participants/capture/camera/sharpness.js";
import { gates } from "../../../study.js";

const SIZE = CHIP_WIDTH * CHIP_HEIGHT;
const FACE = new Uint8Array(SIZE).fill(1);

// Blots of 8 pixels, dark or light as a fixed row of numbers says.
const texture = () => {
  let state = 1;
  const across = CHIP_WIDTH / 8;
  const blots = Array.from({ length: across * (CHIP_HEIGHT / 8) }, () => {
    state = (state * 48271) % 2147483647;
    return state % 2 ? 60 : 180;
  });
  const at = (i) => ((i % CHIP_WIDTH) >> 3) + across * (Math.floor(i / CHIP_WIDTH) >> 3);
  return Uint8Array.from({ length: SIZE }, (_, i) => blots[at(i)]);
};

// The mean over `length` pixels along the rows (step 1) or down the columns (step CHIP_WIDTH).
const smeared = (luma, length, step) => {
  const last = step === 1 ? CHIP_WIDTH - 1 : CHIP_HEIGHT - 1;
  return luma.map((_, i) => {
    const place = step === 1 ? i % CHIP_WIDTH : Math.floor(i / CHIP_WIDTH);
    let sum = 0;
    for (let k = 0; k < length; k += 1) sum += luma[i + (Math.min(last, place + k) - place) * step];
    return sum / length;
  });
};
const of = (luma) => measureSharpness({ luma, face: FACE });

test("a picture out of focus is blurred and has not moved", () => {
  const sharp = of(texture());
  let soft = texture();
  for (let round = 0; round < 3; round += 1) soft = smeared(smeared(soft, 9, 1), 9, CHIP_WIDTH);
  assert.ok(sharp.blur < 0.5, sharp.blur);
  assert.ok(of(soft).blur > 0.7, of(soft).blur);
  assert.equal(of(soft).motion, 0);
});

test("a smear is told in either direction, and a sharp picture has none", () => {
  assert.ok(of(texture()).motion < 1, of(texture()).motion);
  const along = of(smeared(texture(), 9, 1)).motion;
  const down = of(smeared(texture(), 9, CHIP_WIDTH)).motion;
  assert.ok(Math.min(along, down) > gates.motion.reject, [along, down]);
  assert.ok(Math.abs(along - down) < 0.1 * along, [along, down]);
});

test("a face without any edge counts as blurred", () => {
  assert.equal(of(new Uint8Array(SIZE).fill(120)).blur, 1);
});
