// Answers on their way: none lost, none twice, whatever the line does.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Outbox, WAITS } from "#js/inference/reading/sending.js";

class Store {
  items = new Map();
  getItem = (name) => this.items.get(name) ?? null;
  setItem = (name, value) => this.items.set(name, value);
  removeItem = (name) => this.items.delete(name);
}

const made = (answers, store = new Store()) => {
  const seen = { sent: [], told: [], waits: [] };
  const outbox = new Outbox({
    send: async (entry) => {
      seen.sent.push(entry.request_id);
      return answers.shift() ?? { kind: "saved" };
    },
    store,
    name: "a",
    tell: (told) => seen.told.push(told),
    wait: (ms, act) => seen.waits.push({ ms, act }),
  });
  return { outbox, seen, store };
};
const entry = (number) => ({ request_id: number });

test("one after the other, in order", async () => {
  const { outbox, seen, store } = made([]);
  await Promise.all([1, 2, 3].map((number) => outbox.add(entry(number))));
  assert.deepEqual(seen.sent, [1, 2, 3]);
  assert.deepEqual(
    seen.told.map((told) => told.left),
    [2, 1, 0],
  );
  assert.equal(store.getItem("a"), null);
});

test("a broken line is tried again with the same number, ever more slowly", async () => {
  const offline = { kind: "offline", words: "" };
  const { outbox, seen } = made(Array(7).fill(offline));
  await outbox.add(entry(1));
  for (let n = 0; n < 7; n += 1) await seen.waits[n].act();
  assert.deepEqual(seen.sent, Array(8).fill(1));
  assert.deepEqual(
    seen.waits.map(({ ms }) => ms),
    [...WAITS, WAITS.at(-1), WAITS.at(-1)],
  );
  assert.equal(outbox.size, 0);
});

test("what was sent by hand meanwhile is not sent by the clock", async () => {
  const { outbox, seen } = made([{ kind: "offline" }]);
  await outbox.add(entry(1));
  await outbox.drain();
  await outbox.add(entry(2));
  await seen.waits[0].act();
  assert.deepEqual(seen.sent, [1, 1, 2]);
});

test("a refusal goes, and those behind it are sent", async () => {
  const { outbox, seen } = made([{ kind: "refused", code: "not_your_turn" }]);
  await Promise.all([outbox.add(entry(1)), outbox.add(entry(2))]);
  assert.deepEqual(
    seen.told.map((told) => [told.kind, told.left]),
    [
      ["refused", 1],
      ["saved", 0],
    ],
  );
});

test("what waits is there again when the page is", async () => {
  const { outbox, store } = made([{ kind: "signed out" }]);
  await outbox.add(entry(1));
  const { outbox: again, seen } = made([], store);
  assert.equal(again.size, 1);
  await again.drain();
  assert.deepEqual(seen.sent, [1]);
});

test("only what has never set out is taken back: of the rest the server may know", async () => {
  const { outbox } = made([{ kind: "offline" }, { kind: "offline" }]);
  await outbox.add(entry(1));
  const going = outbox.add(entry(2));
  assert.equal(outbox.takeBack().request_id, 2);
  assert.equal(outbox.takeBack(), null);
  await going;
  assert.equal(outbox.takeBack(), null);
  assert.equal(outbox.size, 1);
});
