import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import {
  NoRoom,
  problemOf,
  Refused,
  send,
  Unreachable,
} from "#js/participants/capture/outbox_send.js";
import { clock, hurried, line, pausesOf, refusal, response } from "../../world.js";

const { setTimeout, clearTimeout, fetch } = globalThis;
const { now } = Date;
const SIZE = 300_000;
const SHA = "5a".repeat(32);
const TIMEOUT = 90_000;
let [waits, begun, shares] = [];

beforeEach(() => {
  waits = hurried();
  begun = [];
  shares = [];
  globalThis.location = { href: "https://skin.example.org/my/" };
});
afterEach(() => {
  Object.assign(globalThis, { setTimeout, clearTimeout, fetch, location: undefined });
  Date.now = now;
});

const sending = (options = {}) =>
  send({
    blob: new Blob([new Uint8Array(SIZE)]),
    sha256: SHA,
    endpoint: "/uploads/",
    csrf: "token",
    metadata: { view: "front", visit: "தமிழ்" },
    created: (url) => begun.push(url),
    progress: (share) => shares.push(share),
    ...options,
  });
const created = () => response(201, { Location: "/uploads/7/", "Upload-Offset": "0" });
const at = (offset) => response(204, { "Upload-Offset": String(offset) });
const done = (sha = SHA) => response(204, { "Upload-Offset": String(SIZE), "Photo-SHA256": sha });
const methods = (asked) => asked.map(({ method }) => method).join(" ");
const pauses = () => pausesOf(waits);

test("a photo is announced, sent piece by piece, and confirmed by its hash", async () => {
  const asked = line(created(), at(131_072), done());
  await sending();
  assert.equal(methods(asked), "POST PATCH PATCH");
  assert.equal(asked[0].headers["Upload-Length"], String(SIZE));
  const [view, visit] = asked[0].headers["Upload-Metadata"]
    .split(",")
    .map((part) => part.split(" "));
  assert.deepEqual(view, ["view", btoa("front")]);
  assert.equal(Buffer.from(visit[1], "base64").toString(), "தமிழ்");
  assert.deepEqual(begun, ["https://skin.example.org/uploads/7/"]);
  assert.equal(asked[1].body.size, 131_072);
  assert.equal(asked[2].headers["Upload-Offset"], "131072");
  assert.equal(asked[2].headers["X-CSRFToken"], "token");
  assert.deepEqual(shares, [0, 131_072 / SIZE, 1]);
});

test("an upload that was begun goes on where the server is", async () => {
  const asked = line(at(200_000), done());
  await sending({ url: "https://skin.example.org/uploads/7/" });
  assert.equal(methods(asked), "HEAD PATCH");
  assert.equal(asked[1].headers["Upload-Offset"], "200000");
  assert.deepEqual(begun, []);
});

test("pieces are halved on a line that breaks, and no smaller than 32 KiB", async () => {
  const dead = () => new TypeError("broken");
  const asked = line(created(), dead(), at(0), dead(), at(0), dead(), at(0), at(32_768), done());
  await sending();
  const sizes = asked.filter(({ method }) => method === "PATCH").map(({ body }) => body.size);
  assert.deepEqual(sizes.slice(0, 4), [131_072, 65_536, 32_768, 32_768]);
});

test("on a slow line a piece takes four seconds", async () => {
  const { tick } = clock();
  const asked = line(created(), at(131_072), done());
  const fast = globalThis.fetch;
  globalThis.fetch = (address, options) => {
    if (options.method === "PATCH") tick(8000);
    return fast(address, options);
  };
  await sending();
  assert.equal(asked[2].body.size, 65_536);
});

test("a dead line is tried again, each time later, and then left", async () => {
  const asked = line(...Array.from({ length: 6 }, () => new TypeError("offline")));
  await assert.rejects(sending(), Unreachable);
  assert.equal(asked.length, 6);
  assert.deepEqual(pauses(), [300, 1000, 2000, 4000, 8000]);
});

test("a piece that arrives gives the line its patience back", async () => {
  const dead = () => new TypeError("offline");
  line(dead(), dead(), created(), at(100_000), dead(), at(100_000), done());
  await sending();
  assert.deepEqual(pauses(), [300, 1000, 300]);
});

test("every request is given up after a while", async () => {
  line(created(), done());
  await sending();
  assert.deepEqual(waits, [TIMEOUT, TIMEOUT]);
});

for (const status of [408, 500, 503]) {
  test(`${status} passes by itself`, async () => {
    line(response(status), created(), done());
    await sending();
  });
}

test("a server without room is not pressed: the photo waits with the others", async () => {
  const asked = line(refusal(507, "no_room"));
  await assert.rejects(sending(), NoRoom);
  assert.equal(asked.length, 1);
});

test("an upload that somebody else holds is asked for its place", async () => {
  const asked = line(created(), refusal(423, "upload_busy"), at(200_000), done());
  await sending();
  assert.equal(methods(asked), "POST PATCH HEAD PATCH");
});

for (const gone of [404, 410]) {
  test(`an upload that is gone (${gone}) is begun anew`, async () => {
    const asked = line(response(gone), created(), done());
    await sending({ url: "https://skin.example.org/uploads/3/" });
    assert.equal(methods(asked), "HEAD POST PATCH");
    assert.deepEqual(begun, ["https://skin.example.org/uploads/7/"]);
  });
}

test("a photo that arrives damaged is sent three times more, and then refused", async () => {
  const round = () => [created(), refusal(422, "photo_damaged")];
  const asked = line(...round(), ...round(), ...round(), ...round());
  await assert.rejects(sending(), { code: "photo_damaged" });
  assert.equal(methods(asked), "POST PATCH POST PATCH POST PATCH POST PATCH");
});

test("a refusal is not tried again, and says why", async () => {
  const asked = line(refusal(403, "consent_outdated"));
  const why = { code: "consent_outdated", title: "No.", detail: "Because." };
  await assert.rejects(sending(), (error) => {
    assert.ok(error instanceof Refused);
    assert.deepEqual({ code: error.code, title: error.title, detail: error.detail }, why);
    return true;
  });
  assert.equal(asked.length, 1);
});

test("a photo of which the server holds another hash has not arrived", async () => {
  line(created(), done("00".repeat(32)));
  await assert.rejects(sending(), { code: "photo_conflict" });
});

test("a proxy's answer is no problem of ours", async () => {
  const page = new Response("<h1>Forbidden</h1>", { status: 403 });
  assert.deepEqual(await problemOf(page), { code: "", title: "", detail: "", status: 403 });
});
