import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Sounds } from "#js/participants/capture/camera/sounds.js";

let heard = [];

beforeEach(() => {
  heard = [];
  const gain = { setValueAtTime() {}, exponentialRampToValueAtTime() {} };
  globalThis.AudioContext = class {
    currentTime = 0;
    resume() {}
    createGain = () => ({ gain, connect: (to) => to });
    createOscillator = () => ({
      frequency: {},
      connect: (to) => to,
      start() {
        heard.push(this.frequency.value);
      },
      stop() {},
    });
  };
});

const sounding = () => {
  const sounds = new Sounds();
  sounds.unlock();
  return sounds;
};

test("the countdown ticks three times, higher each time, and anew after it fell back", () => {
  const sounds = sounding();
  for (const progress of [0, 0.1, 0.2, 0.4, 0.5, 0.9, 1]) sounds.countdown(progress);
  assert.equal(heard.length, 3);
  assert.deepEqual(
    heard,
    [...heard].sort((one, other) => one - other),
  );
  sounds.countdown(0);
  sounds.countdown(0.1);
  assert.equal(heard.length, 4);
});

test("the shutter is heard, and nothing when sounds are off or before the first touch", () => {
  const sounds = sounding();
  sounds.taken();
  assert.equal(heard.length, 2);
  sounds.on = false;
  sounds.taken();
  new Sounds().taken();
  assert.equal(heard.length, 2);
});
