// What home says of each questionnaire: the server's word, this phone's, and the day's.

import assert from "node:assert/strict";
import { test } from "node:test";
import { answerCards } from "#js/participants/answers/cards.js";
import { dayIn, openOn, sameQuestion } from "#js/participants/answers/places.js";
import { formsNow, lineOf, nextForm } from "#js/participants/answers/standing.js";
import { todayOf } from "#js/participants/my/today.js";
import { page, photo } from "../capture/state.js";

const NOW = Date.UTC(2026, 2, 2, 4); // noon in Singapore
const form = (assignment, values = {}) => ({
  assignment,
  place: "week-0",
  order: "after",
  name: assignment,
  url: `/my/questionnaires/${assignment}/week-0/`,
  state: "todo",
  opens: "2026-03-01",
  closes: "2026-03-03",
  ...values,
});
const held = (assignment, state, values = {}) => ({
  id: `${assignment}-${state}`,
  assignment,
  place: "week-0",
  title: assignment,
  state,
  problem: null,
  ...values,
});
const home = (forms, answers = [], values = {}) =>
  page({ forms, answers, now: NOW, zone: "Asia/Singapore", ...values });
const states = (...given) => formsNow(home(...given)).map(({ now }) => now);

test("what this phone holds counts before what the page was drawn with", () => {
  const forms = [form("a")];
  assert.deepEqual(states(forms), ["todo"]);
  for (const [kept, now] of [
    ["draft", "draft"],
    ["waiting", "waiting"],
    ["sending", "waiting"],
    ["blocked", "waiting"],
    ["refused", "refused"],
    ["sent", "sent"],
  ]) {
    assert.deepEqual(states(forms, [held("a", kept)]), [now]);
  }
  assert.deepEqual(states([form("a", { state: "sent" })], [held("a", "draft")]), ["sent"]);
  assert.deepEqual(states(forms, [held("b", "sent")]), ["todo"]);
});

test("days pass without a line, by the study's clock", () => {
  const diary = form("d", { state: "early", opens: "2026-03-03", closes: "2026-03-03" });
  assert.deepEqual(states([diary]), ["early"]);
  assert.deepEqual(states([diary], [], { now: NOW + 24 * 3600e3 }), ["todo"]);
  assert.deepEqual(states([diary], [], { now: NOW + 48 * 3600e3 }), ["over"]);
  assert.deepEqual(states([diary], [], { clock: 24 * 3600 }), ["todo"]); // the phone is a day behind
  assert.ok(lineOf(formsNow(home([diary]))[0]).hidden);
});

test("of what is asked as needed one more can always be begun", () => {
  const any = form("e", { state: "any", place: "another", opens: "", closes: "" });
  const of = (state) => held("e", state, { place: "another" });
  assert.deepEqual(states([any], [of("sent"), of("waiting")]), ["any"]);
  assert.deepEqual(states([any], [of("sent"), of("draft")]), ["begun"]);
  assert.deepEqual(states([any], [of("refused"), of("waiting")]), ["refused"]);
  assert.equal(nextForm(formsNow(home([any])), false), null);
});

test("what comes before the photos is next, the rest once the photos are taken", () => {
  const forms = formsNow(home([form("after"), form("before", { order: "before" })]));
  assert.equal(nextForm(forms, true).assignment, "before");
  const later = formsNow(home([form("after")]));
  assert.equal(nextForm(later, true), null);
  assert.equal(nextForm(later, false).assignment, "after");
});

test("home leads to the questionnaire, and says so", () => {
  const before = todayOf(home([form("Itch", { order: "before" })]));
  assert.equal(before.action.words, "Answer: Itch");
  assert.equal(before.heading, "Week 0");
  const photos = ["front", "left", "right"].map((view) => photo(view));
  const after = todayOf(home([form("Itch")], [], { photos }));
  assert.deepEqual(
    [after.heading, after.action.words],
    ["A few questions for you", "Answer: Itch"],
  );
  const begun = todayOf(home([form("Itch")], [held("Itch", "draft")], { photos }));
  assert.equal(begun.action.words, "Go on: Itch");
  const sent = todayOf(home([form("Itch")], [held("Itch", "waiting")], { photos }));
  assert.deepEqual([sent.heading, sent.action], ["Thank you, all taken", null]);
});

test("a day with questions alone has them as its heading, and thanks at the end", () => {
  const words = { heading: "A few questions for you" };
  const day = (answers) => todayOf(home([form("Diary")], answers, { steps: [], words }));
  assert.deepEqual([day([]).heading, day([]).action.href], [words.heading, form("Diary").url]);
  assert.deepEqual([day([held("Diary", "waiting")]).heading], ["Thank you"]);
});

test("the strip tells what waits, what was refused and why nothing goes out", () => {
  const titles = (answers, values) =>
    answerCards(home([], answers, values)).map(({ title }) => title);
  assert.deepEqual(titles([held("a", "draft"), held("b", "sent")]), []);
  assert.deepEqual(titles([held("a", "waiting"), held("b", "sending")]), [
    "2 questionnaires wait on this phone",
  ]);
  assert.deepEqual(titles([held("a", "refused")]), ["“a” needs another look"]);
  assert.deepEqual(titles([held("a", "waiting")], { filling: "a/week-0" }), []);
  const [blocked] = answerCards(
    home([], [held("a", "blocked", { problem: { code: "consent_outdated" } })]),
  );
  assert.equal(blocked.buttons[0].href, "/my/consent/review/");
  const [over] = answerCards(
    home([], [held("a", "waiting")], { session: { code: "link_needed" } }),
  );
  assert.equal(over.icon, "lock");
});

test("days are the study's, and questions are known by either name", () => {
  assert.equal(dayIn("Asia/Singapore", Date.UTC(2026, 2, 2, 17)), "2026-03-03");
  assert.equal(openOn("2026-03-03", { opens_on: "2026-03-03", closes_on: null }), "open");
  assert.ok(sameQuestion("/data[1]/med[2]/name[1]", "/data/med[2]/name"));
  assert.ok(!sameQuestion("/data[1]/med[2]/name[1]", "/data/med[1]/name"));
});
