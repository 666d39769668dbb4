import assert from "node:assert/strict";
import { test } from "node:test";
import { CANONICAL } from "#js/participants/capture/camera/canonical.js";
import {
  describeFace,
  fitPose,
  rotationOf,
  turnBetween,
} from "#js/participants/capture/camera/pose.js";
import { close, head } from "../../../heads.js";

test("a rotation is the server's", () => {
  // participants.imaging.pose.rotation_of(-38, 5, 3)
  const expected = [
    [0.789739, -0.052137, 0.611223],
    [-0.012344, 0.994829, 0.100807],
    [-0.613319, -0.087156, 0.785012],
  ];
  const found = rotationOf({ yaw: -38, pitch: 5, roll: 3 });
  for (const [i, row] of expected.entries()) for (const j of [0, 1, 2]) close(found[i][j], row[j]);
});

for (const pose of [
  { yaw: 0, pitch: 0, roll: 0 },
  { yaw: -38, pitch: 5, roll: 3 },
  { yaw: 25, pitch: -12, roll: -20 },
  { yaw: 5, pitch: 3, roll: 170 },
]) {
  test(`a head at ${JSON.stringify(pose)} is found there`, () => {
    const found = fitPose(head(pose, { size: 3.5, at: [400, 500] }));
    for (const name of ["yaw", "pitch", "roll"]) close(found[name], pose[name], 0.01);
    close(found.scale, 3.5, 0.001);
  });
}

test("a few points far astray hardly turn the head", () => {
  const points = head({ yaw: 20, pitch: 0, roll: 0 });
  for (let i = 0; i < 30; i += 1) points[3 * i] += 300;
  close(fitPose(points).yaw, 20, 1.5);
});

test("the turn between two heads is one angle, either way", () => {
  const [one, other] = [
    rotationOf({ yaw: 10, pitch: 0, roll: 0 }),
    rotationOf({ yaw: -15, pitch: 0, roll: 0 }),
  ];
  close(turnBetween(one, other), 25);
  close(turnBetween(other, one), 25);
  close(turnBetween(one, one), 0, 1e-5);
});

test("a face is described in pixels of its picture", () => {
  const front = describeFace(head({ yaw: 0, pitch: 0, roll: 0 }, { size: 4, at: [540, 720] }));
  const xs = CANONICAL.filter((_, i) => i % 3 === 0);
  close(front.box[0], 540 + 4 * Math.min(...xs), 0.01);
  close(front.box[2], 4 * (Math.max(...xs) - Math.min(...xs)), 0.01);
  assert.ok(front.eyes[1] < 720, "the eyes lie above the middle");
});

test("a turned head's eyes are no nearer to each other", () => {
  const front = describeFace(head({ yaw: 0, pitch: 0, roll: 0 }));
  const turned = describeFace(head({ yaw: 50, pitch: 0, roll: 0 }));
  close(turned.interEye, front.interEye, 0.01);
});
