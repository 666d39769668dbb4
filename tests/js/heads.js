// Heads to measure: the canonical face, turned, sized and set somewhere in a picture.

import assert from "node:assert/strict";
import { CANONICAL } from "#js/participants/capture/camera/canonical.js";
import { rotationOf } from "#js/participants/capture/camera/pose.js";

// 468 landmarks x, y, z in pixels; `size` in pixels per millimetre.
export function head(pose, { size = 4, at = [540, 720] } = {}) {
  const turn = rotationOf(pose);
  const points = new Float64Array(CANONICAL.length);
  for (let i = 0; i < points.length; i += 3) {
    for (const [axis, [a, b, c]] of turn.entries()) {
      const turned = a * CANONICAL[i] + b * CANONICAL[i + 1] + c * CANONICAL[i + 2];
      points[i + axis] = size * turned + (at[axis] ?? 0);
    }
  }
  return points;
}

export const close = (found, expected, within = 1e-6) =>
  assert.ok(Math.abs(found - expected) <= within, `${found} is not ${expected} ± ${within}`);
