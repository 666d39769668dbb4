import assert from "node:assert/strict";
import { test } from "node:test";
import {
  doubts,
  failing,
  limitOf,
  MARGINS,
  reasonOf,
  toldOf,
} from "#js/participants/capture/camera/gates.js";
import { gates, viewYaw } from "../../../study.js";

const context = { gates, view: "front", viewYaw, margins: MARGINS };
const face = { yaw: 0, pitch: 0, roll: 0 };

test("the limit lies between what the server refuses and what it warns of", () => {
  assert.equal(limitOf(gates.blur, 0), 0.72);
  assert.equal(limitOf(gates.blur, 1), 0.6);
  assert.equal(limitOf(gates.inter_eye, 0.1), 133);
});

test("a measure fails beyond its limit, on the side that is worse", () => {
  const margins = {};
  assert.deepEqual(failing({ inter_eye: 119, blur: 0.71 }, gates, { margins }), ["inter_eye"]);
  assert.deepEqual(failing({ inter_eye: 121, blur: 0.73 }, gates, { margins }), ["blur"]);
});

test("the phone's margin refuses what the server would just take", () => {
  assert.deepEqual(failing({ inter_eye: 130 }, gates), ["inter_eye"]);
  assert.deepEqual(failing({ inter_eye: 134 }, gates), []);
});

test("an extra margin makes it stricter, and never stricter than the warning", () => {
  const extra = () => 5;
  assert.deepEqual(failing({ yaw_off: 16 }, gates, { extra }), ["yaw_off"]);
  assert.deepEqual(failing({ yaw_off: 14 }, gates, { extra }), []);
});

test("what was not measured and what has no threshold does not fail", () => {
  assert.deepEqual(failing({ blur: null, noise: undefined, unheard_of: 1e9 }, gates), []);
});

test("every measure of a phone has a reason that the server knows, too", () => {
  assert.equal(reasonOf("motion", face, "front", viewYaw), "moved");
  assert.equal(reasonOf("pitch_off", { ...face, pitch: 9 }, "front", viewYaw), "looking_up");
  assert.equal(reasonOf("pitch_off", { ...face, pitch: -9 }, "front", viewYaw), "looking_down");
  assert.equal(reasonOf("roll_off", { ...face, roll: -40 }, "front", viewYaw), "tilted");
  assert.equal(reasonOf("roll_off", { ...face, roll: 170 }, "front", viewYaw), "upside_down");
});

test("a turn is told by the view that was asked for", () => {
  const turned = (yaw, view) => reasonOf("yaw_off", { ...face, yaw }, view, viewYaw);
  assert.equal(turned(30, "front"), "turned_left");
  assert.equal(turned(-30, "front"), "turned_right");
  assert.equal(turned(-10, "left"), "show_left");
  assert.equal(turned(-75, "left"), "turned_too_far");
  assert.equal(turned(75, "left"), "show_left");
  assert.equal(turned(80, "right"), "turned_too_far");
});

test("each reason of a still is told once", () => {
  const values = { inter_eye: 80, face_height: 10, overexposed: 20 };
  assert.deepEqual(doubts({ face, values }, context), ["too_far", "too_bright"]);
});

test("a moved phone explains the blur", () => {
  assert.deepEqual(doubts({ face, values: { blur: 0.9, motion: 9 } }, context), ["moved"]);
  assert.deepEqual(doubts({ face, values: { blur: 0.9, motion: 1 } }, context), ["blurred"]);
});

test("without a face it is the dark or the face itself", () => {
  assert.deepEqual(doubts({ face: null, values: {} }, { ...context, dark: true }), ["too_dark"]);
  assert.deepEqual(doubts({ face: null, values: {} }, context), ["no_face"]);
});

test("one reason is told: the one that makes the others meaningless", () => {
  const rank = ["too_dark", "blurred", "eyes_closed"];
  assert.deepEqual(toldOf(["eyes_closed", "blurred", "too_dark"], rank), ["too_dark"]);
  assert.deepEqual(toldOf(["blurred", "damaged"], rank), ["damaged"]);
  assert.deepEqual(toldOf([], rank), []);
});
