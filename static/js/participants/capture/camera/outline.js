// The outline over the live picture, and how well a face fills it.
//
// An outline is { lines: [[[x, y], …], …], centre: [x, y], height, pose: { yaw, pitch, roll } }
// in units of the picture's longer side from its middle, x right and y down as the photo shows it.
// The longer side, because photo and video of one camera share it while the other side differs.
// The participant's own comes from the server (participants/capture/services/references.py); without one,
// the canonical face turned as the view asks.

import { CANONICAL } from "./canonical.js";
import { hull } from "./chip.js";
import { rotationOf, turnBetween } from "./pose.js";
import { LEFT_BROW, LIPS, RIGHT_BROW } from "./topology.js";

const NOSE = [168, 6, 197, 195, 5, 4];
const NOSTRILS = [129, 98, 97, 2, 326, 327, 358];
const OPEN = [[...LIPS, LIPS[0]], RIGHT_BROW.slice(0, 5), LEFT_BROW.slice(0, 5), NOSE, NOSTRILS];
const HEIGHT = 0.45; // of the longer side: the generic face from forehead to chin
const WIDE_HEIGHT = 0.62; // of the height of a picture that is wider than high

// 468 points of a generic face for a view, as landmarks in pixels of a picture.
export function genericPoints(view, width, height, viewYaw) {
  const long = Math.max(width, height);
  const tall = Math.min(HEIGHT * long, WIDE_HEIGHT * height);
  const turn = rotationOf({ yaw: viewYaw[view], pitch: 0, roll: 0 });
  const points = new Float32Array(CANONICAL.length);
  for (let i = 0; i < CANONICAL.length; i += 3) {
    for (let axis = 0; axis < 3; axis += 1) {
      points[i + axis] =
        turn[axis][0] * CANONICAL[i] +
        turn[axis][1] * CANONICAL[i + 1] +
        turn[axis][2] * CANONICAL[i + 2];
    }
  }
  const box = boundsOf(points);
  const scale = tall / box.height;
  for (let i = 0; i < points.length; i += 3) {
    points[i] = width / 2 + scale * (points[i] - box.centre[0]);
    points[i + 1] = height / 2 + scale * (points[i + 1] - box.centre[1]);
    points[i + 2] *= scale;
  }
  return points;
}

function boundsOf(points) {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < points.length; i += 3) {
    left = Math.min(left, points[i]);
    right = Math.max(right, points[i]);
    top = Math.min(top, points[i + 1]);
    bottom = Math.max(bottom, points[i + 1]);
  }
  return { centre: [(left + right) / 2, (top + bottom) / 2], height: bottom - top };
}

// A closed line around all points: a turned head's own face oval folds over itself.
function silhouette(points) {
  const ring = hull(Array.from({ length: 468 }, (_, i) => [points[3 * i], points[3 * i + 1]]));
  return [...ring, ring[0]];
}

// The outline of landmarks in pixels of a picture.
export function outlineOf(points, width, height, pose) {
  const long = Math.max(width, height);
  const unit = (x, y) => [(x - width / 2) / long, (y - height / 2) / long];
  const line = (indices) => indices.map((i) => unit(points[3 * i], points[3 * i + 1]));
  const box = boundsOf(points);
  return {
    lines: [silhouette(points).map(([x, y]) => unit(x, y)), ...OPEN.map(line)],
    centre: unit(...box.centre),
    height: box.height / long,
    pose,
  };
}

// What a step asks for in pictures of this size: the participant's own outline (`own`), or one of
// nobody's face at the head's turn that the view wants.
export function aimOf({ view, outline }, viewYaw, width, height) {
  if (outline) return { view, outline, own: true };
  const points = genericPoints(view, width, height, viewYaw);
  const pose = { yaw: viewYaw[view], pitch: 0, roll: 0 };
  return { view, outline: outlineOf(points, width, height, pose), own: false };
}

// How far a face's middle is from the outline's, in heights of the outline.
export function placeOff(face, outline, width, height) {
  const [x, y] = centreOf(face, width, height);
  return Math.hypot(x - outline.centre[0], y - outline.centre[1]) / outline.height;
}

const centreOf = (face, width, height) => {
  const long = Math.max(width, height);
  const [x, y, w, h] = face.box;
  return [(x + w / 2 - width / 2) / long, (y + h / 2 - height / 2) / long];
};

// Alignment with an earlier photo, 0 to 100:
//
//   100 · exp(−½ · [(d / 0.20)² + (q / 0.18)² + (t / 12°)²])
//
// d: distance of the boxes' middles in heights of the earlier face; q: |ln(height / earlier height)|;
// t: angle in degrees of the one turn between both heads. A face at half of each allowance
// (a tenth of its height aside, 9% too large, 6° off) reads 69; the same framing reads 100.
export function alignmentOf(face, outline, width, height) {
  const d = placeOff(face, outline, width, height);
  const q = Math.abs(Math.log(face.box[3] / Math.max(width, height) / outline.height));
  const t = turnBetween(face.rotation, rotationOf(outline.pose));
  return 100 * Math.exp(-0.5 * ((d / 0.2) ** 2 + (q / 0.18) ** 2 + (t / 12) ** 2));
}

const HIGH = 0.46; // of the height left free lies above: the hint needs less than the controls

// Where a screen of `width` × `height` shows the whole of a picture: { left, top, width, height } in
// the screen's pixels. All that the photo will hold is seen, and nothing else.
export function shownIn(picture, width, height) {
  const scale = Math.min(width / picture.width, height / picture.height);
  const shown = { width: picture.width * scale, height: picture.height * scale };
  return { left: (width - shown.width) / 2, top: HIGH * (height - shown.height), ...shown };
}

// Where an earlier photo lies over the shown picture, from that one's corner: the middles and the
// longer sides fall together, as for outlines.
export function laidOver(photo, shown) {
  const scale = Math.max(shown.width, shown.height) / Math.max(photo.width, photo.height);
  const [width, height] = [photo.width * scale, photo.height * scale];
  return { left: (shown.width - width) / 2, top: (shown.height - height) / 2, width, height };
}

// An SVG path from the corner of the shown picture.
export function pathOf(outline, { width, height }, mirrored) {
  const long = Math.max(width, height);
  const side = mirrored ? -1 : 1;
  return outline.lines
    .map((line) =>
      line
        .map(([x, y], i) => {
          const at = [width / 2 + side * x * long, height / 2 + y * long];
          return `${i ? "L" : "M"}${at[0].toFixed(1)} ${at[1].toFixed(1)}`;
        })
        .join(""),
    )
    .join("");
}
