// Which way a face looks and how large it is, from its 468 points.
//
// The same fit as participants/imaging/pose.py: the canonical face is brought onto the points by
// scale, rotation and shift, with weights that fade for points far from the fit. Signs are the
// participant's own: yaw is positive when they turn to their own left, pitch when they look up,
// roll when the head leans to their own left shoulder.

import { CANONICAL } from "./canonical.js";
import { medianOf } from "./light.js";
import { LEFT_EYE_ENDS, RIGHT_EYE_ENDS } from "./topology.js";

const POINTS = 468;
const ROUNDS = 5;
const DEPTH_WEIGHT = 0.5;
const DEGREES = 180 / Math.PI;

// { yaw, pitch, roll (degrees), scale (pixels per mm), rotation: [[…], […], […]] }
export function fitPose(points) {
  const weights = new Float64Array(POINTS).fill(1);
  const misses = new Float64Array(POINTS);
  let fit = null;
  for (let round = 0; round < ROUNDS; round += 1) {
    fit = similarity(points, weights);
    const { scale, rotation, shift } = fit;
    for (let i = 0; i < POINTS; i += 1) {
      let sum = 0;
      for (let axis = 0; axis < 3; axis += 1) {
        const placed = scale * dot(rotation[axis], CANONICAL, 3 * i) + shift[axis];
        const miss = (placed - points[3 * i + axis]) * (axis === 2 ? DEPTH_WEIGHT : 1);
        sum += miss * miss;
      }
      misses[i] = Math.sqrt(sum);
    }
    const usual = 2 * medianOf(misses) + 1e-9;
    for (let i = 0; i < POINTS; i += 1) weights[i] = 1 / (1 + (misses[i] / usual) ** 2);
  }
  const { rotation, scale } = fit;
  return {
    yaw: Math.atan2(rotation[2][0], rotation[2][2]) * DEGREES,
    pitch: -Math.asin(Math.max(-1, Math.min(1, rotation[2][1]))) * DEGREES,
    roll: Math.atan2(-rotation[0][1], rotation[1][1]) * DEGREES,
    scale,
    rotation,
  };
}

// Degrees between two rotations: the angle of the one turn that takes one into the other.
export function turnBetween(one, other) {
  let trace = 0;
  for (let i = 0; i < 3; i += 1) for (let j = 0; j < 3; j += 1) trace += one[i][j] * other[i][j];
  return Math.acos(Math.max(-1, Math.min(1, (trace - 1) / 2))) * DEGREES;
}

// The rotation (3 × 3) of a pose in degrees: Rz(roll) · Rx(-pitch) · Ry(-yaw), as pose.py has it.
export function rotationOf({ yaw, pitch, roll }) {
  const [a, b, c] = [-yaw / DEGREES, -pitch / DEGREES, roll / DEGREES];
  const y = [
    [Math.cos(a), 0, Math.sin(a)],
    [0, 1, 0],
    [-Math.sin(a), 0, Math.cos(a)],
  ];
  const x = [
    [1, 0, 0],
    [0, Math.cos(b), -Math.sin(b)],
    [0, Math.sin(b), Math.cos(b)],
  ];
  const z = [
    [Math.cos(c), -Math.sin(c), 0],
    [Math.sin(c), Math.cos(c), 0],
    [0, 0, 1],
  ];
  return times(times(z, x), y);
}

// A face in pixels of its picture: { box: [x, y, width, height], interEye, eyes: [x, y], pose… }.
export function describeFace(points) {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < POINTS; i += 1) {
    left = Math.min(left, points[3 * i]);
    right = Math.max(right, points[3 * i]);
    top = Math.min(top, points[3 * i + 1]);
    bottom = Math.max(bottom, points[3 * i + 1]);
  }
  const one = middle(points, RIGHT_EYE_ENDS);
  const other = middle(points, LEFT_EYE_ENDS);
  return {
    points,
    box: [left, top, right - left, bottom - top],
    // Depth counts, so that a turned head is not taken for a far one.
    interEye: Math.hypot(one[0] - other[0], one[1] - other[1], one[2] - other[2]),
    eyes: [(one[0] + other[0]) / 2, (one[1] + other[1]) / 2],
    ...fitPose(points),
  };
}

const middle = (points, [a, b]) =>
  [0, 1, 2].map((axis) => (points[3 * a + axis] + points[3 * b + axis]) / 2);

const dot = (row, values, at) =>
  row[0] * values[at] + row[1] * values[at + 1] + row[2] * values[at + 2];

const times = (one, other) =>
  one.map((row) =>
    [0, 1, 2].map((j) => row[0] * other[0][j] + row[1] * other[1][j] + row[2] * other[2][j]),
  );

// Scale, rotation and shift by weighted least squares. The rotation is the unit quaternion that
// belongs to the largest eigenvalue of Horn's matrix (Horn 1987, J. Opt. Soc. Am. A 4(4)); it is
// the one that Umeyama's singular values give in pose.py.
function similarity(points, weights) {
  let total = 0;
  const model = [0, 0, 0];
  const seen = [0, 0, 0];
  for (let i = 0; i < POINTS; i += 1) {
    total += weights[i];
    for (let axis = 0; axis < 3; axis += 1) {
      model[axis] += weights[i] * CANONICAL[3 * i + axis];
      seen[axis] += weights[i] * points[3 * i + axis];
    }
  }
  for (let axis = 0; axis < 3; axis += 1) {
    model[axis] /= total;
    seen[axis] /= total;
  }
  const s = [
    [0, 0, 0],
    [0, 0, 0],
    [0, 0, 0],
  ];
  let spread = 0;
  for (let i = 0; i < POINTS; i += 1) {
    const share = weights[i] / total;
    for (let a = 0; a < 3; a += 1) {
      const from = CANONICAL[3 * i + a] - model[a];
      spread += share * from * from;
      for (let b = 0; b < 3; b += 1) s[a][b] += share * from * (points[3 * i + b] - seen[b]);
    }
  }
  const rotation = fromQuaternion(largest(hornMatrix(s)));
  let matched = 0;
  for (let a = 0; a < 3; a += 1) for (let b = 0; b < 3; b += 1) matched += rotation[b][a] * s[a][b];
  const scale = matched / spread;
  const shift = seen.map((value, axis) => value - scale * dot(rotation[axis], model, 0));
  return { scale, rotation, shift };
}

const hornMatrix = (s) => [
  [s[0][0] + s[1][1] + s[2][2], s[1][2] - s[2][1], s[2][0] - s[0][2], s[0][1] - s[1][0]],
  [s[1][2] - s[2][1], s[0][0] - s[1][1] - s[2][2], s[0][1] + s[1][0], s[2][0] + s[0][2]],
  [s[2][0] - s[0][2], s[0][1] + s[1][0], s[1][1] - s[0][0] - s[2][2], s[1][2] + s[2][1]],
  [s[0][1] - s[1][0], s[2][0] + s[0][2], s[1][2] + s[2][1], s[2][2] - s[0][0] - s[1][1]],
];

// The eigenvector of the largest eigenvalue of a symmetric 4 × 4 matrix, by Jacobi's rotations.
function largest(matrix) {
  const a = matrix.map((row) => row.slice());
  const vectors = [0, 1, 2, 3].map((i) => [0, 1, 2, 3].map((j) => (i === j ? 1 : 0)));
  for (let sweep = 0; sweep < 12; sweep += 1) {
    for (let p = 0; p < 3; p += 1) {
      for (let q = p + 1; q < 4; q += 1) {
        if (Math.abs(a[p][q]) > 1e-14 * Math.abs(a[p][p] + a[q][q])) turnAway(a, vectors, p, q);
      }
    }
  }
  let best = 0;
  for (let i = 1; i < 4; i += 1) if (a[i][i] > a[best][best]) best = i;
  return vectors.map((row) => row[best]);
}

function turnAway(a, vectors, p, q) {
  const angle = 0.5 * Math.atan2(2 * a[p][q], a[q][q] - a[p][p]);
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  for (let k = 0; k < 4; k += 1) {
    [a[k][p], a[k][q]] = [c * a[k][p] - s * a[k][q], s * a[k][p] + c * a[k][q]];
  }
  for (let k = 0; k < 4; k += 1) {
    [a[p][k], a[q][k]] = [c * a[p][k] - s * a[q][k], s * a[p][k] + c * a[q][k]];
    const row = vectors[k];
    [row[p], row[q]] = [c * row[p] - s * row[q], s * row[p] + c * row[q]];
  }
}

function fromQuaternion([w, x, y, z]) {
  return [
    [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
    [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
    [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
  ];
}
