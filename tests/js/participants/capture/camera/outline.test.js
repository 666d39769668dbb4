import assert from "node:assert/strict";
import { test } from "node:test";
import * as outlines from "#js/participants/capture/camera/outline.js";
import { describeFace } from "#js/participants/capture/camera/pose.js";
import { close, head } from "../../../heads.js";
import { viewYaw } from "../../../study.js";

const AHEAD = { yaw: 0, pitch: 0, roll: 0 };
const [WIDTH, HEIGHT] = [1080, 1440];
const earlier = outlines.outlineOf(head(AHEAD), WIDTH, HEIGHT, AHEAD);
const alignment = (pose, where) =>
  outlines.alignmentOf(describeFace(head(pose, where)), earlier, WIDTH, HEIGHT);

test("the same framing is 100, and it falls as the formula says", () => {
  close(alignment(AHEAD), 100, 0.01);
  const tall = earlier.height * HEIGHT;
  const oneAllowance = 100 * Math.exp(-0.5);
  close(alignment(AHEAD, { at: [540 + 0.2 * tall, 720] }), oneAllowance, 0.1);
  close(alignment(AHEAD, { size: 4 * Math.exp(0.18) }), oneAllowance, 1);
  const turned = alignment({ ...AHEAD, yaw: 12 });
  assert.ok(turned > 55 && turned < 62, turned);
  assert.ok(alignment({ ...AHEAD, yaw: 40 }) < 2);
});

test("the generic face stands in the middle and is turned as the view asks", () => {
  for (const [view, yaw] of Object.entries(viewYaw)) {
    const face = describeFace(outlines.genericPoints(view, WIDTH, HEIGHT, viewYaw));
    const [x, y, width, height] = face.box;
    close(x + width / 2, WIDTH / 2, 0.01);
    close(y + height / 2, HEIGHT / 2, 0.01);
    close(height, 0.45 * HEIGHT, 0.01);
    close(face.yaw, yaw, 0.1);
  }
});

test("in a wide picture the generic face is measured by its height", () => {
  const face = describeFace(outlines.genericPoints("front", 1920, 1080, viewYaw));
  close(face.box[3], 0.62 * 1080, 0.01);
});

test("an outline is aimed at; without one, nobody's at the view's turn", () => {
  const own = outlines.aimOf({ view: "left", outline: earlier }, viewYaw, WIDTH, HEIGHT);
  assert.deepEqual(own, { view: "left", outline: earlier, own: true });
  const generic = outlines.aimOf({ view: "left", outline: null }, viewYaw, WIDTH, HEIGHT);
  assert.equal(generic.own, false);
  assert.equal(generic.outline.pose.yaw, viewYaw.left);
  close(generic.outline.height, 0.45, 1e-4);
});

test("the first line of an outline is closed around all others", () => {
  const [around, ...inside] = earlier.lines;
  assert.deepEqual(around[0], around.at(-1));
  const xs = around.map(([x]) => x);
  for (const [x] of inside.flat()) {
    assert.ok(x >= Math.min(...xs) && x <= Math.max(...xs));
  }
});

test("how far aside a face is counts in heights of the outline", () => {
  const face = describeFace(head(AHEAD, { at: [540 + 144, 720] }));
  close(outlines.placeOff(face, earlier, WIDTH, HEIGHT), 0.1 / earlier.height, 1e-4);
});

for (const [picture, screen, box] of [
  [
    [1080, 1440],
    [390, 844],
    [0, 149.04, 390, 520],
  ], // an upright phone
  [
    [1080, 1440],
    [360, 740],
    [0, 119.6, 360, 480],
  ],
  [
    [1080, 1440],
    [844, 390],
    [275.75, 0, 292.5, 390],
  ], // lying
  [
    [1440, 1080],
    [844, 390],
    [162, 0, 520, 390],
  ],
  [
    [1920, 1080],
    [390, 844],
    [0, 287.3275, 390, 219.375],
  ], // a laptop's camera, a narrow window
  [
    [1080, 1440],
    [768, 1024],
    [0, 0, 768, 1024],
  ],
]) {
  test(`the whole of ${picture.join(" × ")} is shown on ${screen.join(" × ")}`, () => {
    const [width, height] = picture;
    const shown = outlines.shownIn({ width, height }, ...screen);
    for (const [i, name] of ["left", "top", "width", "height"].entries()) {
      close(shown[name], box[i], 0.01);
    }
  });
}

test("an earlier photo of another shape lies middle on middle, longer side on longer side", () => {
  const shown = { left: 0, top: 63, width: 390, height: 693 };
  const over = outlines.laidOver({ width: 3000, height: 4000 }, shown);
  for (const [name, value] of Object.entries({
    left: -64.875,
    top: 0,
    width: 519.75,
    height: 693,
  })) {
    close(over[name], value, 1e-6);
  }
});

test("a path lies on the shown picture where it lies on the photo, mirrored on the other side", () => {
  const outline = {
    lines: [
      [
        [0, 0],
        [-0.25, 0.1],
      ],
      [[0.1, 0]],
    ],
  };
  const shown = { width: 390, height: 520 };
  assert.equal(outlines.pathOf(outline, shown, false), "M195.0 260.0L65.0 312.0M247.0 260.0");
  assert.equal(outlines.pathOf(outline, shown, true), "M195.0 260.0L325.0 312.0M143.0 260.0");
});
