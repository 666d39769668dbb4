// Light on a face: exposure, evenness, colour. The formulas are those of
// participants/imaging/measures.py, so that none takes dark skin for a dark photo.

import { CHIP_WIDTH } from "./chip.js";
import { NOSE_BASE, NOSE_BRIDGE } from "./topology.js";

const BRIGHT_LUMA = 247;
const DARK_LUMA = 25;
const DARK_FRAME = 60; // luma that 0.5% of a picture must reach, as on the server

// sRGB, 0 to 255, to linear light, 0 to 1.
function linear(value) {
  const v = value / 255;
  return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
}
const LINEAR = Float32Array.from({ length: 256 }, (_, value) => linear(value));

// A histogram of bytes where `inside` is 1; its sum is counts.total.
export function histogram(values, inside) {
  const counts = new Uint32Array(256);
  let total = 0;
  for (let i = 0; i < values.length; i += 1) {
    if (inside && !inside[i]) continue;
    counts[values[i]] += 1;
    total += 1;
  }
  return { counts, total };
}

// As numpy's percentile with linear interpolation.
export function percentileOf({ counts, total }, percent) {
  if (!total) return 0;
  const rank = ((total - 1) * percent) / 100;
  const at = (wanted) => {
    let seen = 0;
    for (let value = 0; value < 256; value += 1) {
      seen += counts[value];
      if (seen > wanted) return value;
    }
    return 255;
  };
  const low = at(Math.floor(rank));
  const high = at(Math.ceil(rank));
  return low + (high - low) * (rank - Math.floor(rank));
}

// Of a whole picture: no part of it is bright.
export const isDark = (luma) => percentileOf(histogram(luma), 99.5) < DARK_FRAME;

const share = ({ counts, total }, from, to) => {
  if (!total) return 0;
  let hits = 0;
  for (let value = from; value <= Math.min(255, to); value += 1) hits += counts[value];
  return (100 * hits) / total;
};

// { overexposed, underexposed (% of the skin), brightest (luma), unevenness (ratio), colour_cast }
export function measureLight(chip) {
  const skin = histogram(chip.luma, chip.skin);
  const face = histogram(chip.luma, chip.face);
  const lost = Math.min(DARK_LUMA, percentileOf(skin, 50) / 4);
  return {
    overexposed: share(skin, BRIGHT_LUMA, 255),
    underexposed: share(skin, 0, Math.floor(lost)),
    brightest: percentileOf(face, 99.5),
    unevenness: unevenness(chip),
    colour_cast: colourCast(chip),
  };
}

// Ratio (1 or more) of the median linear luminance of the two halves of the face.
function unevenness({ pixels, skin, points }) {
  const top = [points[2 * NOSE_BRIDGE], points[2 * NOSE_BRIDGE + 1]];
  const bottom = [points[2 * NOSE_BASE], points[2 * NOSE_BASE + 1]];
  const slope = (bottom[0] - top[0]) / Math.max(2, bottom[1] - top[1]);
  const halves = [[], []];
  for (let y = 0; y * CHIP_WIDTH < skin.length; y += 2) {
    const middle = top[0] + slope * (y - top[1]);
    for (let x = 0; x < CHIP_WIDTH; x += 2) {
      const at = y * CHIP_WIDTH + x;
      if (skin[at]) halves[x < middle ? 0 : 1].push(luminance(pixels, 4 * at));
    }
  }
  return ratioOf(halves);
}

export function ratioOf(halves) {
  if (Math.min(halves[0].length, halves[1].length) < 50) return 1;
  const [one, other] = halves.map((half) => medianOf(half) + 1e-4);
  return Math.max(one, other) / Math.min(one, other);
}

export const luminance = (pixels, at) =>
  0.2126 * LINEAR[pixels[at]] + 0.7152 * LINEAR[pixels[at + 1]] + 0.0722 * LINEAR[pixels[at + 2]];

export function medianOf(values) {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

// Distance in a*b* from the colours that skin has: OFIQ's box, its lower edge falling with L*.
function colourCast({ pixels, skin }) {
  const channel = (offset) => {
    const counts = new Uint32Array(256);
    let total = 0;
    for (let i = 0; i < skin.length; i += 1) {
      if (!skin[i]) continue;
      counts[pixels[4 * i + offset]] += 1;
      total += 1;
    }
    return percentileOf({ counts, total }, 50);
  };
  const [lightness, a, b] = labOf(channel(0), channel(1), channel(2));
  const floor = 5 * Math.min(1, lightness / 50);
  return Math.hypot(Math.max(floor - a, a - 25, 0), Math.max(floor - b, b - 35, 0));
}

// CIE L*a*b* (D65) of an sRGB colour, 0 to 255.
export function labOf(red, green, blue) {
  const [r, g, b] = [red, green, blue].map(linear);
  const x = (0.412453 * r + 0.35758 * g + 0.180423 * b) / 0.950456;
  const y = 0.212671 * r + 0.71516 * g + 0.072169 * b;
  const z = (0.019334 * r + 0.119193 * g + 0.950227 * b) / 1.088754;
  const [fx, fy, fz] = [x, y, z].map((v) => (v > 0.008856 ? Math.cbrt(v) : 7.787 * v + 16 / 116));
  return [y > 0.008856 ? 116 * fy - 16 : 903.3 * y, 500 * (fx - fy), 200 * (fy - fz)];
}
