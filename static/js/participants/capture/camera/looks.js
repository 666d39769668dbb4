// Looking at the live picture several times a second, as fast as this phone can, while it is seen.

import { lumaOf, newCanvas } from "./chip.js";
import { AROUND } from "./engine.js";
import { misfit, offOutline } from "./framing.js";
import { lightProblemsOf, problemsOf } from "./guidance.js";
import { isDark } from "./light.js";
import { alignmentOf, genericPoints } from "./outline.js";

const SIDE = 1280; // px, the longer side of what is measured
const SMALL = 48; // px, for the brightness and the motion of the whole picture
const FASTEST = 140; // ms between two looks
const REST = 0.6; // of the time a look takes, left to the phone for everything else
const STIRRED = 0.02; // of full scale: mean change a second that counts as one eye distance

export class FrameAnalyser {
  aim = null; // { view, outline, own } of the view asked for
  running = false;
  #timer = 0;
  #canvas = newCanvas(1, 1);
  #small = newCanvas(SMALL, SMALL);
  #before = null;
  #margin = 0;

  // `on(look)` hears every look: { problems, face, values, alignment, mode, width, height }.
  constructor({ stream, engine, data, guide, on }) {
    Object.assign(this, { stream, engine, data, guide, on });
    document.addEventListener("visibilitychange", () => this.#seen());
  }

  start() {
    this.running = true;
    this.#before = null;
    this.#plan(0);
  }

  stop() {
    this.running = false;
    clearTimeout(this.#timer);
  }

  #seen() {
    if (this.running && document.visibilityState === "visible") this.#plan(0);
  }

  #plan(wait) {
    clearTimeout(this.#timer);
    if (this.running && document.visibilityState === "visible") {
      this.#timer = setTimeout(() => this.#tick(), wait);
    }
  }

  async #tick() {
    const began = performance.now();
    const { aim } = this;
    try {
      const look = await this.#look(began);
      // The view may have changed, or the camera closed, while the engine was looking.
      if (look && this.running && aim === this.aim) this.on(look);
    } catch {
      // The engine has gone: the next look does without it.
    }
    const took = performance.now() - began;
    this.#plan(Math.max(FASTEST - took, REST * took));
  }

  async #look(now) {
    const { video } = this.stream;
    if (!video.videoWidth || !this.stream.open) return null;
    const scale = Math.min(1, SIDE / Math.max(video.videoWidth, video.videoHeight));
    const canvas = this.#canvas;
    canvas.width = Math.round(video.videoWidth * scale);
    canvas.height = Math.round(video.videoHeight * scale);
    canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
    const frame = this.#wholeFrame(canvas, now);
    // Fetched with the first look: the page is there before.
    const { measurePicture } = await import("./measures.js");
    return this.engine.state === "ready"
      ? this.#withLandmarks(measurePicture, canvas, frame, now)
      : this.#withLight(measurePicture, canvas, frame);
  }

  async #withLandmarks(measure, canvas, frame, now) {
    const { width, height } = canvas;
    const faces = await this.engine.find(canvas, width, height, { margin: this.#margin });
    // No face: perhaps it fills the picture. The next look is at the picture in a frame.
    if (!faces.length) this.#margin = AROUND - this.#margin;
    const { view, outline, own } = this.aim;
    const { gates, viewYaw } = this.data;
    const { face, values } = measure(canvas, width, height, faces, {
      view,
      viewYaw,
      live: true,
    });
    if (face) {
      // Counted in the photo's pixels, of which there are more than in the live picture.
      const { width: w, height: h } = this.stream.size;
      values.inter_eye *= Math.max(w, h) / Math.max(width, height);
    }
    const alignment = face && own ? alignmentOf(face, outline, width, height) : null;
    const off = face && offOutline(face, outline, width, height);
    const look = {
      face,
      values,
      dark: frame.dark,
      moving: face ? this.#speedOf(face, now) : 0,
      place: off?.place ?? null,
      misfit: off && misfit(off, alignment, { told: this.guide.code === "fit" }),
    };
    const problems = problemsOf(look, { gates, view, viewYaw, shown: this.guide.code });
    return { ...look, problems, alignment, mode: "landmarks", width, height };
  }

  // The face is taken to be where the outline is: its light and blur are measured there.
  #withLight(measure, canvas, frame) {
    const { width, height } = canvas;
    const { view } = this.aim;
    const { gates, viewYaw } = this.data;
    const points = genericPoints(view, width, height, viewYaw);
    const { face, values } = measure(canvas, width, height, [points], {
      view,
      viewYaw,
      live: true,
    });
    const look = {
      face,
      values,
      dark: frame.dark,
      moving: frame.stirred,
      place: null,
      misfit: null,
    };
    const problems = lightProblemsOf(look, { gates, view, viewYaw, shown: this.guide.code });
    return { ...look, problems, alignment: null, mode: "light", width, height };
  }

  // Brightness of the whole picture, and how much it changes a second.
  #wholeFrame(canvas, now) {
    const ctx = this.#small.getContext("2d", { willReadFrequently: true });
    ctx.drawImage(canvas, 0, 0, SMALL, SMALL);
    const luma = lumaOf(ctx.getImageData(0, 0, SMALL, SMALL).data);
    let stirred = 0;
    const before = this.#before?.luma;
    if (before) {
      let change = 0;
      for (let i = 0; i < luma.length; i += 1) change += Math.abs(luma[i] - before[i]);
      const seconds = Math.max(0.05, (now - this.#before.now) / 1000);
      stirred = change / luma.length / 255 / seconds / STIRRED / 10;
    }
    this.#before = { ...this.#before, luma, now };
    return { dark: isDark(luma), stirred };
  }

  // How fast the eyes move, in distances of the eyes per second.
  #speedOf(face, now) {
    const before = this.#before?.eyes;
    const at = this.#before?.eyesAt;
    this.#before = { ...this.#before, eyes: face.eyes, eyesAt: now };
    if (!before || now - at > 1500) return 0;
    const way = Math.hypot(face.eyes[0] - before[0], face.eyes[1] - before[1]);
    return way / face.interEye / Math.max(0.05, (now - at) / 1000);
  }
}
