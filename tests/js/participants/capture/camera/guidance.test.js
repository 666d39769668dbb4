import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Guide,
  lightProblemsOf,
  problemsOf,
  turnedAsAsked,
} from "#js/participants/capture/camera/guidance.js";
import { gates, viewYaw } from "../../../study.js";

const GOOD = {
  faces: 1,
  other_face: 0,
  inter_eye: 300,
  face_height: 55,
  yaw_off: 0,
  pitch_off: 2,
  roll_off: 1,
  cut_off: 0,
  overexposed: 0,
  underexposed: 0,
  brightest: 200,
  unevenness: 1.1,
  colour_cast: 0,
  blur: 0.4,
  motion: 2,
  noise: null,
};
const facing = (yaw = 0, pitch = 2, roll = 1) => ({ yaw, pitch, roll });

// A good look with these measures and these other parts changed.
const look = (values = {}, parts = {}) => ({
  face: facing(),
  dark: false,
  moving: 0,
  place: 0.05,
  misfit: null,
  ...parts,
  values: { ...GOOD, ...values },
});
const hints = (seen, context = {}) =>
  problemsOf(seen, { gates, viewYaw, view: "front", ...context }).map(({ hint }) => hint);

test("a good look has no problem", () => {
  assert.deepEqual(hints(look()), []);
});

for (const [hint, values, parts] of [
  ["no_face", {}, { face: null }],
  ["too_dark", {}, { face: null, dark: true }],
  ["no_face", { faces: 0 }],
  ["other_faces", { other_face: 90 }],
  ["too_dark", { brightest: 50 }],
  ["too_near", { face_height: 92 }],
  ["cut_off", { cut_off: 6 }],
  ["too_far", { inter_eye: 100 }],
  ["too_far", { face_height: 15 }],
  ["off_centre", {}, { place: 0.5 }],
  ["too_near", {}, { misfit: "too_near" }],
  ["relax", { smile: 74 }],
  ["relax", { teeth: 1, mouth_gap: 25 }],
  ["tilted", { roll_off: 28 }],
  ["looking_up", { pitch_off: 26 }, { face: facing(0, 26) }],
  ["looking_down", { pitch_off: 26 }, { face: facing(0, -26) }],
  ["too_bright", { overexposed: 9 }],
  ["shadows", { underexposed: 30 }],
  ["uneven_light", { unevenness: 1.7 }],
  ["coloured_light", { colour_cast: 13 }],
  ["hold_still", {}, { moving: 0.6 }],
  ["hold_still", { motion: 9 }],
  ["blurred", { blur: 0.8 }],
]) {
  test(`${JSON.stringify({ ...values, ...parts })} is told as ${hint}`, () => {
    assert.deepEqual(hints(look(values, parts)), [hint]);
  });
}

for (const [view, yaw, hint] of [
  ["front", 29, "back_right"],
  ["front", -29, "back_left"],
  ["left", -10, "turn_right"],
  ["left", -75, "back_left"],
  ["right", 10, "turn_left"],
  ["right", 75, "back_right"],
]) {
  test(`at ${yaw}° for the ${view} view: ${hint}`, () => {
    const seen = look({ yaw_off: Math.abs(yaw - viewYaw[view]) }, { face: facing(yaw) });
    assert.deepEqual(hints(seen, { view }), [hint]);
  });
}

test("what makes the rest meaningless is told first", () => {
  const seen = look({ blur: 0.8, inter_eye: 100, brightest: 50 });
  assert.deepEqual(hints(seen), ["too_dark", "too_far", "blurred"]);
});

test("a moving phone is told before the expression, which it smears", () => {
  const seen = look({ mouth_gap: 25, teeth: 1, motion: 9 }, { moving: 0.6 });
  assert.deepEqual(hints(seen), ["hold_still", "hold_still", "relax"]);
});

test("both measures of a far face are one problem", () => {
  assert.deepEqual(hints(look({ inter_eye: 100, face_height: 15 })), ["too_far"]);
});

test("a shown hint lingers a little past its limit", () => {
  assert.deepEqual(hints(look({ brightest: 72 })), []);
  assert.deepEqual(hints(look({ brightest: 72 }), { shown: "brightest" }), ["too_dark"]);
  assert.deepEqual(hints(look({ brightest: 80 }), { shown: "brightest" }), []);
  assert.deepEqual(hints(look({}, { place: 0.27 })), []);
  assert.deepEqual(hints(look({}, { place: 0.27 }), { shown: "place" }), ["off_centre"]);
});

test("without landmarks only light, blur and motion are told", () => {
  const seen = look({ brightest: 50, inter_eye: 80, underexposed: 60, blur: 0.9 }, { place: 0.9 });
  const told = lightProblemsOf(seen, { gates, viewYaw, view: "front" });
  assert.deepEqual(
    told.map(({ hint }) => hint),
    ["too_dark", "blurred"],
  );
  const stirred = lightProblemsOf(look({}, { moving: 1 }), { gates, viewYaw, view: "front" });
  assert.deepEqual(
    stirred.map(({ code }) => code),
    ["moving"],
  );
});

test("a figure of the framing is for a head turned as asked", () => {
  const turned = (...codes) => turnedAsAsked(codes.map((code) => ({ code })));
  assert.ok(turned());
  assert.ok(turned("blur", "far", "place"));
  for (const code of ["yaw_off", "pitch_off", "roll_off"]) assert.ok(!turned("blur", code));
});

// What the guide shows for the first problem at times in ms.
const guided = (...steps) => {
  const guide = new Guide();
  return steps.map(([now, hint]) => guide.update(hint ? [{ code: hint, hint }] : [], now));
};

test("a problem of one look is not told", () => {
  assert.deepEqual(guided([0], [200, "blurred"], [400], [600]), Array(4).fill("good"));
});

test("a problem that lasts takes the place of good at once, of another when it was read", () => {
  assert.equal(guided([0], [200, "far"], [449, "far"]).at(-1), "good");
  assert.equal(guided([0], [200, "far"], [450, "far"]).at(-1), "far");
  const changing = [
    [0, "far"],
    [300, "tilted"],
    [899, "tilted"],
    [900, "tilted"],
  ];
  assert.deepEqual(guided(...changing), ["far", "far", "far", "tilted"]);
});

test("a rival that gives way begins anew", () => {
  const steps = [
    [0, "far"],
    [900, "tilted"],
    [1100, "far"],
    [1200, "tilted"],
    [1300, "tilted"],
    [1450, "tilted"],
  ];
  assert.deepEqual(guided(...steps).slice(-2), ["far", "tilted"]);
});

test("the code whose limits linger is the shown one", () => {
  const guide = new Guide();
  assert.equal(guide.code, null);
  guide.update([{ code: "place", hint: "off_centre" }], 0);
  assert.equal(guide.code, "place");
  guide.reset();
  assert.equal(guide.code, null);
});
