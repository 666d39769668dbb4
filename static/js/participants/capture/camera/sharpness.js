// Blur, motion and noise of a face, as participants/imaging/{measures,motion}.py measure them.

import { CHIP_HEIGHT, CHIP_INTER_EYE, CHIP_WIDTH, newCanvas } from "./chip.js";
import { medianOf } from "./light.js";
import { NOISE_POINTS } from "./topology.js";

const WIDTH = CHIP_WIDTH;
const HEIGHT = CHIP_HEIGHT;
const INTERPUPILLARY_MM = 63.4;
const BINS = 12;
const DEFOCUSED = 5;
const WIDEST = 60;
const GAIN = 1.4;
const DB2_HIGH = [-0.12940952, -0.22414387, 0.8365163, -0.48296291];

// { blur: 0 (sharp) to 1, motion: millimetres of smear }
export function measureSharpness(chip) {
  const inner = eroded(chip.face, 6);
  return {
    blur: perceptualBlur(chip.luma, inner),
    motion: (smear(chip.luma, inner) * INTERPUPILLARY_MM) / CHIP_INTER_EYE,
  };
}

// A mask without what lies within `reach` pixels of its edge, by a square.
function eroded(mask, reach) {
  const rows = new Uint8Array(mask.length);
  const out = new Uint8Array(mask.length);
  run(mask, rows, WIDTH, HEIGHT, 1, WIDTH, reach);
  run(rows, out, HEIGHT, WIDTH, WIDTH, 1, reach);
  return out;
}

function run(from, to, length, lines, step, jump, reach) {
  for (let line = 0; line < lines; line += 1) {
    let since = -1;
    for (let i = 0; i <= length; i += 1) {
      const on = i < length && from[line * jump + i * step];
      if (on && since < 0) since = i;
      if (!on && since >= 0) {
        // The picture's own edge takes nothing away, as in OpenCV.
        const low = since === 0 ? 0 : since + reach;
        const high = i === length ? length : i - reach;
        for (let k = low; k < high; k += 1) to[line * jump + k * step] = 1;
        since = -1;
      }
    }
  }
}

// Crété and others 2007 (Proc. SPIE 6492) after a 3 × 3 median; the worse of both directions.
function perceptualBlur(luma, inner) {
  const calm = median3(luma);
  let worst = 0;
  for (const along of [false, true]) {
    const sharp = sobel(calm, !along);
    const again = sobel(boxBlur(calm, along), !along);
    let [total, lost] = [0, 0];
    for (let i = 0; i < inner.length; i += 1) {
      if (!inner[i]) continue;
      const step = Math.abs(sharp[i]);
      total += step;
      lost += Math.max(0, step - Math.abs(again[i]));
    }
    worst = Math.max(worst, total > 0 ? (total - lost) / total : 1);
  }
  return worst;
}

function median3(luma) {
  const out = new Float32Array(luma.length);
  const v = new Uint8Array(9);
  const order = (i, j) => {
    if (v[i] > v[j]) [v[i], v[j]] = [v[j], v[i]];
  };
  for (let y = 0; y < HEIGHT; y += 1) {
    const rows = [Math.max(0, y - 1), y, Math.min(HEIGHT - 1, y + 1)].map((row) => row * WIDTH);
    for (let x = 0; x < WIDTH; x += 1) {
      const [left, right] = [Math.max(0, x - 1), Math.min(WIDTH - 1, x + 1)];
      for (let r = 0; r < 3; r += 1) {
        v[3 * r] = luma[rows[r] + left];
        v[3 * r + 1] = luma[rows[r] + x];
        v[3 * r + 2] = luma[rows[r] + right];
      }
      // Devillard's 19 exchanges for the median of nine.
      order(1, 2);
      order(4, 5);
      order(7, 8);
      order(0, 1);
      order(3, 4);
      order(6, 7);
      order(1, 2);
      order(4, 5);
      order(7, 8);
      order(0, 3);
      order(5, 8);
      order(4, 7);
      order(3, 6);
      order(1, 4);
      order(2, 5);
      order(4, 7);
      order(4, 2);
      order(6, 4);
      order(4, 2);
      out[y * WIDTH + x] = v[4];
    }
  }
  return out;
}

// Mean over 11 pixels, down the columns or along the rows; the edge is mirrored.
function boxBlur(values, along) {
  const out = new Float32Array(values.length);
  const [length, lines] = along ? [WIDTH, HEIGHT] : [HEIGHT, WIDTH];
  const [step, jump] = along ? [1, WIDTH] : [WIDTH, 1];
  const at = (i) => (i < 0 ? -i : i >= length ? 2 * length - 2 - i : i);
  for (let line = 0; line < lines; line += 1) {
    const base = line * jump;
    let sum = 0;
    for (let i = -5; i <= 5; i += 1) sum += values[base + at(i) * step];
    for (let i = 0; i < length; i += 1) {
      out[base + i * step] = sum / 11;
      sum += values[base + at(i + 6) * step] - values[base + at(i - 5) * step];
    }
  }
  return out;
}

// Sobel's gradient: along the rows (`across`) or down the columns. Edges are left at 0.
function sobel(values, down) {
  const out = new Float32Array(values.length);
  const [one, two] = down ? [WIDTH, 1] : [1, WIDTH];
  for (let y = 1; y < HEIGHT - 1; y += 1) {
    for (let x = 1; x < WIDTH - 1; x += 1) {
      const i = y * WIDTH + x;
      out[i] =
        values[i + one - two] -
        values[i - one - two] +
        2 * (values[i + one] - values[i - one]) +
        values[i + one + two] -
        values[i - one + two];
    }
  }
  return out;
}

// The length in chip pixels of a straight smear, by comparing edges at two scales (Zhuo and Sim
// 2011) apart for each direction; 0 where the lens was out of focus. See motion.py.
function smear(luma, inner) {
  const [fx, fy] = gradients(luma, 1);
  const [cx, cy] = gradients(luma, 2);
  const energies = [];
  for (let i = 0; i < inner.length; i += 1) {
    if (inner[i] && i % 3 === 0) energies.push(cx[i] * cx[i] + cy[i] * cy[i]);
  }
  if (!energies.length) return 0;
  const sorted = Float32Array.from(energies).sort();
  const edge = sorted[Math.floor(0.8 * (sorted.length - 1))];
  const sharp = new Float64Array(BINS);
  const soft = new Float64Array(BINS);
  for (let i = 0; i < inner.length; i += 1) {
    if (!inner[i]) continue;
    const energy = cx[i] * cx[i] + cy[i] * cy[i];
    if (energy <= edge) continue;
    let angle = Math.atan2(cy[i], cx[i]);
    if (angle < 0) angle += Math.PI;
    const bin = Math.min(BINS - 1, Math.floor((angle / Math.PI) * BINS));
    const along = fx[i] * Math.cos(angle) + fy[i] * Math.sin(angle);
    sharp[bin] += along * along;
    soft[bin] += energy;
  }
  return fitted(round(sharp), round(soft));
}

const round = (values) =>
  values.map(
    (value, i) => value / 2 + values[(i + BINS - 1) % BINS] / 4 + values[(i + 1) % BINS] / 4,
  );

// s² = a + b cos 2θ + c sin 2θ by least squares, each direction weighed by its edges.
function fitted(sharp, soft) {
  const spread = soft.map((energy, i) => {
    const ratio = Math.max(sharp[i] / Math.max(energy, 1e-6), 1.001) ** 2;
    return Math.min(WIDEST, Math.max(0, (4 - ratio) / (ratio - 1)));
  });
  const ordered = Float64Array.from(spread).sort();
  if (ordered[2] + 0.2 * (ordered[3] - ordered[2]) > DEFOCUSED) return 0;
  const normal = [0, 0, 0].map(() => [0, 0, 0, 0]);
  for (let i = 0; i < BINS; i += 1) {
    const angle = ((i + 0.5) * Math.PI) / BINS;
    const terms = [1, Math.cos(2 * angle), Math.sin(2 * angle)];
    for (let r = 0; r < 3; r += 1) {
      for (let k = 0; k < 3; k += 1) normal[r][k] += soft[i] * terms[r] * terms[k];
      normal[r][3] += soft[i] * terms[r] * spread[i];
    }
  }
  const [, b, c] = solved(normal);
  return GAIN * Math.sqrt(24 * Math.hypot(b, c));
}

function solved(rows) {
  for (let p = 0; p < 3; p += 1) {
    for (let r = 0; r < 3; r += 1) {
      if (r === p || !rows[p][p]) continue;
      const factor = rows[r][p] / rows[p][p];
      for (let k = p; k < 4; k += 1) rows[r][k] -= factor * rows[p][k];
    }
  }
  return rows.map((row, i) => (row[i] ? row[3] / row[i] : 0));
}

function gradients(luma, deviation) {
  const soft = gaussian(luma, deviation);
  return [sobel(soft, false), sobel(soft, true)];
}

function gaussian(values, deviation) {
  const reach = Math.round(4 * deviation);
  const kernel = Array.from({ length: 2 * reach + 1 }, (_, i) =>
    Math.exp(-((i - reach) ** 2) / (2 * deviation ** 2)),
  );
  const sum = kernel.reduce((total, weight) => total + weight, 0);
  const weights = Float32Array.from(kernel, (weight) => weight / sum);
  return convolved(convolved(values, weights, 1, WIDTH), weights, WIDTH, HEIGHT);
}

function convolved(values, weights, step, length) {
  const reach = (weights.length - 1) / 2;
  const out = new Float32Array(values.length);
  const end = (length - 1) * step;
  for (let i = 0; i < values.length; i += 1) {
    const offset = step === 1 ? i % WIDTH : i - (i % WIDTH);
    const base = i - offset;
    let total = 0;
    for (let k = -reach; k <= reach; k += 1) {
      const at = Math.min(end, Math.max(0, offset + k * step));
      total += weights[k + reach] * values[base + at];
    }
    out[i] = total;
  }
  return out;
}

// Standard deviation of the noise in 8-bit steps on the picture's own pixels (Donoho and Johnstone
// 1994): median of four places of skin, root mean square over the channels.
export function measureNoise(source, width, height, face) {
  const side = Math.floor(Math.min(128, Math.max(24, face.interEye / 2)));
  const found = [];
  for (const point of NOISE_POINTS) {
    const left = Math.max(0, Math.trunc(face.points[3 * point]) - (side >> 1));
    const top = Math.max(0, Math.trunc(face.points[3 * point + 1]) - (side >> 1));
    const w = Math.min(side, width - left);
    const h = Math.min(side, height - top);
    if (Math.min(w, h) < 12) continue;
    const ctx = newCanvas(w, h).getContext("2d", { willReadFrequently: true });
    ctx.drawImage(source, left, top, w, h, 0, 0, w, h);
    found.push(windowNoise(ctx.getImageData(0, 0, w, h).data, w, h));
  }
  return found.length ? medianOf(found) : 0;
}

function windowNoise(pixels, width, height) {
  let sum = 0;
  for (let channel = 0; channel < 3; channel += 1) {
    const details = [];
    for (let y = 2; y < height - 2; y += 1) {
      for (let x = 2; x < width - 2; x += 1) {
        let detail = 0;
        for (let r = 0; r < 4; r += 1) {
          let row = 0;
          const base = 4 * ((y + r - 2) * width + x - 2) + channel;
          for (let k = 0; k < 4; k += 1) row += DB2_HIGH[k] * pixels[base + 4 * k];
          detail += DB2_HIGH[r] * row;
        }
        details.push(Math.abs(detail));
      }
    }
    const sigma = medianOf(details) / 0.6745;
    sum += (sigma * sigma) / 3;
  }
  return Math.sqrt(sum);
}
