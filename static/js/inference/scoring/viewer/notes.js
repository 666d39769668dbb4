// Notes and queries on a photo: their points and rectangles over it, and the form for another.

import { cornersOf, Drawing, polygonOf } from "./drawing.js";
import { svg } from "./svg.js";

const NAMES = ["x", "y", "width", "height"];

const regionOf = (text) => {
  const numbers = text.split(",").map(Number);
  return Object.fromEntries(NAMES.map((name, at) => [name, numbers[at]]));
};
const textOf = (region) => NAMES.map((name) => region[name].toFixed(5)).join(",");

export class Notes {
  constructor(picture, card) {
    this.picture = picture;
    this.card = card;
    this.form = card.querySelector("[data-write]");
    this.box = card.querySelector("[data-marked]");
    this.marks = [...card.querySelectorAll("[data-at]")].map((line) => ({
      line,
      words: line.dataset.mark,
      kind: line.dataset.kind === "query" ? "is-query" : "",
      region: regionOf(line.dataset.at),
    }));
    picture.over("notes", () =>
      this.box?.checked ? this.marks.flatMap((one) => this.mark(one)) : [],
    );
    this.box?.addEventListener("change", () => picture.redraw());
    for (const one of this.marks)
      one.line.querySelector("[data-show]").addEventListener("click", () => this.show(one));
    if (this.form) this.writing();
    const named = this.marks.find((one) => `#${one.line.id}` === location.hash);
    if (named) this.show(named);
  }

  // --- What is there -------------------------------------------------------------------------

  mark({ region, words, kind, line }) {
    const chosen = line === this.shown ? "is-chosen" : "";
    const look = `${kind} ${chosen}`.trim();
    const corners = cornersOf(region, this.picture);
    const [{ x, y }] = corners;
    if (region.width || region.height)
      return [polygonOf(corners, look), svg("text", { x: x + 4, y: y - 6, class: look }, words)];
    return [
      svg("circle", { cx: x, cy: y, r: 7, class: look }),
      svg("circle", { cx: x, cy: y, r: 1, class: look }),
      svg("text", { x: x + 11, y: y + 5, class: look }, words),
    ];
  }

  show(one) {
    const { picture } = this;
    this.shown = one.line;
    if (this.box) this.box.checked = true;
    for (const { line } of this.marks) line.classList.toggle("is-shown", line === one.line);
    const size = picture.image.getContentSize();
    // The place with as much around it again, and of a point a fifth of the photo.
    const wide = Math.max(one.region.width * 3, 0.2) * size.x;
    const tall = Math.max(one.region.height * 3, 0.2) * size.y;
    const x = (one.region.x + one.region.width / 2) * size.x - wide / 2;
    const y = (one.region.y + one.region.height / 2) * size.y - tall / 2;
    picture.viewport.fitBounds(picture.image.imageToViewportRectangle(x, y, wide, tall));
    picture.redraw();
    picture.stage.scrollIntoView({ block: "nearest" });
  }

  // --- Another -------------------------------------------------------------------------------

  writing() {
    const { form, picture } = this;
    const field = form.elements.namedItem("region");
    let take = () => {};
    const leave = () => {
      take();
      take = () => {};
      field.value = "";
      form.hidden = true;
      picture.redraw();
    };
    new Drawing(picture, (region) => {
      leave();
      if (picture.filling) picture.fill(false);
      take = picture.over("drawing", () => this.draft(region));
      field.value = textOf(region);
      form.hidden = false;
      form.elements.namedItem("text").focus();
    });
    form.querySelector("[data-leave]").addEventListener("click", leave);
    const ask = form.querySelector("[data-ask]");
    ask?.addEventListener("click", () => {
      ask.formAction = `${ask.dataset.ask}&region=${encodeURIComponent(field.value)}`;
    });
    leave(); // what a browser that goes back would have kept is not on the photo
  }

  draft(region) {
    const corners = cornersOf(region, this.picture);
    const [{ x, y }] = corners;
    if (region.width || region.height) return [polygonOf(corners, "")];
    return [svg("circle", { cx: x, cy: y, r: 7 }), svg("circle", { cx: x, cy: y, r: 1 })];
  }
}
