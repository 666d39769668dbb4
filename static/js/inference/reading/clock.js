// A reader's own time at one case: what passes between two signs of life counts, if it is no longer
// than the study's idle cut. Plain numbers; `now` gives milliseconds.

export class Clock {
  constructor(idleMs, now = () => performance.now()) {
    this.idleMs = idleMs;
    this.now = now;
    this.start();
  }

  // Another case came on the screen.
  start() {
    this.spent = 0;
    this.shownAt = this.now();
    this.last = this.shownAt;
    this.still = false;
  }

  // Somebody is there: a key, the pointer, a touch.
  touch() {
    if (this.still) return;
    const now = this.now();
    const passed = now - this.last;
    if (passed <= this.idleMs) this.spent += passed;
    this.last = now;
  }

  // Hidden, or put aside: nothing counts until it goes on.
  stop() {
    if (this.still) return;
    this.touch();
    this.still = true;
  }

  go() {
    if (!this.still) return;
    this.still = false;
    this.last = this.now();
  }

  get active() {
    this.touch();
    return Math.round(this.spent);
  }
}

// "3 min", "1 h 20 min": about how long something takes.
export const aboutHowLong = (ms) => {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 1) return "less than a minute";
  if (minutes < 60) return `${minutes} min`;
  const rest = minutes % 60;
  return `${Math.floor(minutes / 60)} h${rest ? ` ${rest} min` : ""}`;
};
