// The engine looks its time zone up once: it has to be the study's, whatever the phone's is.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { finish, open } from "./engine.js";

const XFORM = readFileSync(
  new URL("../../../studies/instruments/files/skin_week.xml", import.meta.url),
  "utf8",
);

test("moments are written in the study's zone, and stand still while a form is finished", async () => {
  const root = await open({ xform: XFORM, zone: "Asia/Kathmandu" });
  const { instanceXML } = root.instanceState;
  assert.match(instanceXML, /<start>[^<]+\+05:45<\/start>/);
  const at = "2026-03-02T18:30:00.000Z"; // past midnight there
  const empty = instanceXML.replace(/<today>[^<]*/, "<today>2026-03-02");
  const done = await finish({ xform: XFORM, zone: "Asia/Kathmandu", xml: empty, at });
  assert.match(done.xml, /<today>2026-03-02</); // what was begun keeps its day
  const form = XFORM.replace('calculate="count( /data/med )"', 'calculate="now()"');
  const moment = await finish({ xform: form, zone: "Asia/Kathmandu", xml: empty, at });
  assert.match(moment.xml, /<n_med>2026-03-03T00:15:00\.000\+05:45<\/n_med>/);
});
