import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { remember, settings } from "#js/participants/capture/camera/settings.js";

const FIRST = { auto: true, sound: true, spoken: false, facing: "user", ghost: false };
const keep = (storage) =>
  Object.defineProperty(globalThis, "localStorage", { configurable: true, value: storage });

beforeEach(() => {
  const kept = new Map();
  keep({
    getItem: (name) => kept.get(name) ?? null,
    setItem: (name, text) => kept.set(name, text),
  });
});

test("a choice is remembered beside the others", () => {
  assert.deepEqual(settings(), FIRST);
  remember({ auto: false });
  remember({ facing: "environment" });
  assert.deepEqual(settings(), { ...FIRST, auto: false, facing: "environment" });
});

test("a phone that keeps nothing, or nonsense, has the first settings", () => {
  localStorage.setItem("camera", "{");
  assert.deepEqual(settings(), FIRST);
  const refuse = () => {
    throw new Error("denied");
  };
  keep({ getItem: refuse, setItem: refuse });
  remember({ auto: false });
  assert.deepEqual(settings(), FIRST);
});
