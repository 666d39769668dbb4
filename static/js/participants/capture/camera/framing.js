// Whether a face fills the outline closely enough for the photo to take itself, and what is to be done
// when it does not. Pure.
//
// At a first visit the outline is nobody's: size and place count, and the head's turn has its own
// gates. With the outline of an earlier photo the alignment (outline.js) counts as well.

import { placeOff } from "./outline.js";
import { turnBetween, rotationOf } from "./pose.js";

const PLACE = 0.17; // of the outline's height, from its middle
const SIZE = 0.17; // |ln| of the face's height over the outline's: 16% smaller, 19% larger
export const ALIGNED = 70; // of 100
const TIGHTER = 0.85; // what has been told goes only when it is clearly better

// How far off a face is: { place, size, turn }. `size` is above 0 when the face is larger; `turn` is
// { all, yaw, pitch, roll } in degrees, away from the outline's.
export function offOutline(face, outline, width, height) {
  const { pose } = outline;
  return {
    place: placeOff(face, outline, width, height),
    size: Math.log(face.box[3] / Math.max(width, height) / outline.height),
    turn: {
      all: turnBetween(face.rotation, rotationOf(pose)),
      yaw: face.yaw - pose.yaw,
      pitch: face.pitch - pose.pitch,
      roll: face.roll - pose.roll,
    },
  };
}

// The hint (hints.js) for what is furthest off, or null: the face fits. `alignment` is null where
// there is no earlier photo.
export function misfit({ place, size, turn }, alignment, { told = false } = {}) {
  const share = told ? TIGHTER : 1;
  const fits = place <= share * PLACE && Math.abs(size) <= share * SIZE;
  const aligned = alignment === null || alignment >= ALIGNED;
  if (fits && aligned) return null;
  // Each by its own allowance; of the turn nothing is told where nobody's outline is filled.
  const far = {
    place: place / PLACE,
    size: Math.abs(size) / SIZE,
    turn: aligned ? 0 : turn.all / 12,
  };
  const worst = Object.keys(far).reduce((one, other) => (far[other] > far[one] ? other : one));
  if (worst === "place") return "off_centre";
  if (worst === "size") return size > 0 ? "too_near" : "too_far";
  return turnHint(turn);
}

function turnHint({ yaw, pitch, roll }) {
  const most = Math.max(Math.abs(yaw), Math.abs(pitch), Math.abs(roll));
  if (Math.abs(yaw) === most) return yaw > 0 ? "back_right" : "back_left";
  if (Math.abs(pitch) === most) return pitch > 0 ? "looking_up" : "looking_down";
  return "tilted";
}
