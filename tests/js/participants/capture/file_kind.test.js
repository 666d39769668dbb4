import assert from "node:assert/strict";
import { test } from "node:test";

import { isPhoto, refusalOf } from "#js/participants/capture/file_kind.js";

const FORMATS = { JPEG: 220e6, PNG: 50e6, WEBP: 22e6, HEIF: 51e6, AVIF: 22e6 };
const refusal = (...parts) =>
  refusalOf(new Blob(parts.map((part) => new Uint8Array(part))), FORMATS);
const letters = (words) => [...words].map((letter) => letter.charCodeAt(0));
const two = (value) => [value >> 8, value & 255];
const four = (value) => [...two(value >>> 16), ...two(value & 0xffff)];
const rest = new Array(20).fill(0);

const jpeg = ({ marker = 0xc0, bits = 8, width = 4000, height = 3000 } = {}) => [
  ...[0xff, 0xd8, 0xff, 0xe1, ...two(60002), ...new Array(60000).fill(0xc3)],
  ...[0xff, 0xff, marker, ...two(17), bits, ...two(height), ...two(width), 3],
  ...rest,
];
const png = (width, height, chunk = "IHDR") => [
  ...[...letters("\x89PNG\r\n\x1a\n"), 0, 0, 0, 13, ...letters(chunk)],
  ...[...four(width), ...four(height), ...rest],
];
const webp = (kind, ...body) => [
  ...[...letters("RIFF"), 0, 0, 0, 0, ...letters(`WEBP${kind}`), 0, 0, 0, 0],
  ...[...body, ...rest],
];

test("a JPEG is judged by its frame, wherever that stands", async () => {
  assert.equal(await refusal(jpeg()), null);
  assert.equal(await refusal(jpeg({ width: 12000, height: 9000 })), null);
  assert.equal(await refusal(jpeg({ width: 20000, height: 12000 })), "too_many_pixels");
  for (const of of [{ marker: 0xc1, bits: 12 }, { marker: 0xc3 }, { marker: 0xf7 }]) {
    assert.equal(await refusal(jpeg(of)), "kind_not_readable");
  }
});

test("PNG and WebP have limits of their own", async () => {
  assert.equal(await refusal(png(4000, 3000)), null);
  assert.equal(await refusal(png(9000, 9000)), "too_many_pixels");
  assert.equal(await refusal(png(0, 0, "CgBI")), "kind_not_readable");
  const canvas = (a, b) => webp("VP8X", 0, 0, 0, 0, a & 255, a >> 8, 0, b & 255, b >> 8, 0);
  assert.equal(await refusal(canvas(3999, 2999)), null);
  assert.equal(await refusal(canvas(16382, 3959)), "too_many_pixels");
  const plain = (a, b) => webp("VP8 ", 0, 0, 0, 0x9d, 1, 0x2a, a & 255, a >> 8, b & 255, b >> 8);
  assert.equal(await refusal(plain(4000, 3000)), null);
  assert.equal(await refusal(plain(16383, 3960)), "too_many_pixels");
  const bits = 16382 | (3959 << 14);
  const packed = four(bits >>> 0).reverse();
  assert.equal(await refusal(webp("VP8L", 0x2f, ...packed)), "too_many_pixels");
});

const avif = (brand, ...sides) => [
  ...[...letters(`\0\0\0\x20ftyp${brand}`), ...rest, ...letters("\0\0\0\x14ispe"), ...four(0)],
  ...[...sides.flatMap(four), ...rest],
];

test("an AVIF is a photo, of a limited size, whatever the browser can show", async () => {
  assert.equal(await refusal(avif("avif", 4000, 3000)), null);
  assert.equal(await refusal(avif("avis", 6000, 4000)), "too_many_pixels");
  assert.equal(await refusal(avif("avif")), null);
  assert.equal(await isPhoto(new Blob([new Uint8Array(avif("avif", 4000, 3000))])), true);
  assert.equal(await isPhoto(new Blob([new Uint8Array(avif("isom", 4000, 3000))])), false);
});

test("of what it does not know it says nothing", async () => {
  assert.equal(await refusal([]), null);
  assert.equal(await refusal(letters("\0\0\0\x18ftypheic"), rest), null);
  assert.equal(await refusal([0xff, 0xd8, 0xff]), null);
  assert.equal(await refusal([0xff, 0xd8, 0xff, 0xe1, 0xff, 0xff], rest), null);
});
