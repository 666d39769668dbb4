// The camera over the whole screen: what is drawn on it while it is live. No decisions here.

import { gettext, interpolate } from "../../words/words.js";
import { signFor, wordsFor } from "./hints.js";
import { laidOver, pathOf, shownIn } from "./outline.js";
import { Room, faceOn } from "./room.js";

const FULL = 100; // pathLength of the ring

export class Surface {
  #hint = "";
  #drawn = "";
  #face = null; // where the face is asked for, on the screen

  constructor(dialog) {
    this.dialog = dialog;
    this.part = (name) => dialog.querySelector(`[data-${name}]`);
    this.video = this.part("video");
    this.room = new Room(dialog);
    const resized = new ResizeObserver(() => {
      this.#drawn = "";
      this.#draw();
    });
    for (const element of [dialog, this.part("probe")]) resized.observe(element);
    this.video.addEventListener("resize", () => this.#draw());
    this.part("ghost").addEventListener("load", () => this.#draw());
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
    this.#fit();
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
      const calm = {
        good: "good",
        ready: "good",
        waiting: "wait",
        light: "wait",
        next: "wait",
      };
      this.dialog.dataset.tone = calm[hint] ?? "mend";
      this.#fit();
    }
    return words;
  }

  ring(progress) {
    this.part("ring").style.strokeDashoffset = String(FULL * (1 - progress));
  }

  // 0 to 100, of the earlier photo that the outline is of; null shows nothing.
  alignment(figure) {
    const words = gettext("%(percent)s%% like your first photo").replace("%%", "%");
    this.#figure(figure === null ? null : interpolate(words, { percent: Math.round(figure) }));
  }

  // 0 to 1 of the face finder, while it is on its way over a slow line.
  loading(share) {
    const words = gettext("The face finder comes by itself: %(percent)s%% is here.");
    const percent = Math.floor(100 * share);
    this.#figure(interpolate(words.replace("%%", "%"), { percent }));
  }

  #figure(words) {
    const part = this.part("alignment");
    const came = part.hidden !== (words === null);
    part.hidden = words === null;
    if (words !== null) part.textContent = words;
    if (came) this.#fit();
  }

  ghost(url) {
    const part = this.part("ghost");
    part.hidden = !url;
    if (url) part.src = url;
    else part.removeAttribute("src");
  }

  #fit() {
    if (this.#face) this.room.fit(this.#face);
  }

  // The picture's box is exactly what the photo will show; outline and ghost lie in it.
  #draw() {
    const { clientWidth, clientHeight } = this.dialog;
    const { videoWidth: width, videoHeight: height } = this.video;
    if (!this.current || !width || !clientWidth) return;
    const ghost = this.part("ghost");
    const sizes = [clientWidth, clientHeight, width, height, ghost.naturalWidth];
    const key = [...sizes, ghost.naturalHeight].join();
    if (key === this.#drawn) return;
    this.#drawn = key;
    const shown = shownIn({ width, height }, clientWidth, clientHeight);
    place(this.part("picture"), shown);
    this.#face = faceOn(this.current, shown, this.isMirrored);
    this.#fit();
    if (ghost.naturalWidth) {
      const photo = { width: ghost.naturalWidth, height: ghost.naturalHeight };
      place(ghost, laidOver(photo, shown));
    }
    this.part("line").setAttribute("d", pathOf(this.current, shown, this.isMirrored));
    const [oval] = this.current.lines;
    const hole = pathOf({ lines: [oval] }, shown, this.isMirrored);
    this.part("shade").setAttribute("d", `M0 0H${shown.width}V${shown.height}H0Z${hole}Z`);
  }
}

function place(element, box) {
  for (const [name, length] of Object.entries(box)) element.style[name] = `${length}px`;
}
