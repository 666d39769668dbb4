// When the photo takes itself: once all has been good for about a second. Pure; time is handed in.

export const HOLD = 1000; // ms
const ALIGN_PATIENCE = 2500; // ms more for the earlier photo's framing; it never blocks
export const ALIGNED = 70; // of 100

export class AutoShutter {
  #goodSince = null;
  #fired = false;

  constructor({ on = true } = {}) {
    this.on = on;
  }

  // One look: whether all is good, the alignment (0 to 100, or null), the time in ms.
  // Returns { progress: 0 to 1, fire: true once }.
  update(good, alignment, now) {
    if (!good || !this.on || this.#fired) {
      this.#goodSince = null;
      return { progress: 0, fire: false };
    }
    this.#goodSince ??= now;
    const matched = alignment === null || alignment >= ALIGNED;
    const needed = matched ? HOLD : HOLD + ALIGN_PATIENCE;
    const progress = Math.min(1, (now - this.#goodSince) / needed);
    this.#fired = progress >= 1;
    return { progress, fire: this.#fired };
  }

  reset() {
    this.#goodSince = null;
    this.#fired = false;
  }
}
