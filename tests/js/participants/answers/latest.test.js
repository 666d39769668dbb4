import assert from "node:assert/strict";
import test from "node:test";

import { Latest } from "../../../../static/js/participants/answers/latest.js";

const slow = (written) => async (content) => {
  await new Promise((done) => setTimeout(done, 5));
  written.push(content);
};

test("of what comes while one is written, only the newest is", async () => {
  const written = [];
  const latest = new Latest(slow(written));
  const first = latest.put(() => 1);
  await Promise.resolve();
  const all = [2, 3, 4, 5].map((content) => latest.put(() => content));
  await first;
  assert.deepEqual(written, [1]);
  await Promise.all(all);
  assert.deepEqual(written, [1, 5]);
});

test("what is put is resolved once it, or something newer, is written", async () => {
  const written = [];
  const latest = new Latest(slow(written));
  for (const content of [1, 2, 3]) {
    await latest.put(() => content);
    assert.equal(written.at(-1), content);
  }
});

test("a writing that fails holds up none that follows, and is told", async () => {
  const written = [];
  const latest = new Latest(async (content) => {
    if (content === 1) throw new Error("full");
    written.push(content);
  });
  await assert.rejects(
    latest.put(() => 1),
    /full/,
  );
  await latest.put(() => 2);
  assert.deepEqual(written, [2]);
});
