// What the phone makes of a still, before it is kept: may the server refuse it, and why?

import { lumaOf, newCanvas } from "./chip.js";
import { AROUND } from "./engine.js";
import { LIGHT_CODES, LIGHT_MARGINS, adviceOn, doubts } from "./gates.js";
import { isDark } from "./light.js";
import { measurePicture } from "./measures.js";
import { alignmentOf, genericPoints } from "./outline.js";

const LONGEST = 4096; // px; the server measures no larger a photo either
const FINDER_SIDE = 1024;

// The file is no photo that this browser can show.
export class Undecodable extends Error {}

// { width, height, mode, face, values, reasons, advice, alignment } of a photo. `width` and `height` are
// the file's own. `framed` says that it was taken through the outline: only then is it known where
// the face is when there are no landmarks. Raises Undecodable.
export async function checkStill(blob, { engine, aim, data, framed = true }) {
  const { bitmap, width, height } = await decoded(blob);
  try {
    const result = await measured(bitmap, { engine, aim, data, framed });
    return { width, height, ...result };
  } finally {
    bitmap.close();
  }
}

async function decoded(blob) {
  let whole;
  try {
    whole = await createImageBitmap(blob);
  } catch (error) {
    throw new Undecodable("not a picture", { cause: error });
  }
  const { width, height } = whole;
  const share = LONGEST / Math.max(width, height);
  if (share >= 1) return { bitmap: whole, width, height };
  const bitmap = await createImageBitmap(whole, {
    resizeWidth: Math.round(width * share),
    resizeHeight: Math.round(height * share),
    resizeQuality: "high",
  });
  whole.close();
  return { bitmap, width, height };
}

async function measured(bitmap, context) {
  const { width, height } = bitmap;
  const { engine, aim, data } = context;
  if (engine.state !== "ready") return withoutLandmarks(bitmap, context);
  let faces;
  try {
    const look = { still: true, side: FINDER_SIDE };
    faces = await engine.find(bitmap, width, height, look);
    if (!faces.length) {
      faces = await engine.find(bitmap, width, height, { ...look, margin: AROUND });
    }
  } catch {
    return withoutLandmarks(bitmap, context);
  }
  const { view, outline, own } = aim;
  const { gates, viewYaw } = data;
  const { face, values } = measurePicture(bitmap, width, height, faces, { view, viewYaw });
  const dark = !face && darkAsAWhole(bitmap);
  return {
    mode: "landmarks",
    face,
    values,
    reasons: doubts({ face, values }, { gates, view, viewYaw, dark }),
    advice: adviceOn({ face, values }, gates),
    alignment: face && own ? alignmentOf(face, outline, width, height) : null,
  };
}

// Light and blur where the outline was, as in the live picture.
function withoutLandmarks(bitmap, { aim: { view }, data: { gates, viewYaw }, framed }) {
  const { width, height } = bitmap;
  if (!framed) {
    const reasons = darkAsAWhole(bitmap) ? ["too_dark"] : [];
    return { mode: "none", face: null, values: {}, reasons, alignment: null };
  }
  const points = genericPoints(view, width, height, viewYaw);
  const { face, values: all } = measurePicture(bitmap, width, height, [points], { view, viewYaw });
  const values = Object.fromEntries(LIGHT_CODES.map((code) => [code, all[code]]));
  const reasons = doubts({ face, values }, { gates, view, viewYaw, margins: LIGHT_MARGINS });
  return { mode: "light", face: null, values, reasons, alignment: null };
}

function darkAsAWhole(bitmap) {
  const ctx = newCanvas(64, 64).getContext("2d", { willReadFrequently: true });
  ctx.drawImage(bitmap, 0, 0, 64, 64);
  return isDark(lumaOf(ctx.getImageData(0, 0, 64, 64).data));
}
