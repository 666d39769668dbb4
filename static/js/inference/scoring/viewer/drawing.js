// A point or a rectangle marked on a photo: by mouse, by touch, or by the keyboard with a cross
// that the arrow keys move. Regions are {x, y, width, height}, as shares of the photo.

import { svg } from "./svg.js";

const STEP = 10; // pixels of the screen; with Shift one
const LEAST = 6; // what is smaller was no rectangle, but a hand that shook
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const WORDS = {
  pin: "Choose a point. With the keyboard: arrow keys move the cross, Enter sets it.",
  frame: "Draw a rectangle. With the keyboard: arrow keys move the cross, Enter sets a corner.",
  other: "And the opposite corner.",
};

// The region between two points of a photo of this size, both in its pixels.
export const regionBetween = (a, b, size) => ({
  x: Math.min(a.x, b.x) / size.x,
  y: Math.min(a.y, b.y) / size.y,
  width: Math.abs(a.x - b.x) / size.x,
  height: Math.abs(a.y - b.y) / size.y,
});

// A region's corners on the stage, in order around it; of a point the same place four times.
export const cornersOf = (region, picture) => {
  const size = picture.image.getContentSize();
  return [
    [0, 0],
    [1, 0],
    [1, 1],
    [0, 1],
  ].map(([right, down]) =>
    picture.onStage({
      x: (region.x + right * region.width) * size.x,
      y: (region.y + down * region.height) * size.y,
    }),
  );
};

export const polygonOf = (corners, kind) =>
  svg("polygon", {
    points: corners.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" "),
    class: kind,
  });

export class Drawing {
  // `drawn` is called with the region.
  constructor(picture, drawn) {
    this.picture = picture;
    this.drawn = drawn;
    const { osd, stage } = picture;
    stage.addEventListener("click", (event) => {
      const kind = event.target.closest("[data-tool]")?.dataset.tool;
      if (kind === "pin" || kind === "frame") {
        if (this.kind === kind) this.stop();
        else this.start(kind, event.detail === 0);
      } else if (kind === "measure") this.stop();
    });
    stage.addEventListener("keydown", (event) => this.key(event), true);
    osd.addHandler("canvas-press", (event) => {
      this.pressed = this.kind === "frame" ? event.position : null;
    });
    osd.addHandler("canvas-drag", (event) => this.dragged(event));
    osd.addHandler("canvas-drag-end", (event) => this.dropped(event));
    osd.addHandler("canvas-click", (event) => {
      if (!this.kind || !event.quick) return;
      event.preventDefaultAction = true;
      this.set(event.position);
    });
    osd.addHandler("canvas-double-click", (event) => {
      if (this.kind) event.preventDefaultAction = true;
    });
  }

  start(kind, byKeyboard) {
    this.stop();
    this.picture.measuring(false);
    this.kind = kind;
    this.picture.press(kind, true);
    this.picture.stage.classList.add("stage--marking");
    this.picture.status.textContent = WORDS[kind];
    this.take = this.picture.over("drawing", () => this.lines());
    if (byKeyboard) this.cross = this.middle();
    this.picture.part("deep").querySelector("canvas")?.parentElement.focus();
    this.picture.redraw();
  }

  stop() {
    if (!this.kind) return;
    this.picture.press(this.kind, false);
    this.picture.stage.classList.remove("stage--marking");
    this.picture.status.textContent = "";
    this.take();
    Object.assign(this, { kind: "", cross: null, first: null, last: null, pressed: null });
  }

  middle() {
    const { clientWidth, clientHeight } = this.picture.stage;
    return this.place(clientWidth / 2, clientHeight / 2);
  }

  place(x, y) {
    return new window.OpenSeadragon.Point(x, y);
  }

  // --- Mouse and touch -----------------------------------------------------------------------

  dragged(event) {
    if (!this.pressed) return; // a point is chosen: dragging moves the photo
    event.preventDefaultAction = true;
    this.first = this.picture.onPhoto(this.pressed);
    this.last = this.picture.onPhoto(event.position);
    this.picture.redraw();
  }

  dropped(event) {
    if (!this.pressed || !this.last) return;
    event.preventDefaultAction = true;
    const [a, b] = [this.first, this.last].map((point) => this.picture.onStage(point));
    if (Math.abs(a.x - b.x) >= LEAST && Math.abs(a.y - b.y) >= LEAST) this.finish();
    else {
      Object.assign(this, { first: null, last: null });
      this.picture.redraw();
    }
  }

  // A point, or one corner of two.
  set(place) {
    const at = this.picture.onPhoto(place);
    if (this.kind === "pin") {
      Object.assign(this, { first: at, last: at });
      this.finish();
    } else if (this.first && at.x !== this.first.x && at.y !== this.first.y) {
      this.last = at;
      this.finish();
    } else {
      this.first = at;
      this.picture.status.textContent = WORDS.other;
      this.picture.redraw();
    }
  }

  finish() {
    const region = regionBetween(this.first, this.last, this.picture.image.getContentSize());
    this.stop();
    this.drawn(region);
  }

  // --- Keyboard ------------------------------------------------------------------------------

  key(event) {
    if (!this.kind || event.target.closest("[data-tool]")) {
      if (this.kind && event.key === "Escape") this.end(event);
      return;
    }
    const arrow = ARROWS[event.key];
    if (arrow) {
      const step = event.shiftKey ? 1 : STEP;
      const from = this.cross ?? this.middle();
      const { clientWidth, clientHeight } = this.picture.stage;
      const within = (value, most) => Math.min(Math.max(value, 0), most);
      this.cross = this.place(
        within(from.x + arrow[0] * step, clientWidth),
        within(from.y + arrow[1] * step, clientHeight),
      );
      this.picture.redraw();
    } else if (event.key === "Enter" && this.cross) this.set(this.cross);
    else if (event.key === "Escape") return this.end(event);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  end(event) {
    event.stopPropagation();
    this.stop();
  }

  lines() {
    const found = [];
    const size = this.picture.image.getContentSize();
    const to = this.last ?? (this.cross && this.first ? this.picture.onPhoto(this.cross) : null);
    if (this.first && to)
      found.push(polygonOf(cornersOf(regionBetween(this.first, to, size), this.picture), ""));
    else if (this.first) {
      const { x, y } = this.picture.onStage(this.first);
      found.push(svg("circle", { cx: x, cy: y, r: 4 }));
    }
    if (this.cross) {
      const { x, y } = this.cross;
      found.push(svg("line", { x1: x - 14, y1: y, x2: x + 14, y2: y }));
      found.push(svg("line", { x1: x, y1: y - 14, x2: x, y2: y + 14 }));
    }
    return found;
  }
}
