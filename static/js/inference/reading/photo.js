// The photo of a case in the viewer: the small picture at once, the large one in its place as soon
// as it is there, or when somebody zooms in.

import { NotLoaded } from "../scoring/viewer/loading.js";
import { Picture } from "../scoring/viewer/picture.js";

export class CasePhoto extends Picture {
  // `ratio`: pixels of the large picture for one of the small.
  constructor(stage, { pictures, place, ratio }) {
    super(stage);
    Object.assign(this, { pictures, place, ratio });
  }

  // “Try again” asks for the same once more; before a case is given there is nothing to open.
  async open() {
    if (this.given) await this.load(this.given);
  }

  async give(key, mm) {
    this.given = { key, mm: mm || 0 };
    this.stage.dataset.size = "";
    if (this.ruler) this.measuring(false);
    this.points = [];
    await this.load(this.given);
  }

  async load(given) {
    this.tell("loading", "Loading the photo…");
    try {
      const url = await this.pictures.get(given.key, this.place, "screen", (share) => {
        if (this.given === given)
          this.tell("loading", `Loading the photo, ${Math.round(share * 100)} %`);
      });
      if (this.given !== given) return;
      this.mm = given.mm * this.ratio;
      this.show(url);
    } catch (problem) {
      if (!(problem instanceof NotLoaded)) throw problem;
      if (this.given === given) this.tell("failed", problem.message);
    }
  }

  show(url) {
    if (this.osd) {
      this.osd.open({ type: "image", url });
      return;
    }
    super.show(url);
    this.osd.addHandler("open", () => {
      this.stage.dataset.size = "screen";
      this.stage.dataset.key = this.given.key;
      if (this.pictures.quick || this.pictures.has(this.given.key, this.place, "full"))
        this.sharpen();
    });
    this.osd.addHandler("zoom", () => {
      if (this.image && this.zoom > 1) this.sharpen();
    });
  }

  // The large picture in place of the small one; what is in sight stays where it is.
  async sharpen() {
    const given = this.given;
    if (this.sharpening === given) return;
    this.sharpening = given;
    let url;
    try {
      url = await this.pictures.get(given.key, this.place, "full");
    } catch (problem) {
      if (!(problem instanceof NotLoaded)) throw problem;
      this.sharpening = null; // zooming asks again
      return;
    }
    const small = this.image;
    if (this.given !== given || !small) return;
    this.osd.addSimpleImage({
      url,
      width: 1,
      success: ({ item }) => {
        if (this.given !== given) return;
        // Drawn once before the small one goes: nothing flickers.
        item.addOnceHandler("fully-loaded-change", () => {
          if (this.given !== given || this.image !== small) return;
          this.osd.world.removeItem(small);
          this.mm = given.mm;
          this.points = this.points.map(({ x, y }) => ({ x: x * this.ratio, y: y * this.ratio }));
          this.stage.dataset.size = "full";
          this.redraw();
        });
      },
    });
  }
}

// Two photos of a pair move and zoom together.
export const inStep = (photos) => {
  let leader = 0;
  let placing = false;
  photos.forEach((photo, at) => {
    for (const name of ["pointerenter", "pointerdown", "focusin", "wheel", "touchstart"])
      photo.stage.addEventListener(
        name,
        () => {
          leader = at;
        },
        { passive: true, capture: true },
      );
    photo.stage.addEventListener(
      "picture:ready",
      () =>
        photo.osd.addHandler("viewport-change", () => {
          if (placing || at !== leader) return;
          placing = true;
          for (const other of photos) {
            if (other === photo || !other.image) continue;
            other.viewport.zoomTo(photo.viewport.getZoom(true), undefined, true);
            other.viewport.panTo(photo.viewport.getCenter(true), true);
          }
          placing = false;
        }),
      { once: true },
    );
  });
};
