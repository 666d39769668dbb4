// The face brought to one size and turned level, as participants/imaging/measures.py does it:
// 384 × 448 px with 128 px between the eyes, so that one threshold fits every camera.

import { FACE_OVAL, FOREHEAD_TOP, NOT_SKIN } from "./topology.js";

export const CHIP_WIDTH = 384;
export const CHIP_HEIGHT = 448;
export const CHIP_INTER_EYE = 128;
const EYES_AT = [CHIP_WIDTH / 2, 176];
const RADIANS = Math.PI / 180;
const BROWS = NOT_SKIN.slice(2, 4);

export const newCanvas = (width, height) => {
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width));
  canvas.height = Math.max(1, Math.round(height));
  return canvas;
};

const kept = new Map();
// Canvases of the same use are used again: live checks cut several chips a second.
const canvasFor = (use, width, height) => {
  if (!kept.has(use)) {
    const canvas = newCanvas(width, height);
    kept.set(use, [canvas, canvas.getContext("2d", { willReadFrequently: true })]);
  }
  return kept.get(use);
};

// { pixels: RGBA bytes, luma, face, skin (bytes, 1 inside), points: Float32Array(936) in the chip }
export function faceChip(source, width, height, face) {
  const scale = CHIP_INTER_EYE / Math.max(face.interEye, 1e-3);
  const angle = -face.roll * RADIANS;
  const [a, b] = [scale * Math.cos(angle), scale * Math.sin(angle)];
  // chip = [[a, -b], [b, a]] · picture + shift
  const shift = [
    EYES_AT[0] - (a * face.eyes[0] - b * face.eyes[1]),
    EYES_AT[1] - (b * face.eyes[0] + a * face.eyes[1]),
  ];
  const points = new Float32Array(2 * 468);
  for (let i = 0; i < 468; i += 1) {
    const [x, y] = [face.points[3 * i], face.points[3 * i + 1]];
    points[2 * i] = a * x - b * y + shift[0];
    points[2 * i + 1] = b * x + a * y + shift[1];
  }
  const pixels = cut(source, width, height, a, b, shift, scale);
  const masks = masksOf(points, { a, b, shift, width, height });
  return { pixels, luma: lumaOf(pixels), points, ...masks };
}

function cut(source, width, height, a, b, shift, scale) {
  const [, ctx] = canvasFor("chip", CHIP_WIDTH, CHIP_HEIGHT);
  const near = nearby(source, width, height, a, b, shift, scale);
  ctx.setTransform(1, 0, 0, 1, 0, 0);
  ctx.clearRect(0, 0, CHIP_WIDTH, CHIP_HEIGHT);
  ctx.imageSmoothingQuality = scale > 1 ? "high" : "low";
  ctx.setTransform(a, b, -b, a, shift[0], shift[1]);
  ctx.drawImage(near.picture, near.x, near.y, near.width, near.height);
  return ctx.getImageData(0, 0, CHIP_WIDTH, CHIP_HEIGHT).data;
}

// What the chip shows, halved until it is less than four times the chip's size: a single step
// down from a photo of 12 megapixels would skip pixels and make skin look grainy.
function nearby(source, width, height, a, b, shift, scale) {
  const square = scale * scale;
  const corners = [
    [0, 0],
    [CHIP_WIDTH, 0],
    [0, CHIP_HEIGHT],
    [CHIP_WIDTH, CHIP_HEIGHT],
  ].map(([x, y]) => {
    const [dx, dy] = [x - shift[0], y - shift[1]];
    return [(a * dx + b * dy) / square, (a * dy - b * dx) / square];
  });
  const xs = corners.map(([x]) => x);
  const ys = corners.map(([, y]) => y);
  const x = Math.max(0, Math.floor(Math.min(...xs)) - 4);
  const y = Math.max(0, Math.floor(Math.min(...ys)) - 4);
  const w = Math.max(2, Math.min(width, Math.ceil(Math.max(...xs)) + 4) - x);
  const h = Math.max(2, Math.min(height, Math.ceil(Math.max(...ys)) + 4) - y);
  let halves = 0;
  while (scale * 2 ** (halves + 1) <= 0.6) halves += 1;
  if (halves === 0) return { picture: source, x: 0, y: 0, width, height };
  const times = 2 ** halves;
  const [cw, ch] = [Math.floor(w / times) * times, Math.floor(h / times) * times];
  let canvas = newCanvas(cw / 2, ch / 2);
  canvas.getContext("2d").drawImage(source, x, y, cw, ch, 0, 0, cw / 2, ch / 2);
  for (let step = 1; step < halves; step += 1) {
    const smaller = newCanvas(canvas.width / 2, canvas.height / 2);
    smaller.getContext("2d").drawImage(canvas, 0, 0, smaller.width, smaller.height);
    canvas = smaller;
  }
  return { picture: canvas, x, y, width: cw, height: ch };
}

// BT.601 luma, 0 to 255.
export function lumaOf(pixels) {
  const luma = new Uint8Array(pixels.length / 4);
  for (let i = 0, at = 0; i < luma.length; i += 1, at += 4) {
    luma[i] = (4899 * pixels[at] + 9617 * pixels[at + 1] + 1868 * pixels[at + 2] + 8192) >> 14;
  }
  return luma;
}

function masksOf(points, place) {
  const ring = (indices) => indices.map((i) => [points[2 * i], points[2 * i + 1]]);
  const oval = ring(FACE_OVAL);
  const face = mask((ctx) => fill(ctx, oval), place);
  const skin = mask((ctx) => {
    fill(ctx, smallerOval(points, oval));
    ctx.globalCompositeOperation = "destination-out";
    ctx.lineJoin = "round";
    ctx.lineWidth = 7;
    for (const indices of NOT_SKIN) {
      fill(ctx, hull(ring(indices)));
      ctx.stroke();
    }
  }, place);
  return { face, skin };
}

// The oval at nine tenths, and no higher than halfway from the brows to the hairline.
function smallerOval(points, oval) {
  let [x, y] = [0, 0];
  for (let i = 0; i < 468; i += 1) {
    x += points[2 * i] / 468;
    y += points[2 * i + 1] / 468;
  }
  const brows = Math.min(...BROWS.flat().map((i) => points[2 * i + 1]));
  const top = (brows + points[2 * FOREHEAD_TOP + 1]) / 2;
  return oval.map(([px, py]) => [x + 0.9 * (px - x), Math.max(top, y + 0.9 * (py - y))]);
}

function fill(ctx, ring) {
  ctx.beginPath();
  for (const [x, y] of ring) ctx.lineTo(x, y); // the first one moves
  ctx.closePath();
  ctx.fill();
}

// One byte a pixel, 1 inside; what lies past the picture's edge is left out.
function mask(draw, { a, b, shift, width, height }) {
  const [, ctx] = canvasFor("mask", CHIP_WIDTH, CHIP_HEIGHT);
  ctx.setTransform(1, 0, 0, 1, 0, 0);
  ctx.globalCompositeOperation = "source-over";
  ctx.clearRect(0, 0, CHIP_WIDTH, CHIP_HEIGHT);
  ctx.fillStyle = "#fff";
  draw(ctx);
  ctx.globalCompositeOperation = "destination-in";
  ctx.setTransform(a, b, -b, a, shift[0], shift[1]);
  ctx.fillRect(0, 0, width, height);
  const { data } = ctx.getImageData(0, 0, CHIP_WIDTH, CHIP_HEIGHT);
  const inside = new Uint8Array(data.length / 4);
  for (let i = 0; i < inside.length; i += 1) inside[i] = data[4 * i + 3] > 127 ? 1 : 0;
  return inside;
}

// Convex hull, Andrew's monotone chain.
export function hull(points) {
  const sorted = points.slice().sort(([ax, ay], [bx, by]) => ax - bx || ay - by);
  const half = (ordered) => {
    const chain = [];
    for (const p of ordered) {
      while (chain.length > 1 && turnsRight(...chain.slice(-2), p)) chain.pop();
      chain.push(p);
    }
    return chain.slice(0, -1);
  };
  return [...half(sorted), ...half(sorted.reverse())];
}

const turnsRight = ([ax, ay], [bx, by], [cx, cy]) =>
  (bx - ax) * (cy - ay) - (by - ay) * (cx - ax) <= 0;
