// Sounds for a person whose head is turned away from the screen: a countdown, and the shutter once the
// photo is there. iPhones do not vibrate for a page.

const TICKS = 3; // while all stays good
const QUIET = 0.15; // of full volume

export class Sounds {
  on = true;
  #context = null;
  #ticked = 0;

  // Within a touch: browsers let a page sound only from then on.
  unlock() {
    const Context = globalThis.AudioContext ?? globalThis.webkitAudioContext;
    if (!Context) return;
    try {
      this.#context ??= new Context();
      this.#context.resume?.();
    } catch {
      this.#context = null; // a phone without sound
    }
  }

  // How far the shutter is, 0 to 1: a tick as each third begins, and silence when it falls back.
  countdown(progress) {
    const due = progress > 0 ? Math.min(TICKS, 1 + Math.floor(progress * TICKS)) : 0;
    if (due > this.#ticked) this.#tone(620 + 90 * due, 0.07);
    this.#ticked = due;
  }

  taken() {
    this.#ticked = 0;
    this.#tone(1320, 0.09);
    this.#tone(990, 0.14, 0.1);
  }

  #tone(hertz, seconds, after = 0) {
    const context = this.#context;
    if (!this.on || !context) return;
    const begins = context.currentTime + after;
    const [tone, volume] = [context.createOscillator(), context.createGain()];
    tone.frequency.value = hertz;
    volume.gain.setValueAtTime(QUIET, begins);
    volume.gain.exponentialRampToValueAtTime(0.001, begins + seconds);
    tone.connect(volume).connect(context.destination);
    tone.start(begins);
    tone.stop(begins + seconds);
  }
}
