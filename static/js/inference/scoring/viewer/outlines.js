// The regions of the face as lines over a photo: on and off by a box, one brought out by its name.

import { svg } from "./svg.js";

const LETTER = 7.5; // pixels of the screen, about

const read = (button) => ({
  name: button.textContent.trim(),
  unread: button.dataset.read === "no",
  button,
  points: button.dataset.points.split(" ").map((pair) => {
    const [x, y] = pair.split(",").map(Number);
    return { x, y };
  }),
});

export class Outlines {
  // `element` has a box [data-outlined] and a button [data-points] for each region.
  constructor(picture, element) {
    this.picture = picture;
    this.box = element.querySelector("[data-outlined]");
    this.regions = [...element.querySelectorAll("[data-points]")].map(read);
    this.chosen = null;
    this.box.disabled = false;
    this.box.addEventListener("change", () => this.show());
    for (const region of this.regions)
      region.button.addEventListener("click", () => {
        this.chosen = this.chosen === region ? null : region;
        if (this.chosen) this.box.checked = true;
        this.show();
      });
    this.show(); // a browser that goes back keeps what was chosen
  }

  show() {
    this.take?.();
    this.take = this.box.checked ? this.picture.over("outlines", () => this.lines()) : null;
    if (!this.box.checked) this.chosen = null;
    for (const region of this.regions)
      region.button.setAttribute("aria-pressed", String(region === this.chosen));
  }

  lines() {
    return this.regions.flatMap((region) => this.region(region));
  }

  region(region) {
    const at = region.points.map((point) => this.picture.onStage(point));
    const across = at.map((point) => point.x);
    const down = at.map((point) => point.y);
    const middle = (values) => (Math.min(...values) + Math.max(...values)) / 2;
    const chosen = region === this.chosen;
    const kind = [region.unread ? "is-unread" : "", chosen ? "is-chosen" : ""].join(" ").trim();
    const line = svg("polygon", {
      points: at.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" "),
      class: kind,
    });
    // A name that is wider than its region would lie over the others'.
    const room = Math.max(...across) - Math.min(...across);
    if (!chosen && room < region.name.length * LETTER) return [line];
    const place = { x: middle(across), y: middle(down), "text-anchor": "middle", class: kind };
    return [line, svg("text", place, region.name)];
  }
}
