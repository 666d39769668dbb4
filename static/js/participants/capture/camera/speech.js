// Feedback without the screen: the live region, speech synthesis and vibration.

import { spokenLanguage } from "../../words/words.js";

const SAID_EVERY = 3500; // ms; a screen reader must be able to finish
const SPOKEN_EVERY = 2500;

// Whether this phone may have a voice for the page's language; its list can come late.
export const canSpeak = () => {
  if (!("speechSynthesis" in globalThis)) return false;
  const voices = speechSynthesis.getVoices();
  const [language] = spokenLanguage().toLowerCase().split("-");
  return !voices.length || voices.some(({ lang }) => lang.toLowerCase().startsWith(language));
};

export class Announcer {
  spoken = false;
  #said = "";
  #saidAt = -Infinity;
  #spokenAt = -Infinity;
  #lastSpoken = "";

  constructor(region) {
    this.region = region;
  }

  // A hint that is on the screen now; repeated calls with the same words do nothing.
  hint(words, now) {
    if (words !== this.#said && now - this.#saidAt >= SAID_EVERY) this.#tell(words, now);
    if (this.spoken && words !== this.#lastSpoken && now - this.#spokenAt >= SPOKEN_EVERY) {
      this.#speak(words, now);
    }
  }

  // What must be heard at once.
  say(words) {
    const now = performance.now();
    this.#tell(words, now);
    if (this.spoken) this.#speak(words, now);
  }

  cancel() {
    globalThis.speechSynthesis?.cancel();
  }

  #tell(words, now) {
    this.#said = words;
    this.#saidAt = now;
    this.region.textContent = words;
  }

  #speak(words, now) {
    if (!canSpeak()) return;
    this.#lastSpoken = words;
    this.#spokenAt = now;
    const line = new SpeechSynthesisUtterance(words);
    line.lang = spokenLanguage();
    speechSynthesis.cancel(); // an old hint is worse than none
    speechSynthesis.speak(line);
  }
}

// Patterns in ms of vibration and pause; phones without a motor ignore them.
const VIBRATIONS = { good: [40], taken: [60, 60, 60], problem: [20] };

export const vibrate = (name) => {
  try {
    navigator.vibrate?.(VIBRATIONS[name]);
  } catch {
    // Not before the first touch.
  }
};
