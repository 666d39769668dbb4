// A form as a phone asks it, by the engine itself: screens, skipping, repeats, what is wrong, what is
// sent. The form is tests/studies/instruments/files/skin_week.xml.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { finish, open } from "./engine.js";
import * as form from "#js/participants/answers/form.js";
import { askedAs, setAnswer } from "#js/participants/answers/setting.js";

const XFORM = readFileSync(
  new URL("../../../studies/instruments/files/skin_week.xml", import.meta.url),
  "utf8",
);

async function begun(values = {}) {
  const root = await open({ xform: XFORM, ...values });
  form.withoutEntries(root);
  return root;
}
const keys = (root) => form.screensOf(root).map(({ key }) => key.replace("/data/", ""));
const nodeOf = (root, ref) =>
  [...form.walk(root)].find((node) => form.keyOf(node) === `/data/${ref}`);
const set = (root, ref, given) => setAnswer(nodeOf(root, ref), given);

function filled(root) {
  set(root, "itch/itch_days", "2");
  set(root, "itch/dry_days", "4");
  set(root, "itch/worst_itch", "7");
  set(root, "itch/sleep_hours", "7,5");
  set(root, "used", ["sun"]);
}

test("a screen for each question that is asked, with what stands above it", async () => {
  const root = await begun();
  assert.deepEqual(keys(root), [
    ...["intro", "itch/itch_days", "itch/dry_days", "itch/worst_itch", "used", "med/", "shown"],
  ]);
  const [intro, first] = form.screensOf(root);
  assert.deepEqual([intro.kind, intro.over], ["note", []]);
  assert.deepEqual([first.kind, first.over], ["question", ["Itch and dryness"]]);
  const kinds = form
    .screensOf(root)
    .map(({ nodes }) => nodes[0])
    .filter(form.isAsked)
    .map(askedAs);
  assert.deepEqual(kinds, ["radio", "radio", "range", "checkbox"]);
});

test("what is skipped is no screen, and comes back with the answer that asks for it", async () => {
  const root = await begun();
  set(root, "itch/itch_days", "0");
  assert.ok(!keys(root).includes("itch/worst_itch"));
  set(root, "itch/itch_days", "3");
  assert.ok(keys(root).includes("itch/worst_itch"));
  assert.ok(keys(root).includes("itch/sleep_hours"));
});

test("an answer that is missing or impossible is named, in the form's words where it has them", async () => {
  const root = await begun();
  const screens = form.screensOf(root);
  assert.equal(form.firstBroken(screens), 1);
  const node = form.brokenOn(screens[1]);
  assert.deepEqual([form.brokenOf(node), form.messageOf(node)], ["required", "Please choose one"]);
  filled(root);
  assert.equal(form.firstBroken(form.screensOf(root)), -1);
  set(root, "itch/sleep_hours", "77");
  assert.equal(form.messageOf(nodeOf(root, "itch/sleep_hours")), "Between 0 and 24");
  const german = await begun({ language: "Deutsch (de)" });
  assert.equal(
    form.labelOf(nodeOf(german, "itch/dry_days")),
    "An wie vielen Tagen war Ihre Haut trocken?",
  );
  assert.equal(form.messageOf(nodeOf(german, "itch/itch_days")), ""); // "-" in the file: none
});

test("a repeat begins with nothing in it; entries are added, named and taken out", async () => {
  const root = await begun();
  const range = nodeOf(root, "med");
  form.addEntry(range);
  assert.ok(keys(root).includes("med[1]/med_name"));
  assert.equal(form.firstOf(range, 0), "/data/med[1]/med_name");
  assert.deepEqual(form.screensOf(root).find(({ key }) => key.includes("med[1]")).over, [
    "Medicine 1",
  ]);
  set(root, "med[1]/med_name", "Cetirizine");
  set(root, "med[1]/med_start", "2020-01-05");
  const entry = range.currentState.children[0];
  assert.equal(
    form.entryWords(entry, (day) => `on ${day}`),
    "Cetirizine · on 2020-01-05",
  );
  form.removeEntry(range, 0);
  assert.deepEqual(
    keys(root).filter((key) => key.startsWith("med")),
    ["med/"],
  );
});

test("the summary has every answer in words, and what was left out", async () => {
  const root = await begun();
  filled(root);
  const lines = form.summaryOf(form.screensOf(root), String);
  assert.deepEqual(
    lines.map(({ label, words }) => [label, words]),
    [
      ["On how many days has your skin been itchy?", "3 to 4 days"],
      ["On how many days has your skin felt dry?", "Every day"],
      ["Worst itch (0-10)", "7"],
      ["Hours slept last night", "7.5"],
      ["Products used", "Sunscreen"],
    ],
  );
});

test("a draft goes on where it was, and is finished as the server will judge it", async () => {
  const root = await begun();
  filled(root);
  const again = await open({ xform: XFORM, xml: root.instanceState.instanceXML });
  assert.equal(form.answerOf(nodeOf(again, "itch/worst_itch")), "7");
  const at = "2026-03-02T09:00:00.000Z";
  const xml = again.instanceState.instanceXML;
  const done = await finish({ xform: XFORM, xml, at });
  assert.ok(done.ready);
  assert.match(done.xml, /<score>13<\/score>/);
  set(again, "itch/dry_days", "");
  const broken = await finish({ xform: XFORM, xml: again.instanceState.instanceXML, at });
  assert.equal(broken.ready, false);
});

test("the form's day is the study's where the participant is, not the phone's", async () => {
  const day = (root) =>
    form.answerOf(nodeOf(root, "today")) || nodeOf(root, "today").currentState.value;
  const now = new Date();
  const ahead = 3 * 24 * 3600;
  const root = await begun({ offset: ahead });
  assert.equal(
    String(day(root)),
    new Date(now.getTime() + 1000 * ahead).toISOString().slice(0, 10),
  );
});

test("rows with one list of choices are a screen each, other groups on one page stay together", async () => {
  const row = (name, values = ["0", "1"]) => ({
    nodeType: "select",
    selectType: "select1",
    appearances: [],
    currentState: {
      reference: `/data/${name}`,
      relevant: true,
      readonly: false,
      label: { asString: name },
      value: [],
      valueOptions: values.map((value) => ({ value })),
    },
  });
  const group = (children) => ({
    currentState: {
      relevant: true,
      children: [
        {
          nodeType: "group",
          appearances: ["field-list"],
          currentState: {
            reference: "/data/g",
            relevant: true,
            label: { asString: "Both" },
            children,
          },
        },
      ],
    },
  });
  const kinds = (children) => form.screensOf(group(children)).map(({ kind, over }) => [kind, over]);
  assert.deepEqual(kinds([row("a"), row("b")]), [
    ["question", ["Both"]],
    ["question", ["Both"]],
  ]);
  assert.deepEqual(kinds([row("a"), row("b", ["x"])]), [["page", []]]);
});

const PLAIN = `<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml">
<h:head><h:title>Itch</h:title><model><instance><data id="itch"><days/></data></instance>
<bind nodeset="/data/days" type="int"/></model></h:head>
<h:body><input ref="/data/days"><label>For how many days?</label></input></h:body></h:html>`;

test("a form that names no language is opened as it is", async () => {
  const root = await open({ xform: PLAIN, language: "" });
  const [screen] = form.screensOf(root);
  assert.equal(form.labelOf(screen.nodes[0]), "For how many days?");
});
