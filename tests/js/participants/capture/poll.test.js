import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { decided } from "#js/participants/capture/poll.js";
import { broken, cut, hurried, line, pausesOf, response } from "../../world.js";

const { setTimeout, clearTimeout, fetch } = globalThis;
const { now } = Date;
let waits = [];

beforeEach(() => {
  waits = hurried();
});
afterEach(() => {
  Object.assign(globalThis, { setTimeout, clearTimeout, fetch, location: undefined });
  Date.now = now;
});

const received = () => response(200, {}, { state: "received" });
const accepted = () => response(200, {}, { state: "accepted" });

test("it asks until the photo is decided, less and less often", async () => {
  const asked = line(...Array.from({ length: 9 }, received), accepted());
  assert.deepEqual(await decided("/photo/"), { state: "accepted" });
  assert.equal(asked.length, 10);
  const pauses = pausesOf(waits);
  assert.deepEqual(pauses.slice(0, 3).map(Math.round), [700, 980, 1372]);
  assert.equal(pauses.length, 9);
  assert.equal(pauses.at(-1), 6000);
});

test("a dead line and a server in trouble are asked again", async () => {
  line(new TypeError("offline"), response(503), accepted());
  assert.deepEqual(await decided("/photo/"), { state: "accepted" });
});

test("an answer of which a part was lost is asked for again", async () => {
  line(cut(200, { state: "accepted" }), broken(200), response(200), accepted());
  assert.deepEqual(await decided("/photo/"), { state: "accepted" });
});

test("whoever waits is told once that it takes long", async () => {
  let at = 0;
  Date.now = () => {
    at += 9000;
    return at;
  };
  let slow = 0;
  line(...Array.from({ length: 6 }, received), accepted());
  await decided("/photo/", { slow: () => (slow += 1) });
  assert.equal(slow, 1);
});

test("when the session is over the participant's own page says so", async () => {
  const went = new Promise((resolve) => {
    globalThis.location = { assign: resolve };
  });
  line(response(403));
  decided("/photo/");
  assert.equal(await went, "/my/");
});
