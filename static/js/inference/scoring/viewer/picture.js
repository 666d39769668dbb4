// One photo in OpenSeadragon, on a stage of the page (inference/scoring/_stage.html): zoom to the
// pixel, a scale bar, a distance between two points, layers, and the whole window.

import { loaded, NotLoaded, release } from "./loading.js";
import { distanceWords, inMillimetres, roundLength } from "./measures.js";
import { svg } from "./svg.js";

const SCALE_ROOM = 140; // pixels of the screen
const still = matchMedia("(prefers-reduced-motion: reduce)").matches;

// OpenSeadragon adds a style element of its own unless one with this mark is there, and the policy
// of our pages reports even an empty one: an element of that name in no known namespace is none.
const keepStyleOut = () => {
  if (document.querySelector("style[data-openseadragon-mobile-css]")) return;
  const mark = document.createElementNS("urn:none", "style");
  mark.setAttribute("data-openseadragon-mobile-css", "true");
  document.head.append(mark);
};

export class Picture {
  constructor(stage) {
    this.stage = stage;
    this.mm = Number(stage.dataset.mm) || 0;
    this.error = Number(stage.dataset.error) || 0;
    this.points = [];
    this.layers = new Map();
    this.overlays = new Map();
    this.status = stage.querySelector("[data-status]");
    this.open();
    this.tools();
  }

  part(name) {
    return this.stage.querySelector(`[data-${name}]`);
  }

  // --- Loading -----------------------------------------------------------------------------

  async open() {
    this.tell("loading", "Loading the photo…");
    release(this.url);
    try {
      this.url = await loaded(this.stage.dataset.full, (share) =>
        this.tell("loading", `Loading the photo, ${Math.round(share * 100)} %`),
      );
      this.show(this.url);
    } catch (problem) {
      if (!(problem instanceof NotLoaded)) throw problem;
      this.tell("failed", problem.message);
    }
  }

  show(url) {
    keepStyleOut();
    this.osd?.destroy();
    this.osd = window.OpenSeadragon({
      element: this.part("deep"),
      tileSources: { type: "image", url },
      drawer: "canvas",
      prefixUrl: "",
      showNavigationControl: false,
      animationTime: still ? 0 : 0.5,
      immediateRender: true,
      maxZoomPixelRatio: 6,
      minZoomImageRatio: 0.8,
      visibilityRatio: 0.5,
      gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true },
      gestureSettingsTouch: { clickToZoom: false, dblClickToZoom: true },
      gestureSettingsPen: { clickToZoom: false },
      silenceMultiImageWarnings: true,
    });
    this.osd.addHandler("open", () => {
      this.tell("ready", "");
      this.redraw();
      this.stage.dispatchEvent(new CustomEvent("picture:ready", { bubbles: true }));
    });
    this.osd.addHandler("open-failed", () =>
      this.tell("failed", "This photo could not be opened in the viewer."),
    );
    this.osd.addHandler("update-viewport", () => this.redraw());
    this.osd.addHandler("canvas-click", (event) => this.clicked(event));
    this.osd.addHandler("canvas-scroll", (event) => {
      // The page scrolls past a viewer that nobody has chosen.
      const chosen = this.stage.contains(document.activeElement) || this.filling;
      event.preventDefaultAction = !chosen;
      event.preventDefault = chosen;
    });
  }

  tell(state, words) {
    this.stage.dataset.state = state;
    this.status.textContent = words;
    const again = this.part("again");
    if (again) again.hidden = state !== "failed";
    for (const tool of this.stage.querySelectorAll("[data-tool]"))
      tool.disabled = state !== "ready";
  }

  get image() {
    return this.osd?.world.getItemAt(0);
  }

  get viewport() {
    return this.osd.viewport;
  }

  // Pixels of the screen that one pixel of the photo takes.
  get zoom() {
    return this.image.viewportToImageZoom(this.viewport.getZoom(true));
  }

  // --- Layers: the cleaned photo, a map ------------------------------------------------------

  async layer(name, address, opacity = 1) {
    this.layers.get(name)?.remove();
    this.layers.delete(name);
    this.stage.dataset[name] = address ? "loading" : "";
    if (!address || !this.osd) return;
    const asked = {};
    this.asked = { ...this.asked, [name]: asked };
    try {
      const url = await loaded(address);
      if (this.asked[name] !== asked) return release(url); // another was chosen meanwhile
      await this.put(name, url, opacity);
      this.stage.dataset[name] = "shown";
    } catch (problem) {
      if (!(problem instanceof NotLoaded)) throw problem;
      this.stage.dataset[name] = "failed";
      this.status.textContent = problem.message;
    }
  }

  put(name, url, opacity) {
    return new Promise((resolve, reject) =>
      this.osd.addSimpleImage({
        url,
        width: 1,
        opacity,
        // A map lies above the cleaned photo, whichever was chosen first.
        index: name === "map" ? undefined : 1,
        success: ({ item }) => {
          this.layers.set(name, { item, remove: () => this.taken(item, url) });
          resolve(item);
        },
        error: () => {
          release(url);
          reject(new NotLoaded("The picture could not be opened. Please try again."));
        },
      }),
    );
  }

  taken(item, url) {
    this.osd.world.removeItem(item);
    release(url);
  }

  fade(name, opacity) {
    this.layers.get(name)?.item.setOpacity(opacity);
  }

  // --- Tools ---------------------------------------------------------------------------------

  tools() {
    const acts = {
      in: () => this.viewport.zoomBy(1.5),
      out: () => this.viewport.zoomBy(1 / 1.5),
      whole: () => this.viewport.goHome(),
      pixels: () => this.viewport.zoomTo(this.image.imageToViewportZoom(1)),
      measure: () => this.measuring(!this.ruler),
      fill: () => this.fill(!this.filling),
    };
    this.stage.addEventListener("click", (event) => {
      const tool = event.target.closest("[data-tool]");
      if (tool && this.osd) acts[tool.dataset.tool]?.();
      if (event.target.closest("[data-again]")) this.open();
    });
    this.stage.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      if (this.ruler) this.measuring(false);
      else if (this.filling) this.fill(false);
    });
    document.addEventListener("fullscreenchange", () => {
      if (!document.fullscreenElement && this.filling) this.fill(false);
    });
  }

  press(name, on) {
    this.stage.querySelector(`[data-tool=${name}]`)?.setAttribute("aria-pressed", String(on));
  }

  // The whole screen where the browser gives it, the whole window elsewhere (iPhones).
  fill(on) {
    this.filling = on;
    this.stage.classList.toggle("stage--filling", on);
    document.documentElement.classList.toggle("has-filling-stage", on);
    this.press("fill", on);
    if (on) this.stage.requestFullscreen?.().catch(() => {});
    else if (document.fullscreenElement) document.exitFullscreen();
    this.part("deep").querySelector("canvas")?.parentElement.focus();
  }

  measuring(on) {
    this.ruler = on;
    this.points = [];
    this.stage.classList.toggle("stage--measuring", on);
    this.press("measure", on);
    this.status.textContent = on ? "Choose two points on the photo." : "";
    this.redraw();
  }

  clicked(event) {
    if (!this.ruler || !event.quick) return;
    event.preventDefaultAction = true;
    const at = this.image.viewerElementToImageCoordinates(event.position);
    this.points = this.points.length === 2 ? [at] : [...this.points, at];
    const [a, b] = this.points;
    this.status.textContent = b
      ? distanceWords(a, b, this.mm, this.error)
      : "And the second point.";
    this.redraw();
  }

  // --- What lies over the photo --------------------------------------------------------------

  redraw() {
    if (!this.image) return;
    this.stage.dataset.zoom = this.zoom.toFixed(3);
    this.drawScale();
    this.drawPoints();
    for (const [group, draw] of this.overlays) group.replaceChildren(...draw());
  }

  // A group of lines over the photo: `draw` gives its elements anew whenever the photo has moved.
  over(name, draw) {
    const group = svg("g", { class: `stage__${name}` });
    this.part("marks").append(group);
    this.overlays.set(group, draw);
    this.redraw();
    return () => {
      this.overlays.delete(group);
      group.remove();
    };
  }

  // Where a point of the photo, in its pixels, is on the stage.
  onStage({ x, y }) {
    return this.image.imageToViewerElementCoordinates(new window.OpenSeadragon.Point(x, y));
  }

  // And what point of the photo is at a place of the stage, kept within the photo.
  onPhoto(place) {
    const at = this.image.viewerElementToImageCoordinates(place);
    const size = this.image.getContentSize();
    const within = (value, most) => Math.min(Math.max(value, 0), most);
    return { x: within(at.x, size.x), y: within(at.y, size.y) };
  }

  drawScale() {
    const scale = this.part("scale");
    const round = this.mm ? roundLength(this.mm / this.zoom, SCALE_ROOM) : null;
    scale.hidden = !round;
    if (!round) return;
    const bar = scale.querySelector("svg");
    bar.setAttribute("width", (round.pixels + 4).toFixed(1));
    bar.querySelector("line").setAttribute("x2", (round.pixels + 2).toFixed(1));
    scale.querySelector("[data-words]").textContent = inMillimetres(round.length);
  }

  drawPoints() {
    this.ruled ??= this.part("marks").appendChild(svg("g", {}));
    const at = this.points.map((point) => this.image.imageToViewerElementCoordinates(point));
    const dots = at.map(({ x, y }) => svg("circle", { cx: x, cy: y, r: 5 }));
    const [a, b] = at;
    const line = b ? [svg("line", { x1: a.x, y1: a.y, x2: b.x, y2: b.y })] : [];
    const words = b
      ? [
          svg(
            "text",
            { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 - 10, "text-anchor": "middle" },
            distanceWords(...this.points, this.mm, 0),
          ),
        ]
      : [];
    this.ruled.replaceChildren(...line, ...dots, ...words);
  }
}
