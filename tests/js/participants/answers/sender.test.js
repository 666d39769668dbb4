// Questionnaires go out once, and what the server says of them is understood. There is no database
// here, as in a private window: answers are kept in memory.

import "../../libraries.js";
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { clock, hurried, line, refusal, response } from "../../world.js";

Object.defineProperty(globalThis, "navigator", { configurable: true, value: undefined });
globalThis.BroadcastChannel = undefined; // one would keep the process waiting
globalThis.IDBKeyRange = { bound: () => null };
const { memoryAnswers } = await import("#js/participants/answers/kept.js");
const { drain } = await import("#js/participants/capture/outbox_sender.js");
const { setFact } = await import("#js/participants/capture/outbox_store.js");

const { setTimeout, clearTimeout, fetch } = globalThis;
const { now } = Date;
let time = null;

beforeEach(async () => {
  hurried();
  time = clock();
  memoryAnswers.clear();
  for (const name of ["session", "clock"]) await setFact(name, undefined);
});
afterEach(() => {
  Object.assign(globalThis, { setTimeout, clearTimeout, fetch });
  Date.now = now;
});

const today = (values = {}) =>
  response(
    200,
    {},
    {
      participant: "P-1",
      visit: null,
      questionnaires: "/my/questionnaires/",
      csrf: "token",
      consent: "current",
      steps: [],
      now: new Date(time.now()).toISOString(),
      ...values,
    },
  );
const taken = (id) => response(200, {}, { request_id: id });

const keep = (id, values = {}) =>
  memoryAnswers.set(id, {
    id,
    participant: "P-1",
    assignment: "itch",
    place: "week-0",
    version: 3,
    zone: "Asia/Singapore",
    state: "waiting",
    problem: null,
    keptAt: memoryAnswers.size,
    begunAt: time.now() - 60_000,
    finishedAt: time.now(),
    clockOffset: 0,
    content: { xml: "<data/>" },
    ...values,
  });
const state = (id) => {
  const { state: standing, problem } = memoryAnswers.get(id);
  return [standing, problem?.code ?? null];
};

test("what waits goes out once, with its hash and its number, and leaves the phone", async () => {
  keep("one");
  const asked = line(today(), taken("one"));
  assert.equal(await drain(), 0);
  const [, post] = asked;
  assert.equal(post.address, "/my/questionnaires/itch/week-0/answers/");
  assert.equal(post.headers["X-CSRFToken"], "token");
  const sent = JSON.parse(post.body);
  assert.deepEqual([sent.request_id, sent.participant, sent.version], ["one", "P-1", 3]);
  assert.match(sent.sha256, /^[0-9a-f]{64}$/);
  assert.deepEqual(state("one"), ["sent", null]);
  assert.equal(memoryAnswers.get("one").content, null);
  await drain();
  assert.equal(asked.length, 2);
});

test("a draft is nobody's but the person's", async () => {
  keep("one", { state: "draft" });
  const asked = line();
  assert.equal(await drain(), 0);
  assert.deepEqual(asked, []);
});

test("moments are those of the study's clock, as the phone knew it", async () => {
  keep("one", { clockOffset: 3600 });
  const asked = line(today({ now: new Date(time.now() + 3_600_000).toISOString() }), taken("one"));
  await drain();
  const { finished_at: finished, sent_at: sent } = JSON.parse(asked[1].body);
  assert.equal(Date.parse(finished) - time.now(), 3_600_000);
  assert.equal(Date.parse(sent) - time.now(), 3_600_000);
  keep("two", { clockOffset: null }); // nobody knew: the server puts it right
  const again = line(today(), taken("two"));
  await drain();
  assert.equal(Date.parse(JSON.parse(again[1].body).sent_at), time.now());
});

test("a line that breaks, or a server that is busy, costs nothing", async () => {
  for (const answer of [new Error("no line"), response(503), response(200, {}, {})]) {
    memoryAnswers.clear();
    keep("one");
    line(today(), answer);
    assert.equal(await drain(), 1);
    assert.deepEqual(state("one"), ["waiting", null]);
    assert.ok(memoryAnswers.get("one").notBefore > time.now());
  }
});

test("a refusal keeps the answers here, with the questions it is about", async () => {
  keep("one");
  const said = {
    type: "urn:gsh:problem:answers_refused",
    answers: [{ ref: "/data/a", text: "No." }],
  };
  line(today(), response(422, {}, said));
  await drain();
  assert.deepEqual(state("one"), ["refused", "answers_refused"]);
  assert.deepEqual(memoryAnswers.get("one").problem.answers, said.answers);
  assert.equal(memoryAnswers.get("one").content.xml, "<data/>");
});

test("what was damaged on the way is sent again, and so is what no answer of ours says", async () => {
  for (const code of ["answers_damaged", "other_participant"]) {
    memoryAnswers.clear();
    keep("one");
    line(today(), refusal(422, code));
    await drain();
    assert.deepEqual(state("one"), ["waiting", null], code);
  }
});

test("without a consent in force they wait for it; without a link for that", async () => {
  keep("one");
  line(today(), refusal(403, "consent_outdated"));
  await drain();
  assert.deepEqual(state("one"), ["blocked", "consent_outdated"]);
  memoryAnswers.clear();
  keep("one");
  line(today(), refusal(403, "link_expired"));
  await drain();
  assert.deepEqual(state("one"), ["blocked", "link_expired"]);
});

test("another person's answers are not sent in this one's name", async () => {
  keep("one", { participant: "P-2" });
  const asked = line(today());
  await drain();
  assert.equal(asked.length, 1);
  assert.deepEqual(state("one"), ["waiting", null]);
});
