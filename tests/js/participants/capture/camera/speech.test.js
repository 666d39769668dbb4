import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { canSpeak, Announcer } from "#js/participants/capture/camera/speech.js";

let [region, spoken, voices] = [];

beforeEach(() => {
  region = { textContent: "" };
  spoken = [];
  voices = [{ lang: "en-GB" }];
  globalThis.speechSynthesis = {
    getVoices: () => voices,
    cancel: () => {},
    speak: ({ text }) => spoken.push(text),
  };
  globalThis.SpeechSynthesisUtterance = class {
    constructor(text) {
      this.text = text;
    }
  };
});

// What the live region says after hints at times in ms.
const said = (announcer, ...steps) =>
  steps.map(([now, words]) => {
    announcer.hint(words, now);
    return region.textContent;
  });

test("a screen reader can finish before it hears the next hint", () => {
  const steps = [
    [0, "Closer"],
    [3499, "Hold still"],
    [3500, "Hold still"],
  ];
  assert.deepEqual(said(new Announcer(region), ...steps), ["Closer", "Closer", "Hold still"]);
});

test("the voice is asked for, and says a hint once", () => {
  const announcer = new Announcer(region);
  said(announcer, [0, "Closer"]);
  assert.deepEqual(spoken, []);
  announcer.spoken = true;
  said(announcer, [100, "Closer"], [5000, "Closer"], [5001, "Up"], [5100, "Down"], [7501, "Down"]);
  assert.deepEqual(spoken, ["Closer", "Up", "Down"]);
});

test("what must be heard at once does not wait", () => {
  const announcer = new Announcer(region);
  announcer.hint("Closer", performance.now());
  announcer.say("Taken");
  assert.equal(region.textContent, "Taken");
});

test("a phone speaks where it has a voice for the page's language, or may get one", () => {
  assert.ok(canSpeak());
  voices = [{ lang: "de-DE" }];
  assert.ok(!canSpeak());
  voices = [];
  assert.ok(canSpeak());
  delete globalThis.speechSynthesis;
  assert.ok(!canSpeak());
});
