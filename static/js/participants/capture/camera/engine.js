// The landmark engine as the page sees it: a frame that is asked for the points of a picture.

import { newCanvas } from "./chip.js";
import { gathered } from "./engine_files.js";

const LIMIT = 60_000; // ms to start from files that are on this phone
const UNKEPT = 600_000; // ms where no service worker keeps them: as long as the line may need
const PATIENCE = 5000; // ms; then light and blur guide until it is there
const ANSWER = 8_000; // ms for one picture; a frame that is silent for longer is given up
const WORKING_SIDE = 640; // px, the longer side of what the frame is given
export const AROUND = 0.3; // the margin that makes very near faces findable

export class Engine {
  state = "idle"; // loading, ready, failed
  problem = "";
  share = null; // 0 to 1 of its files that are here; null before anything is known
  since = 0; // when it was asked for, as performance.now()
  #frame = null;
  #pending = new Map();
  #next = 0;
  #ready = null;
  #settle = null;
  #listener = (event) => this.#onMessage(event);

  // `files` are the addresses of what its frame will ask for.
  constructor(address, { files = [], limit = null } = {}) {
    this.address = address;
    this.files = files;
    this.limit = limit;
  }

  // Whether it has been on its way for longer than a person waits without guidance.
  isLate(now) {
    return this.state === "loading" && now - this.since > PATIENCE;
  }

  // Resolves to true once it can find faces, to false when it cannot here.
  start() {
    this.#ready ??= new Promise((resolve) => {
      this.#settle = resolve;
      this.state = "loading";
      this.since = performance.now();
      const told = (share) => {
        this.share = share;
      };
      gathered(this.files, told).then((kept) => this.#load(this.limit ?? (kept ? LIMIT : UNKEPT)));
    });
    return this.#ready;
  }

  // The faces in a picture (anything drawImage takes), the largest first: [Float32Array(1404)] in
  // pixels of the picture. `margin` puts a frame of so many times the picture's size around it: a
  // face that fills the picture is found only so. Rejects when the engine is gone.
  async find(source, width, height, { still = false, side = WORKING_SIDE, margin = 0 } = {}) {
    if (this.state !== "ready") throw new Error("the engine is not ready");
    const scale = Math.min(1, side / Math.max(width, height));
    const [w, h] = [width, height].map((length) => Math.max(1, Math.round(length * scale)));
    const [left, top] = [Math.round(w * margin), Math.round(h * margin)];
    // By way of a canvas: not every browser scales while it makes a bitmap.
    const canvas = newCanvas(w + 2 * left, h + 2 * top);
    const ctx = canvas.getContext("2d");
    ctx.imageSmoothingQuality = "high"; // a plain step down from a large photo would skip pixels
    ctx.drawImage(source, left, top, w, h);
    const bitmap = await createImageBitmap(canvas).catch((error) => {
      this.#fail(error.message);
      throw error;
    });
    const faces = await this.#request({ kind: "find", bitmap, still }, [bitmap]);
    for (const points of faces) {
      for (let i = 0; i < points.length; i += 3) {
        points[i] = ((points[i] - left) * width) / w;
        points[i + 1] = ((points[i + 1] - top) * height) / h;
        points[i + 2] *= width / w;
      }
    }
    return faces.sort((one, other) => breadth(other) - breadth(one));
  }

  close() {
    this.#fail("closed");
  }

  #load(limit) {
    if (this.state !== "loading") return; // closed meanwhile
    addEventListener("message", this.#listener);
    this.#frame = document.createElement("iframe");
    this.#frame.className = "engine-frame";
    this.#frame.title = "";
    this.#frame.ariaHidden = "true";
    this.#frame.tabIndex = -1;
    this.#frame.src = this.address;
    this.#frame.addEventListener("error", () => this.#fail("the frame did not load"));
    document.body.append(this.#frame);
    setTimeout(() => {
      if (this.state === "loading") this.#fail("it took too long");
    }, limit);
  }

  #request(message, given) {
    this.#next += 1;
    const id = this.#next;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#fail("no answer"), ANSWER);
      this.#pending.set(id, { resolve, reject, timer });
      this.#frame.contentWindow.postMessage({ ...message, id }, location.origin, given);
    });
  }

  #onMessage(event) {
    if (event.origin !== location.origin || event.source !== this.#frame?.contentWindow) return;
    const { kind, id, faces, words } = event.data ?? {};
    if (kind === "ready" && this.state === "loading") {
      this.state = "ready";
      this.#settle(true);
    } else if (kind === "found") {
      const asked = this.#pending.get(id);
      this.#pending.delete(id);
      clearTimeout(asked?.timer);
      asked?.resolve(faces);
    } else if (kind === "failed") {
      this.#fail(words);
    }
  }

  #fail(problem) {
    if (this.state === "failed") return;
    this.state = "failed";
    this.problem = problem;
    removeEventListener("message", this.#listener);
    this.#frame?.remove();
    this.#frame = null;
    for (const { reject, timer } of this.#pending.values()) {
      clearTimeout(timer);
      reject(new Error(problem));
    }
    this.#pending.clear();
    this.#settle?.(false);
  }
}

const breadth = (points) => {
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < points.length; i += 3) {
    low = Math.min(low, points[i]);
    high = Math.max(high, points[i]);
  }
  return high - low;
};
