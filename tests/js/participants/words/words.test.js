import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import {
  counted,
  gettext,
  interpolate,
  ngettext,
  pgettext,
  spokenLanguage,
} from "#js/participants/words/words.js";

afterEach(() => {
  globalThis.django = undefined;
  globalThis.document = undefined;
});

test("without a catalogue the words are English", () => {
  assert.equal(gettext("Hold still."), "Hold still.");
  assert.equal(pgettext("button", "Open"), "Open");
  assert.equal(counted("%(n)s photo", "%(n)s photos", 1), "1 photo");
  assert.equal(counted("%(n)s photo", "%(n)s photos", 0), "0 photos");
});

test("the page's catalogue says the words, and which form goes with a number", () => {
  globalThis.django = {
    gettext: (words) => words.toUpperCase(),
    pgettext: (context, words) => `${context}: ${words}`,
    ngettext: (one, many, n) => (n > 4 ? `${many}!` : one),
  };
  assert.equal(gettext("Hold"), "HOLD");
  assert.equal(pgettext("button", "Open"), "button: Open");
  assert.equal(ngettext("photo", "photos", 5), "photos!");
});

test("names are filled in everywhere; one without a value stays, so that a mistake shows", () => {
  assert.equal(interpolate("%(a)s, %(b)s, %(a)s", { a: 1 }), "1, %(b)s, 1");
  assert.equal(interpolate("%(toString)s", {}), "%(toString)s");
  assert.equal(interpolate("100%", {}), "100%");
});

test("speech is in the page's language, more closely where it says so", () => {
  assert.equal(spokenLanguage(), "en");
  globalThis.document = { documentElement: { dataset: {}, lang: "ta" } };
  assert.equal(spokenLanguage(), "ta");
  globalThis.document = { documentElement: { dataset: { speech: "ta-IN" }, lang: "ta" } };
  assert.equal(spokenLanguage(), "ta-IN");
});
