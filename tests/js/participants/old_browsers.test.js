// Phones that are a few years old: what came to Safari with 15.4 would break a page half way, with the
// plain form hidden already. (What no older browser can read at all leaves the plain form standing.)

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

const NEWER =
  /\.at\(|Object\.hasOwn\b|\.findLast(Index)?\(|\.to(Sorted|Reversed|Spliced)\(|structuredClone\(|Promise\.withResolvers|(Object|Map)\.groupBy|Array\.fromAsync|AbortSignal\.(timeout|any)\(|\(\?<[=!]|\bstatic \{|#\w+ in |\.with\(|\.isWellFormed\(|\.(union|intersection|difference)\(/;
const files = (folder) =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? files(`${folder}/${entry.name}`) : [`${folder}/${entry.name}`],
  );

test("no script of the participant's pages asks for what came in 2022 or later", () => {
  const scripts = [...files("static/js/participants"), "static/js/forms.js", "static/js/times.js"];
  const lines = scripts.flatMap((file) =>
    readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => NEWER.test(line))
      .map((line) => `${file}: ${line.trim()}`),
  );
  assert.deepEqual(lines, []);
});
