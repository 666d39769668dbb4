// The service worker's way of fetching the engine: in pieces that are kept, going on where it stopped.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { beforeEach, test } from "node:test";
import { runInNewContext } from "node:vm";

const SCRIPT = readFileSync("templates/participants/capture/my/_worker_engine.js", "utf8");
const FILE = "/static/lib/engine.wasm";
const PIECE = 128 * 1024;
const content = Uint8Array.from({ length: 3 * PIECE + 1000 }, (_, i) => (i * 7) % 251);

let [stored, asked, told] = [];

beforeEach(() => {
  stored = new Map();
  asked = [];
  told = [];
});

// The worker anew, as after the browser ended it: what is stored stays. `serve(from)` answers.
function worker(serve) {
  const cache = {
    match: async (address) => stored.get(address)?.clone(),
    put: async (address, response) => void stored.set(address, response),
    delete: async (address) => stored.delete(address),
  };
  const world = {
    Blob,
    Response,
    ENGINE: "engine",
    CONFIG: { engineFiles: { [FILE]: content.length } },
    caches: { open: async () => cache },
    self: { clients: { matchAll: async () => [{ postMessage: (message) => told.push(message) }] } },
    setTimeout: (act) => setImmediate(act),
    fetch: async (_address, { headers }) => {
      const from = Number(/bytes=(\d+)-/.exec(headers.Range ?? "bytes=0-")[1]);
      asked.push(from);
      return serve(from);
    },
  };
  runInNewContext(`${SCRIPT}; this.file = engineFile; this.all = fetchEngine;`, world);
  return world;
}

// The bytes from `from` on; the line breaks after `before` of them.
function answer(from, { before = Infinity, status = from ? 206 : 200 } = {}) {
  const bytes = content.slice(status === 206 ? from : 0);
  const chunks = [];
  for (let at = 0; at < bytes.length; at += 40_000) chunks.push(bytes.slice(at, at + 40_000));
  let passed = 0;
  const body = new ReadableStream({
    pull(controller) {
      if (passed >= before) controller.error(new TypeError("the line broke"));
      else if (!chunks.length) controller.close();
      else {
        passed += chunks[0].length;
        controller.enqueue(chunks.shift());
      }
    },
  });
  return new Response(body, { status, headers: { "Content-Type": "application/wasm" } });
}

const bytesOf = async (response) => new Uint8Array(await response.arrayBuffer());

test("a line that breaks goes on at the byte where it stopped", async () => {
  const breaks = [200_000, 80_000];
  const { file } = worker((from) => answer(from, { before: breaks.shift() }));
  const response = await file(FILE);
  assert.deepEqual(asked, [0, 200_000, 280_000]);
  assert.deepEqual(await bytesOf(response), content);
  assert.equal(response.headers.get("Content-Type"), "application/wasm");
  assert.deepEqual([...stored.keys()], [FILE], "the pieces are put together");
});

test("what a worker that was ended had kept is not fetched again", async () => {
  const first = worker((from) => {
    if (asked.length === 1) return answer(from, { before: 160_000 });
    throw new TypeError("no line");
  });
  await assert.rejects(first.file(FILE));
  const second = worker((from) => answer(from));
  assert.deepEqual(await bytesOf(await second.file(FILE)), content);
  assert.equal(asked.filter((from) => from === 0).length, 1);
  assert.equal(asked.at(-1), 160_000);
});

test("a server that knows no ranges begins anew, and the file is whole all the same", async () => {
  const breaks = [200_000];
  const { file } = worker((from) => answer(from, { before: breaks.shift(), status: 200 }));
  assert.deepEqual(await bytesOf(await file(FILE)), content);
});

test("two who ask at once share one download, and pages hear how far it is", async () => {
  const { file, all } = worker((from) => answer(from));
  const [one, other] = await Promise.all([file(FILE), file(FILE), all([FILE, "/unknown"])]);
  assert.deepEqual(asked, [0]);
  assert.deepEqual(await bytesOf(one), await bytesOf(other));
  const shares = told.map(({ loaded, total }) => loaded / total);
  assert.deepEqual(
    shares,
    [...shares].sort((a, b) => a - b),
  );
  assert.ok(shares.some((share) => share > 0 && share < 1));
  assert.deepEqual(
    { ...told.at(-1) },
    {
      kind: "engine",
      loaded: content.length,
      total: content.length,
      done: true,
    },
  );
});

test("without any line the pages are told that it stands still, not that it is done", async () => {
  const { all } = worker(() => {
    throw new TypeError("no line");
  });
  await all([FILE]);
  assert.equal(asked.length, 5);
  assert.equal(told.at(-1).done, false);
});
