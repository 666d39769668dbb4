import assert from "node:assert/strict";
import { test } from "node:test";
import { sizeOf } from "#js/participants/capture/camera/stream.js";

const segment = (marker, body) => [0xff, marker, 0, body.length + 2, ...body];
// SOF0 of 8064 × 6048, eight bits.
const frame = [8, 6048 >> 8, 6048 & 255, 8064 >> 8, 8064 & 255, 3];
const jpeg = (...segments) => new Blob([Uint8Array.from([0xff, 0xd8, ...segments.flat()])]);

test("a still's size is read from its header, behind EXIF and tables", async () => {
  const file = jpeg(segment(0xe1, [1, 2, 3]), segment(0xc4, [4, 5]), segment(0xc0, frame), [0, 0]);
  assert.deepEqual(await sizeOf(file), { width: 8064, height: 6048 });
});

test("progressive ones, and padding before a marker, are read as well", async () => {
  const file = jpeg([0xff], segment(0xc2, frame), [0, 0]);
  assert.deepEqual(await sizeOf(file), { width: 8064, height: 6048 });
});

test("what is no JPEG, or ends too early, has no size", async () => {
  assert.deepEqual(await sizeOf(new Blob(["Dear study team"])), { width: 0, height: 0 });
  assert.deepEqual(await sizeOf(jpeg(segment(0xe0, [1]))), { width: 0, height: 0 });
});
