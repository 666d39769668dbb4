// Every measure that the phone takes of a picture, by the server's names and in its units.

import { faceChip } from "./chip.js";
import { measureExpression } from "./expression.js";
import { measureLight } from "./light.js";
import { describeFace } from "./pose.js";
import { measureNoise, measureSharpness } from "./sharpness.js";

// Anything drawImage takes, its size, and the points of its faces (the largest first). `live`
// leaves out what only a still has: noise on the picture's own pixels.
// Returns { face, values: { code: number or null } }; without a face only { faces: 0 }.
export function measurePicture(source, width, height, faces, { view, viewYaw, live = false }) {
  if (!faces.length) return { face: null, values: { faces: 0 } };
  const found = faces.map(describeFace).sort((one, other) => other.interEye - one.interEye);
  const [face, ...others] = found;
  const chip = faceChip(source, width, height, face);
  const light = measureLight(chip);
  const values = {
    ...geometry(face, others, width, height, viewYaw[view]),
    ...light,
    // A head turned to one side hides half of the face from the camera and from the light.
    unevenness: view === "front" ? light.unevenness : null,
    ...measureSharpness(chip),
    // The mouth of a turned head is seen from the side.
    ...(view === "front" ? measureExpression(face, chip) : {}),
    noise: live ? null : measureNoise(source, width, height, face),
  };
  return { face, values };
}

function geometry(face, others, width, height, aim) {
  const [x, y, w, h] = face.box;
  const largest = Math.max(0, ...others.map((other) => other.interEye));
  const across = Math.max(-x, x + w - width, 0) / Math.max(w, 1);
  const down = Math.max(-y, y + h - height, 0) / Math.max(h, 1);
  return {
    faces: 1 + others.length,
    other_face: (100 * largest) / face.interEye,
    inter_eye: face.interEye,
    face_height: (100 * h) / height,
    yaw_off: Math.abs(face.yaw - aim),
    pitch_off: Math.abs(face.pitch),
    roll_off: Math.abs(face.roll),
    cut_off: 100 * Math.max(across, down),
  };
}
