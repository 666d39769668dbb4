import assert from "node:assert/strict";
import { test } from "node:test";

import { cardsOf } from "../../../../static/js/participants/capture/queue_cards.js";
import { page, photo } from "./state.js";

const DAY = 24 * 3600 * 1000;
const VIEWS = ["front", "left", "right"];
const three = VIEWS.map((view) => photo(view));
const titles = (values) => cardsOf(page(values)).map(({ title }) => title);
const acts = (card) => card.buttons.map(({ act, href }) => act ?? href);

test("nothing waits, nothing is said", () => {
  assert.deepEqual(cardsOf(page()), []);
});

test("photos that wait are counted, and can be sent now where there is a line", () => {
  const [online] = cardsOf(page({ photos: three }));
  assert.equal(online.title, "3 photos wait on this phone");
  assert.deepEqual(acts(online), ["send"]);
  const [offline] = cardsOf(page({ photos: [photo("left")], online: false }));
  assert.equal(offline.title, "1 photo waits on this phone");
  assert.deepEqual(acts(offline), []);
});

test("whether the page may be closed depends on the browser", () => {
  const text = (sendsAlone) => cardsOf(page({ photos: three, sendsAlone }))[0].text;
  assert.match(text(true), /You can close this page/);
  assert.match(text(false), /one of your pages is open/);
});

test("where the server has no room, that is said, and that the photo is safe", () => {
  const waits = photo("front", { problem: { code: "no_room" } });
  const [card] = cardsOf(page({ photos: [waits, photo("left")] }));
  assert.equal(card.title, "2 photos wait on this phone");
  assert.match(card.text, /no room on the study's side.*stay safe on this phone/);
});

test("a photo that nobody has decided on is asked about, without its picture", () => {
  const undecided = photo("left", { state: "undecided" });
  const [card, ...others] = cardsOf(page({ photos: [undecided] }));
  assert.equal(card.title, "A photo waits for your decision");
  assert.deepEqual([card.picture.address, card.picture.name], ["", "Left cheek"]);
  assert.deepEqual(acts(card), ["use", "remove"]);
  assert.deepEqual(others, [], "it does not wait to be sent");
  const [asked] = cardsOf(page({ photos: [undecided], removing: undecided.id }));
  assert.deepEqual(acts(asked), ["discard", "keep"]);
  assert.deepEqual(titles({ photos: [undecided], capturing: true }), [], "the view's page asks");
});

test("while one is sent, the share of all of them is shown", () => {
  const photos = [photo("front", { state: "sending", share: 0.5 }), photo("left")];
  const [card] = cardsOf(page({ photos }));
  assert.equal(card.title, "Sending 2 photos");
  assert.equal(card.progress.percent, 25);
});

test("without a session the photos are safe, and the reason is said", () => {
  const ended = { code: "link_revoked", detail: "Your study team has stopped this link." };
  const [card] = cardsOf(page({ photos: three, session: ended }));
  assert.equal(card.title, "3 photos are safe on this phone");
  assert.equal(card.text, ended.detail);
});

test("a page of nobody's shows that photos wait, and none of them", () => {
  const photos = [photo("front"), photo("left", { state: "refused" })];
  const cards = cardsOf(page({ owner: null, photos, others: 2, littleRoom: true }));
  assert.equal(cards.length, 1);
  assert.equal(cards[0].title, "2 photos are safe on this phone");
  assert.match(cards[0].text, /open your personal link again/);
});

test("a newer consent form holds back those it concerns; the others go on", () => {
  const photos = [photo("front", { problem: { code: "consent_outdated" } }), photo("left")];
  const [consent, waiting] = cardsOf(page({ photos }));
  assert.deepEqual(acts(consent), ["/my/consent/review/"]);
  assert.equal(waiting.title, "1 photo waits on this phone");
  const missing = photo("front", { problem: { code: "consent_missing" } });
  assert.deepEqual(acts(cardsOf(page({ photos: [missing] }))[0]), []);
});

test("a refused photo is shown with what can be done, and removed only after a question", () => {
  const refused = (code) => photo("left", { state: "refused", problem: { code } });
  const pictures = new Map([["photo-left", "blob:1"]]);
  const [card] = cardsOf(page({ photos: [refused("photo_conflict")], pictures }));
  assert.deepEqual(card.picture, { address: "blob:1", name: "Left cheek" });
  assert.deepEqual(acts(card), ["retry", "remove"]);
  assert.deepEqual(acts(cardsOf(page({ photos: [refused("photo_already_accepted")] }))[0]), [
    "remove",
  ]);
  const [asked] = cardsOf(page({ photos: [refused("photo_conflict")], removing: "photo-left" }));
  assert.equal(asked.question, "Remove this photo for good?");
  assert.deepEqual(acts(asked), ["discard", "keep"]);
});

test("a refusal without words of its own is told in the server's", () => {
  const problem = { code: "no_idea", title: "Not today", detail: "Come back tomorrow." };
  const [card] = cardsOf(page({ photos: [photo("left", { state: "refused", problem })] }));
  assert.deepEqual([card.title, card.text], ["Not today", "Come back tomorrow."]);
});

test("a photo in memory alone can be saved", () => {
  const photos = [photo("front", { inMemory: true })];
  const pictures = new Map([["photo-front", "blob:2"]]);
  const [card] = cardsOf(page({ photos, pictures }));
  assert.equal(card.title, "1 photo is only in this open page");
  assert.deepEqual(acts(card), ["send", "blob:2"]);
  assert.equal(card.buttons[1].download, "front.jpg");
});

test("thanks come when none is left, and not before a photo that is wanted again", () => {
  const sent = new Set(["1", "2"]);
  assert.deepEqual(titles({ sent }), ["2 photos have arrived"]);
  assert.deepEqual(titles({ sent, again: true }), []);
  assert.deepEqual(titles({ sent, session: { code: "link_expired" } }), []);
  assert.deepEqual(titles({ sent, photos: [photo("left")] }), ["1 photo waits on this phone"]);
});

test("a photo that has waited for days says so, unless the browser keeps it for good", () => {
  const old = { photos: [photo("left", { keptAt: 0 })], now: 4 * DAY };
  const said = "A photo has waited here for 4 days";
  assert.ok(titles({ ...old, persisted: false }).includes(said));
  assert.ok(!titles({ ...old, persisted: true }).includes(said));
  assert.ok(!titles({ ...old, persisted: false, now: 3 * DAY }).includes(said));
});

test("a full phone and other people's photos are told of", () => {
  const said = titles({ littleRoom: true, others: 1 });
  assert.deepEqual(said, [
    "This phone is nearly full",
    "1 photo of another person waits on this phone",
  ]);
});
