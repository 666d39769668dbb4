// The camera over the whole screen: what is drawn on it while it is live. No decisions here.

import { gettext, interpolate } from "../words.js";
import { signFor, wordsFor } from "./hints.js";
import { fills, pathOf } from "./outline.js";

const FULL = 100; // pathLength of the ring

export class Surface {
  #hint = "";
  #drawn = "";

  constructor(dialog) {
    this.dialog = dialog;
    this.part = (name) => dialog.querySelector(`[data-${name}]`);
    this.video = this.part("video");
    new ResizeObserver(() => this.#draw()).observe(this.part("outline"));
    this.video.addEventListener("resize", () => this.#draw());
  }

  open() {
    if (this.dialog.open) return;
    this.dialog.showModal();
    document.documentElement.classList.add("camera-open");
  }

  close() {
    this.dialog.close();
    document.documentElement.classList.remove("camera-open");
  }

  stage(name) {
    for (const stage of this.dialog.querySelectorAll("[data-stage]")) {
      stage.hidden = stage.dataset.stage !== name;
    }
  }

  // The view that is asked for, as { name, words }, and its number.
  asks(step, number, total) {
    this.part("title").textContent = step.name;
    this.part("number").textContent = interpolate(gettext("%(number)s of %(total)s"), {
      number,
      total,
    });
    this.part("words").textContent = step.words;
  }

  set mirrored(yes) {
    this.video.classList.toggle("is-mirrored", yes);
    this.part("ghost").classList.toggle("is-mirrored", yes);
    this.isMirrored = yes;
    this.#drawn = "";
    this.#draw();
  }

  set outline(outline) {
    this.current = outline;
    this.#drawn = "";
    this.#draw();
  }

  // A hint of hints.js; the tone is told by colour, by the sign's shape and by the words.
  hint(hint) {
    const words = wordsFor(hint);
    if (this.#hint !== hint) {
      this.#hint = hint;
      this.part("hint").textContent = words;
      this.part("sign").setAttribute("href", `#sign-${signFor(hint, this.isMirrored)}`);
      const calm = { good: "good", ready: "good", align: "good", waiting: "wait", light: "wait" };
      this.dialog.dataset.tone = calm[hint] ?? "mend";
    }
    return words;
  }

  ring(progress) {
    this.part("ring").style.strokeDashoffset = String(FULL * (1 - progress));
  }

  alignment(figure) {
    const part = this.part("alignment");
    part.hidden = figure === null;
    if (figure === null) return;
    const words = gettext("%(percent)s%% like last time").replace("%%", "%");
    part.textContent = interpolate(words, { percent: Math.round(figure) });
  }

  ghost(url) {
    const part = this.part("ghost");
    part.hidden = !url;
    if (url) part.src = url;
    else part.removeAttribute("src");
  }

  #draw() {
    const box = this.part("outline").getBoundingClientRect();
    const { videoWidth: width, videoHeight: height } = this.video;
    if (!this.current || !width || !box.width) return;
    const key = [box.width, box.height, width, height].join();
    if (key === this.#drawn) return;
    this.#drawn = key;
    const whole = !fills({ width, height }, box.width, box.height);
    this.dialog.classList.toggle("is-contained", whole);
    const at = [{ width, height }, box.width, box.height, this.isMirrored];
    this.part("line").setAttribute("d", pathOf(this.current, ...at));
    const [oval] = this.current.lines;
    const hole = pathOf({ lines: [oval] }, ...at);
    this.part("shade").setAttribute("d", `M0 0H${box.width}V${box.height}H0Z${hole}Z`);
  }
}
