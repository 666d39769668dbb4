// Pictures fetched ahead: the small ones first, each once, the large ones as the line allows.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Pictures } from "#js/inference/reading/pictures.js";

// `speed` bytes a second; half of each picture is timed.
const made = (speed, places = 1) => {
  const time = { now: 0 };
  const asked = [];
  const fetchOne = async (address, onShare) => {
    asked.push(address);
    const size = address.endsWith("/full/") ? 3_000_000 : 200_000;
    onShare(0.5);
    time.now += (size / 2 / speed) * 1000;
    onShare(1);
    return { size };
  };
  const pictures = new Pictures({ base: "/", places, fetchOne, now: () => time.now });
  return { pictures, asked };
};
globalThis.URL.createObjectURL = () => "blob:";
globalThis.URL.revokeObjectURL = () => {};
const settled = () => new Promise((done) => setTimeout(done, 20));

test("on a quick line all pictures come, small ones first", async () => {
  const { pictures, asked } = made(5_000_000);
  pictures.want(["a", "b", "c"]);
  await settled();
  assert.deepEqual(
    asked,
    ["a/0/screen", "b/0/screen", "c/0/screen", "a/0/full", "b/0/full", "c/0/full"].map(
      (name) => `/${name}/`,
    ),
  );
});

test("on a slow line the large ones wait until they are asked for", async () => {
  const { pictures, asked } = made(50_000);
  pictures.want(["a", "b", "c"]);
  await settled();
  assert.equal(asked.length, 3);
  await pictures.get("a", 0, "full");
  assert.equal(asked.at(-1), "/a/0/full/");
});

test("none is fetched twice, and pairs come both", async () => {
  const { pictures, asked } = made(50_000, 2);
  pictures.want(["a", "b"]);
  await settled();
  pictures.want(["b", "c"]);
  await settled();
  assert.deepEqual(
    asked,
    [..."abc"].flatMap((key) => [`/${key}/0/screen/`, `/${key}/1/screen/`]),
  );
  assert.ok(pictures.has("c", 1, "screen") && !pictures.has("a", 0, "screen"));
});

test("what failed can be asked for again", async () => {
  let fails = true;
  const fetchOne = async () => {
    if (fails) throw new Error("no line");
    return { size: 1 };
  };
  const pictures = new Pictures({ base: "/", places: 1, fetchOne });
  await assert.rejects(pictures.get("a", 0, "screen"));
  fails = false;
  assert.equal(await pictures.get("a", 0, "screen"), "blob:");
});
