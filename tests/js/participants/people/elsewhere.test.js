import assert from "node:assert/strict";
import { test } from "node:test";
import { appOf, outside } from "#js/participants/people/elsewhere.js";

const IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15";
const PIXEL = "Mozilla/5.0 (Linux; Android 14; Pixel 8";
const CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36";

test("web views of apps are recognised, browsers are left alone", () => {
  const apps = [
    [`${IPHONE} (KHTML, like Gecko) Mobile/15E148 [FBAN/FBIOS;FBAV/468.0]`, "ios"],
    [`${IPHONE} (KHTML, like Gecko) Mobile/15E148`, "ios"],
    [`${IPHONE} (KHTML, like Gecko) Mobile/15E148 Safari Line/14.9.0`, "ios"],
    [`${IPHONE} (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1`, null],
    [`${IPHONE} (KHTML, like Gecko) CriOS/126.0 Mobile/15E148 Safari/604.1`, null],
    [`${PIXEL}; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/126.0`, "android"],
    [`${PIXEL}) ${CHROME} Instagram 334.0.0`, "android"],
    [`${PIXEL}) ${CHROME}`, null],
    ["Mozilla/5.0 (X11; Linux x86_64) Chrome/126.0.0.0 Safari/537.36", null],
  ];
  for (const [agent, app] of apps) assert.equal(appOf(agent), app, agent);
});

test("a page from an iPhone's home screen says no Safari, and is no web view", () => {
  const agent = `${IPHONE} (KHTML, like Gecko) Mobile/15E148`;
  assert.equal(appOf(agent, { standalone: true }), null);
});

test("the phone's own browser is asked for by each system's own address", () => {
  const address = "https://skin.example/p/abc/?language=ta";
  assert.equal(outside(address, "ios"), "x-safari-https://skin.example/p/abc/?language=ta");
  const intent = outside(address, "android");
  assert.ok(intent.startsWith("intent://skin.example/p/abc/?language=ta#Intent;scheme=https;"));
  assert.ok(intent.includes(`S.browser_fallback_url=${encodeURIComponent(address)};end`));
});
