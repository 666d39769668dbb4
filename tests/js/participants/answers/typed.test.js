// What people type, in their own digits and with their own separators.

import assert from "node:assert/strict";
import { test } from "node:test";
import { keptOf, numberOf, shownIn, stepsOf, textOf } from "#js/participants/answers/typed.js";

test("numbers in the digits and separators of each language", () => {
  for (const [typed, value] of [
    ["12", 12],
    [" 1 200 ", 1200],
    ["๑๒", 12],
    ["௧௨", 12],
    ["７", 7],
    ["−3", -3],
    ["", null],
  ]) {
    assert.deepEqual(numberOf(typed, { whole: true }), { value });
  }
  for (const [typed, value] of [
    ["7.5", 7.5],
    ["7,5", 7.5],
    [".5", 0.5],
    ["๗,๕", 7.5],
  ]) {
    assert.deepEqual(numberOf(typed, { whole: false }), { value });
  }
});

test("what is no number is said to be none", () => {
  for (const typed of ["7.5", "two", "1e3", "99999999999", "--3", "1,200"]) {
    assert.deepEqual(numberOf(typed, { whole: true }), { problem: "whole" }, typed);
  }
  for (const typed of ["seven", "1,200.5", "NaN", "Infinity", "0x10", "1.2.3"]) {
    assert.deepEqual(numberOf(typed, { whole: false }), { problem: "number" }, typed);
  }
});

test("text keeps every letter that XML can carry", () => {
  assert.equal(textOf("ผิวแห้ง 😀\n“ok” <b>"), "ผิวแห้ง 😀\n“ok” <b>");
  assert.equal(textOf("a\u0000b\u000bc\ud800d\udc00e\ufffff"), "abcdef");
});

test("dates and times go between the phone's fields and the form", () => {
  for (const [kind, kept, shown] of [
    ["date", "2026-03-02", "2026-03-02"],
    ["month", "2026-03-01", "2026-03"],
    ["year", "2026-01-01", "2026"],
    ["time", "08:30:00.000", "08:30"],
    ["datetime-local", "2026-03-02T08:30:00.000", "2026-03-02T08:30"],
  ]) {
    assert.equal(keptOf(kind, shown), kept);
    assert.equal(shownIn(kind, kept), shown);
    assert.equal(keptOf(kind, ""), null);
  }
  assert.equal(shownIn("time", "08:30:00.000+08:00"), "08:30");
  assert.equal(shownIn("number", "8.0"), "8");
});

test("a short scale has a button for each step, a long one none", () => {
  assert.deepEqual(stepsOf({ start: 0n, end: 10n, step: 1n }).length, 11);
  assert.deepEqual(stepsOf({ start: 0, end: 1, step: 0.25 }), ["0", "0.25", "0.5", "0.75", "1"]);
  assert.deepEqual(stepsOf({ start: 3, end: 1, step: 1 }), ["3", "2", "1"]);
  assert.equal(stepsOf({ start: 0, end: 100, step: 1 }), null);
});
