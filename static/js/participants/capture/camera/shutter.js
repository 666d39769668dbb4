// When the photo takes itself: once all has been good for about a second. Pure; time is handed in.

export const HOLD = 1000; // ms

export class AutoShutter {
  #goodSince = null;
  #fired = false;

  constructor({ on = true } = {}) {
    this.on = on;
  }

  // One look: whether all is good, the framing too (framing.js), and the time in ms. "Almost" is the
  // person's to take: they see the hint, and the button works.
  // Returns { progress: 0 to 1, fire: true once }.
  update(good, now) {
    if (!good || !this.on || this.#fired) {
      this.#goodSince = null;
      return { progress: 0, fire: false };
    }
    this.#goodSince ??= now;
    const progress = Math.min(1, (now - this.#goodSince) / HOLD);
    this.#fired = progress >= 1;
    return { progress, fire: this.#fired };
  }

  reset() {
    this.#goodSince = null;
    this.#fired = false;
  }
}
