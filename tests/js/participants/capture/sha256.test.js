import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { test } from "node:test";

import { newId, sha256 } from "../../../../static/js/participants/capture/sha256.js";
import { Sha256 } from "../../../../static/js/participants/capture/sha256_plain.js";

const expected = (bytes) => createHash("sha256").update(bytes).digest("hex");

test("our own SHA-256 is the platform's, whatever the size and the pieces", () => {
  for (const size of [0, 1, 55, 56, 63, 64, 65, 119, 120, 1000, 70_000]) {
    const bytes = randomBytes(size);
    const hash = new Sha256();
    for (let at = 0; at < size; at += 999) hash.update(bytes.subarray(at, at + 999));
    assert.equal(hash.hex(), expected(bytes), `${size} bytes`);
  }
});

test("a file is hashed by the browser where it can", async () => {
  const bytes = randomBytes(5000);
  assert.equal(await sha256(new Blob([bytes])), expected(bytes));
});

test("an id is a random UUID", () => {
  const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
  assert.match(newId(), uuid);
  assert.match(newId(), uuid);
});
