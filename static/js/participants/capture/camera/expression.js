// Whether a face is at rest: participants/imaging/expression.py, line by line. Pure.

import { CHIP_HEIGHT, CHIP_WIDTH } from "./chip.js";
import { labOf, medianOf } from "./light.js";
import { LEFT_EYE_ENDS, LIPS, NOSE_BASE, RIGHT_EYE_ENDS } from "./topology.js";

const MOUTH_CORNERS = [61, 291];
const LIP_MIDDLES = [13, 14];
export const INNER_LIPS = [
  78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191,
];
const LIFT = 0.75;
const DROP = 0.66;
const LIGHTER = 8;
const PALER = [0.65, 0.7];
const GROWN = 2; // pixels of the chip around the line where the lips meet

// { smile (% of the eyes' distance), teeth, mouth_gap (% of the mouth) } of a face that looks ahead.
export function measureExpression(face, chip) {
  const [upper, lower] = LIP_MIDDLES.map((i) => pointOf(chip.points, i));
  return {
    smile: smileOf(face),
    teeth: teethOf(chip),
    mouth_gap: (100 * Math.hypot(upper[0] - lower[0], upper[1] - lower[1])) / widthOf(chip),
  };
}

// In the head's own frame: the photo's points turned back.
function smileOf({ points, rotation }) {
  const at = (i) =>
    [0, 1, 2].map((axis) =>
      [0, 1, 2].reduce((sum, k) => sum + points[3 * i + k] * rotation[k][axis], 0),
    );
  const middle = ([a, b]) => at(a).map((value, axis) => (value + at(b)[axis]) / 2);
  const [right, left] = MOUTH_CORNERS.map(at);
  const corners = (right[1] + left[1]) / 2;
  const lifted = middle(LIP_MIDDLES)[1] - corners;
  const below = corners - at(NOSE_BASE)[1];
  const eyes = apart(middle(RIGHT_EYE_ENDS), middle(LEFT_EYE_ENDS));
  return (100 * (apart(right, left) + LIFT * lifted - DROP * below)) / eyes;
}

// Pixels between the lips that are lighter than these and paler than lips and skin.
function teethOf({ pixels, points, face, skin }) {
  const inside = grown(filled(points, INNER_LIPS));
  const lab = (i) => labOf(pixels[4 * i], pixels[4 * i + 1], pixels[4 * i + 2]);
  const lips = filled(points, LIPS).filter((i) => face[i] && !inside.has(i));
  const cheeks = [];
  for (let i = 0; i < skin.length; i += 7) if (skin[i]) cheeks.push(i); // a sample does for a median
  if (lips.length < 50 || cheeks.length < 8) return 0;
  const usual = (places) => {
    const colours = places.map(lab);
    return [0, 1, 2].map((channel) => medianOf(colours.map((colour) => colour[channel])));
  };
  const lip = usual(lips);
  const cheek = usual(cheeks);
  const limit = Math.min(
    PALER[0] * Math.hypot(lip[1], lip[2]),
    PALER[1] * Math.hypot(cheek[1], cheek[2]),
  );
  let found = 0;
  for (const i of inside) {
    if (!face[i]) continue;
    const [lightness, a, b] = lab(i);
    if (lightness > lip[0] + LIGHTER && Math.hypot(a, b) < limit) found += 1;
  }
  return (100 * found) / widthOf({ points }) ** 2;
}

const pointOf = (points, i) => [points[2 * i], points[2 * i + 1]];
const apart = (one, other) => Math.hypot(...one.map((value, axis) => value - other[axis]));
const widthOf = ({ points }) =>
  Math.max(1, apart(pointOf(points, MOUTH_CORNERS[0]), pointOf(points, MOUTH_CORNERS[1])));

// The chip's pixels inside a ring of landmarks: even-odd, row by row.
function filled(points, ring) {
  const corners = ring.map((i) => pointOf(points, i));
  const ys = corners.map(([, y]) => y);
  const found = [];
  const last = Math.min(CHIP_HEIGHT - 1, Math.floor(Math.max(...ys)));
  for (let y = Math.max(0, Math.ceil(Math.min(...ys))); y <= last; y += 1) {
    const crossings = corners
      .flatMap(([ax, ay], k) => {
        const [bx, by] = corners[(k + 1) % corners.length];
        return ay <= y === by <= y ? [] : [ax + ((y - ay) * (bx - ax)) / (by - ay)];
      })
      .sort((one, other) => one - other);
    for (let k = 0; k + 1 < crossings.length; k += 2) {
      const end = Math.min(CHIP_WIDTH - 1, Math.floor(crossings[k + 1]));
      for (let x = Math.max(0, Math.ceil(crossings[k])); x <= end; x += 1) {
        found.push(y * CHIP_WIDTH + x);
      }
    }
  }
  return found;
}

function grown(pixels) {
  const found = new Set();
  for (const i of pixels) {
    const x = i % CHIP_WIDTH;
    for (let down = -GROWN; down <= GROWN; down += 1) {
      for (let across = -GROWN; across <= GROWN; across += 1) {
        const at = i + down * CHIP_WIDTH + across;
        const inRow = x + across >= 0 && x + across < CHIP_WIDTH;
        if (inRow && at >= 0 && at < CHIP_WIDTH * CHIP_HEIGHT) found.add(at);
      }
    }
  }
  return found;
}
