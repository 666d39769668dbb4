// Photos of one view at several visits: zoomed and moved in step, side by side, under a slider, or
// in turn. The first photo is the frame; the others are laid over it by a similarity.

import { after, carried, inverse } from "../scoring/viewer/measures.js";
import { Outlines } from "../scoring/viewer/outlines.js";
import { Picture } from "../scoring/viewer/picture.js";

const SAME = { scale: 1, angle: 0, x: 0, y: 0 };
const TURN_MS = 900;
const MOST = 4;

const transformOf = (figure) => {
  const [scale, angle, x, y] = (figure.dataset.transform ?? "").split(" ").map(Number);
  return scale ? { scale, angle, x, y } : null;
};

class Step {
  constructor(beside) {
    this.on = true;
    this.figures = [...beside.querySelectorAll("[data-one]")];
    this.pictures = this.figures.map((figure) => new Picture(figure.querySelector("[data-stage]")));
    this.leader = 0;
    this.figures.forEach((figure, at) => {
      const lead = () => {
        this.leader = at;
      };
      for (const name of ["pointerenter", "pointerdown", "focusin", "wheel", "touchstart"])
        figure.addEventListener(name, lead, { passive: true, capture: true });
      figure.addEventListener("picture:ready", () => this.ready(at));
    });
  }

  ready(at) {
    const picture = this.pictures[at];
    picture.osd.addHandler("viewport-change", () => this.follow(at));
    picture.osd.addHandler("resize", () => requestAnimationFrame(() => this.follow(this.leader)));
    const first = this.pictures[0];
    if (this.on && first.image) this.place(first, 0, at);
    const outlined = this.figures[at].querySelector("[data-outlines]:has([data-outlined])");
    if (outlined) new Outlines(picture, outlined);
  }

  // From the photo of one figure into that of another; without faces each keeps its own middle.
  between(from, to) {
    const [one, other] = [from, to].map((at) => transformOf(this.figures[at]));
    if (one && other) return after(inverse(one), other);
    const [a, b] = [from, to].map((at) => this.pictures[at].image.getContentSize());
    return { ...SAME, scale: b.x / a.x, y: (b.y - (a.y * b.x) / a.x) / 2 };
  }

  follow(at) {
    if (!this.on || at !== this.leader || this.placing) return;
    const leader = this.pictures[at];
    if (!leader.image) return;
    this.pictures.forEach((_, other) => {
      if (other !== at) this.place(leader, at, other);
    });
  }

  place(leader, from, to) {
    const picture = this.pictures[to];
    if (to === from || !picture.image) return;
    const by = this.between(from, to);
    const centre = carried(
      leader.image.viewportToImageCoordinates(leader.viewport.getCenter(true)),
      by,
    );
    const turned = leader.viewport.getRotation(true) - (by.angle * 180) / Math.PI;
    this.placing = true;
    picture.viewport.setRotation(turned, true);
    picture.viewport.zoomTo(
      picture.image.imageToViewportZoom(leader.zoom / by.scale),
      undefined,
      true,
    );
    picture.viewport.panTo(picture.image.imageToViewportCoordinates(centre.x, centre.y), true);
    this.placing = false;
  }
}

const compare = (beside, step) => {
  const photos = beside.querySelector("[data-photos]");
  const slide = beside.querySelector("[data-slide]");
  const flick = beside.querySelector("[data-flick]");
  let turning = 0;

  const turn = () => {
    photos.dataset.shown = photos.dataset.shown === "first" ? "last" : "first";
  };
  const flicker = (on) => {
    clearInterval(turning);
    turning = on ? setInterval(turn, TURN_MS) : 0;
    flick.querySelector("span").textContent = on ? "Stop" : "In turn again";
  };
  const show = (mode) => {
    photos.dataset.mode = mode;
    // What lies above is only looked at: pointer and keyboard go to the photo below.
    step.figures.at(-1).inert = mode !== "side";
    slide.hidden = mode !== "slider";
    flick.hidden = mode !== "flicker";
    photos.dataset.shown = "last";
    flicker(mode === "flicker");
    step.leader = 0;
    requestAnimationFrame(() => requestAnimationFrame(() => step.follow(0)));
  };
  beside.addEventListener("change", (event) => {
    if (event.target.name === "mode") show(event.target.value);
  });
  slide?.addEventListener("input", (event) =>
    photos.style.setProperty("--cut", `${100 - Number(event.target.value)}%`),
  );
  flick?.addEventListener("click", () => flicker(!turning));
  beside.addEventListener("keydown", (event) => {
    if (photos.dataset.mode !== "flicker" || event.key !== " ") return;
    event.preventDefault();
    flicker(false);
    turn();
  });
};

const choosing = (form) => {
  const boxes = [...form.querySelectorAll("[name=photo]")];
  const say = () => {
    const chosen = boxes.filter((box) => box.checked).length;
    for (const box of boxes) box.disabled = chosen >= MOST && !box.checked;
    form.querySelector("[data-show]").disabled = chosen === 0;
    form.querySelector("[data-many]").textContent = chosen ? "" : "Choose one at least.";
  };
  form.addEventListener("change", say);
  say();
};

const beside = document.querySelector("[data-beside]");
if (beside) {
  const step = new Step(beside);
  beside.querySelector("[data-step]")?.addEventListener("change", (event) => {
    step.on = event.target.checked;
    step.follow(step.leader);
  });
  // In step the outlines of one photo bring those of the others, and take them away.
  const boxes = [...beside.querySelectorAll("[data-outlined]")];
  beside.addEventListener("change", (event) => {
    if (!step.on || !event.isTrusted || !boxes.includes(event.target)) return;
    for (const box of boxes) {
      if (box.checked === event.target.checked || box.disabled) continue;
      box.checked = event.target.checked;
      box.dispatchEvent(new Event("change", { bubbles: true }));
    }
  });
  compare(beside, step);
  choosing(document.querySelector(".strip").closest("form"));
}
