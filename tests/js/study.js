// What the server hands over to the phone: the thresholds of the profile "normal" and the turn of
// each view. tests/participants/imaging/test_phone_tables.py holds the file to the server's own.

import { readFileSync } from "node:fs";

export const { gates, viewYaw } = JSON.parse(
  readFileSync(new URL("./normal.json", import.meta.url), "utf8"),
);
