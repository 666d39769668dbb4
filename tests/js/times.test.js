import assert from "node:assert/strict";
import { test } from "node:test";

// What the module does with the page as soon as it is loaded.
const hoursAgo = (hours) => new Date(Date.now() - hours * 3_600_000).toISOString();
const onPage = { dateTime: hoursAgo(2), title: "", textContent: "10:00" };
globalThis.document = { documentElement: { lang: "en" }, querySelectorAll: () => [onPage] };
const { setInterval } = globalThis;
const timers = [];
globalThis.setInterval = (act, ms) => timers.push({ act, ms });
const { relateTimes, relative } = await import("#js/times.js");
globalThis.setInterval = setInterval;

const NOW = Date.UTC(2026, 2, 3, 12);
const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000];

for (const [before, words] of [
  [0, "now"],
  [20_000, "20 seconds ago"],
  [100_000, "2 minutes ago"],
  [59 * MINUTE, "59 minutes ago"],
  [HOUR, "1 hour ago"],
  [DAY, "yesterday"],
  [6 * DAY, "6 days ago"],
  [7 * DAY, "last week"],
  [45 * DAY, "last month"],
  [800 * DAY, "2 years ago"],
  [-2 * DAY, "in 2 days"],
  [-3 * HOUR, "in 3 hours"],
]) {
  test(`${before / MINUTE} minutes before: ${words}`, () => {
    assert.equal(relative(NOW - before, NOW), words);
  });
}

test("the times on the page follow the clock by themselves", () => {
  assert.deepEqual([onPage.title, onPage.textContent], ["10:00", "2 hours ago"]);
  const [{ act, ms }] = timers;
  assert.equal(ms, 30_000);
  onPage.dateTime = hoursAgo(3); // as the clock goes on
  act();
  assert.equal(onPage.textContent, "3 hours ago");
});

test("an element keeps its date for who asks, and what is no date stays", () => {
  const dated = {
    dateTime: new Date(Date.now() - 5 * DAY).toISOString(),
    title: "",
    textContent: " 3 March ",
  };
  const broken = { dateTime: "soon", title: "", textContent: "soon" };
  relateTimes({ querySelectorAll: () => [dated, broken] });
  relateTimes({ querySelectorAll: () => [dated, broken] });
  assert.deepEqual([dated.title, dated.textContent], ["3 March", "5 days ago"]);
  assert.deepEqual([broken.title, broken.textContent], ["", "soon"]);
});
