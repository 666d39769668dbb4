// What waits, and what becomes of it. There is no database here, as in a private window: photos are
// kept in memory. What the database keeps, tests/browser/participants/my/offline looks at in a real
// one.

import "../../libraries.js";
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { broken, clock, cut, hurried, line, refusal, response } from "../../world.js";

Object.defineProperty(globalThis, "navigator", { configurable: true, value: undefined });
globalThis.BroadcastChannel = undefined; // one would keep the process waiting
globalThis.IDBKeyRange = { bound: () => null };
const { drain, fetchToday } = await import("#js/participants/capture/outbox_sender.js");
const { fact, memoryPhotos, setFact } = await import("#js/participants/capture/outbox_store.js");

const { setTimeout, clearTimeout, fetch } = globalThis;
const { now } = Date;
const { random } = Math;
const SHA = "5a".repeat(32);
const BLOB = new Blob([new Uint8Array(1000)]);
let time = null;

beforeEach(async () => {
  hurried();
  time = clock();
  Math.random = () => 0.5;
  globalThis.location = { href: "https://skin.example.org/my/" };
  memoryPhotos.clear();
  for (const name of ["session", "clock"]) await setFact(name, undefined);
});
afterEach(() => {
  Object.assign(globalThis, { setTimeout, clearTimeout, fetch, location: undefined });
  Date.now = now;
  Math.random = random;
});

const TODAY = {
  participant: "P-1",
  visit: { code: "week-0" },
  uploads: "/uploads/",
  csrf: "token",
  consent: "current",
  steps: [],
};
const today = (values = {}) =>
  response(200, {}, { ...TODAY, now: new Date(time.now()).toISOString(), ...values });
const created = () => response(201, { Location: "/uploads/7/", "Upload-Offset": "0" });
const done = () => response(204, { "Upload-Offset": "1000", "Photo-SHA256": SHA });

const keep = (id, values = {}) => {
  const photo = { id, participant: "P-1", visit: "week-0", view: "front", sha256: SHA };
  memoryPhotos.set(id, {
    ...photo,
    keptAt: memoryPhotos.size,
    state: "waiting",
    blob: BLOB,
    ...values,
  });
};
const state = (id) => {
  const { state, problem = null, tries = 0, notBefore = 0 } = memoryPhotos.get(id);
  return { state, code: problem?.code ?? null, tries, wait: notBefore && notBefore - time.now() };
};
const metadata = ({ headers }) =>
  Object.fromEntries(
    headers["Upload-Metadata"].split(",").map((part) => {
      const [name, value] = part.split(" ");
      return [name, Buffer.from(value, "base64").toString()];
    }),
  );

test("what waits goes out, oldest first, and leaves the phone", async () => {
  keep("one");
  keep("two", { view: "left" });
  const asked = line(today(), created(), done(), created(), done());
  assert.equal(await drain(), 0);
  const views = asked.filter(({ method }) => method === "POST").map((post) => metadata(post).view);
  assert.deepEqual(views, ["front", "left"]);
  assert.equal(memoryPhotos.size, 0);
});

test("with nothing to send nobody is asked", async () => {
  const asked = line();
  assert.equal(await drain(), 0);
  assert.deepEqual(asked, []);
});

test("what the person has not decided on is neither sent nor counted", async () => {
  keep("one", { state: "undecided" });
  const asked = line();
  assert.equal(await drain(), 0);
  assert.deepEqual(asked, []);
  keep("two", { view: "left" });
  line(today(), created(), done());
  assert.equal(await drain(), 0);
  assert.deepEqual([...memoryPhotos.keys()], ["one"]);
});

test("without a line everything stays as it is", async () => {
  keep("one");
  line(new TypeError("offline"));
  await drain();
  assert.deepEqual(state("one"), { state: "waiting", code: null, tries: 0, wait: 0 });
});

test("a photo that does not get through is put off, longer each time, up to a minute", async () => {
  keep("one");
  const found = [];
  for (let round = 0; round < 5; round += 1) {
    line(today(), ...Array.from({ length: 6 }, () => response(503)));
    await drain();
    found.push(state("one").wait);
    time.tick(120_000);
  }
  assert.deepEqual(found, [5000, 15_000, 30_000, 60_000, 60_000]);
});

test("a photo for which the server has no room is kept, and the page can say why", async () => {
  keep("one");
  keep("two", { view: "left" });
  line(today(), refusal(507, "no_room"));
  await drain();
  assert.deepEqual(state("one"), { state: "waiting", code: "no_room", tries: 1, wait: 5000 });
  assert.deepEqual(state("two"), { state: "waiting", code: null, tries: 0, wait: 0 });
  time.tick(6000);
  line(today(), created(), done(), created(), done());
  await drain();
  assert.equal(memoryPhotos.size, 0);
});

test("a wait is spread, so that phones do not come all at once", async () => {
  for (const [chance, wait] of [
    [0, 3750],
    [1, 6250],
  ]) {
    keep("one");
    Math.random = () => chance;
    line(today(), ...Array.from({ length: 6 }, () => response(503)));
    await drain();
    assert.equal(state("one").wait, wait);
  }
});

test("what is put off waits, unless a clock was set back", async () => {
  keep("one", { notBefore: time.now() + 60_000 });
  const asked = line();
  await drain();
  assert.deepEqual(asked, []);
  keep("one", { notBefore: time.now() + 86_400_000 });
  line(today(), created(), done());
  await drain();
  assert.equal(memoryPhotos.size, 0);
});

test("a line that breaks ends the round: the next photo is not tried", async () => {
  keep("one");
  keep("two");
  const asked = line(today(), ...Array.from({ length: 6 }, () => response(503)));
  assert.equal(await drain(), 2);
  assert.equal(asked.length, 7);
});

test("a photo of another person does not go out under this session", async () => {
  keep("theirs", { participant: "P-2" });
  keep("mine");
  const asked = line(today(), created(), done());
  await drain();
  assert.deepEqual([...memoryPhotos.keys()], ["theirs"]);
  assert.equal(asked.length, 3);
});

test("a photo that was being sent when its tab closed is sent again", async () => {
  keep("one", { state: "sending" });
  line(today(), created(), done());
  assert.equal(await drain(), 0);
});

test("what the server will never take is refused, and the next goes out", async () => {
  keep("one");
  keep("two");
  line(today(), refusal(409, "photo_already_accepted"), created(), done());
  assert.equal(await drain(), 0);
  assert.deepEqual(state("one"), {
    state: "refused",
    code: "photo_already_accepted",
    tries: 0,
    wait: 0,
  });
});

test("a consent that is out of date blocks a photo until it is given anew", async () => {
  keep("one");
  line(today(), refusal(403, "consent_outdated"));
  await drain();
  assert.deepEqual(state("one"), {
    state: "blocked",
    code: "consent_outdated",
    tries: 1,
    wait: 5000,
  });
  time.tick(10_000);
  const asked = line(today({ consent: "outdated" }));
  await drain();
  assert.equal(asked.length, 1);
  line(today(), created(), done());
  assert.equal(await drain(), 0);
});

test("a session that is over stops everything until the link is opened again", async () => {
  keep("one");
  keep("two");
  line(today(), refusal(403, "link_expired"));
  assert.equal(await drain(), 2);
  assert.equal(state("one").state, "blocked");
  assert.equal(state("two").state, "waiting");
  assert.equal((await fact("session")).problem.code, "link_expired");
});

test("who stopped taking part leaves no photo of theirs on the phone", async () => {
  await setFact("session", { participant: "P-1" });
  keep("mine");
  keep("theirs", { participant: "P-2" });
  line(refusal(403, "taking_part_ended"));
  assert.equal(await fetchToday(), null);
  assert.deepEqual([...memoryPhotos.keys()], ["theirs"]);
});

test("a number that is taken is changed once", async () => {
  keep("one");
  line(today(), refusal(409, "photo_conflict"), created(), done());
  assert.equal(await drain(), 0);
  keep("one", { renumbered: true });
  line(today(), refusal(409, "photo_conflict"));
  await drain();
  assert.equal(state("one").state, "refused");
});

test("an answer that is not ours is tried later, and does not hold up the next", async () => {
  keep("one");
  keep("two");
  line(today(), new Response("<h1>No</h1>", { status: 403 }), created(), done());
  await drain();
  assert.deepEqual(state("one"), { state: "waiting", code: null, tries: 1, wait: 5000 });
  assert.equal(memoryPhotos.has("two"), false);
});

test("an answer of which a part was lost is no answer", async () => {
  line(cut(200, TODAY), broken(200), response(200));
  for (let asked = 0; asked < 3; asked += 1) assert.equal(await fetchToday(), null);
  assert.equal(await fact("session"), undefined);
});

test("the phone's clock is compared with the server's, and told with the photo", async () => {
  keep("one", { how: { method: "guided" } });
  const ahead = new Date(time.now() + 90_000).toISOString();
  const asked = line(today({ now: ahead }), created(), done());
  await drain();
  assert.deepEqual(JSON.parse(metadata(asked[1]).capture), {
    method: "guided",
    clock_offset_s: 90,
  });
});

test("a slow answer says too little about the clock", async () => {
  line(today());
  const quick = globalThis.fetch;
  globalThis.fetch = (...given) => {
    time.tick(10_000);
    return quick(...given);
  };
  assert.equal((await fetchToday()).participant, "P-1");
  assert.equal(await fact("clock"), undefined);
});

test("two that ask at once share one answer", async () => {
  const asked = line(today());
  const [one, other] = await Promise.all([fetchToday(), fetchToday()]);
  assert.equal(one, other);
  assert.equal(asked.length, 1);
});
