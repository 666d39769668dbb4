// The guided camera as a whole: opens, looks, tells, takes, shows the still, hands it over.

import { gettext } from "../../words/words.js";
import { Engine } from "./engine.js";
import { toldOf } from "./gates.js";
import { Ghost } from "./ghost.js";
import { Guide, turnedAsAsked } from "./guidance.js";
import { shownHint, wordsFor } from "./hints.js";
import { aimOf } from "./outline.js";
import { Preview } from "./preview.js";
import { howTaken } from "./record.js";
import { remember, settings } from "./settings.js";
import { AutoShutter } from "./shutter.js";
import { Sounds } from "./sounds.js";
import { Announcer, vibrate } from "./speech.js";
import { CameraClosed, ScreenWakeLock, Stream } from "./stream.js";
import { Surface } from "./surface.js";
import { wireSwitches } from "./switches.js";

const FILE_PATIENCE = 8000; // ms that a chosen photo waits for the face finder; then it does without
// A page opens on a poor line with little: what looks comes with the camera, what judges with a photo.
const looks = () => import("./looks.js");
const stills = () => import("./still.js");

// What the still shows, or null: this browser cannot decode it, or has no memory left for it.
async function checked(blob, context) {
  try {
    const { checkStill } = await stills();
    return await checkStill(blob, context);
  } catch {
    return null;
  }
}

export class Camera {
  #listeners = {};
  #held = null; // what the preview is about: { id, blob, how }
  #busy = false;
  #ready = false; // live, and it is known what is aimed at
  #pressed = false; // the shutter, before that
  #step = null;
  #good = false;

  constructor(dialog, data) {
    this.data = data;
    this.surface = new Surface(dialog);
    this.preview = new Preview(dialog);
    this.stream = new Stream(this.surface.video);
    this.engine = new Engine(data.engine, { files: data.engineFiles });
    this.guide = new Guide();
    this.shutter = new AutoShutter({ on: settings().auto });
    this.ghost = new Ghost(this.surface);
    this.announcer = new Announcer(this.surface.part("say"));
    this.wakeLock = new ScreenWakeLock();
    this.sounds = new Sounds();
    this.stream.ended = () => this.close();
    this.analyser = null; // there before the camera is live
    this.#wire(dialog);
  }

  // secured(blob, how) stores a photo before anything decodes it and resolves to its id; used(id, how,
  // blob) and dropped(id) are what the person chose; ownCamera(), closed().
  on(listeners) {
    this.#listeners = listeners;
  }

  get live() {
    return this.stream.open;
  }

  // Resolves to null once live, or to why the camera did not open ("refused", "missing", …).
  async open(step, number) {
    this.#ready = this.#pressed = false;
    this.sounds.unlock();
    this.surface.open();
    this.surface.stage("live");
    this.#show("waiting");
    try {
      await this.#lookOut();
      await this.#start(settings().facing);
    } catch (error) {
      this.close();
      if (error instanceof CameraClosed) return error.why;
      throw error;
    }
    this.wakeLock.on();
    this.#startEngine();
    await this.ask(step, number);
    return null;
  }

  // Ask for a view; the camera and the engine stay as they are.
  async ask(step, number) {
    this.#ready = false;
    this.#step = step;
    this.#held = null;
    this.preview.clear();
    this.surface.stage("live");
    this.surface.asks(step, number, this.data.steps.length);
    this.surface.hint("next"); // what was good was the view before
    this.surface.part("title").focus({ preventScroll: true });
    this.announcer.say(`${step.name}. ${step.words}`);
    await this.#aim();
    this.#begin();
  }

  close() {
    this.#taking(false);
    this.analyser?.stop();
    this.stream.stop();
    this.wakeLock.off();
    this.announcer.cancel();
    this.preview.clear();
    this.#held = null; // it stays where it is stored, and the page asks about it
    if (this.surface.dialog.open) {
      this.surface.close();
      this.#listeners.closed?.();
    }
  }

  // A file from the phone's own camera, or a photo that is stored already (`stored`, as { id, how }):
  // "shown", or "no photo" when this browser cannot decode it and it is not `known` to be one.
  async review(step, number, file, { known = false, stored = null } = {}) {
    this.#step = step;
    this.analyser?.stop();
    this.surface.open();
    this.surface.asks(step, number, this.data.steps.length);
    const chosen = { method: "file", facing: null, trigger: "file" };
    const taken = stored?.how ?? { ...chosen, taken_at: new Date().toISOString() };
    const id = await this.#hold(file, taken, stored?.id);
    const aim = this.live ? this.analyser.aim : aimOf(step, this.data.viewYaw, 1080, 1440);
    const { engine, data } = this;
    const patience = new Promise((on) => setTimeout(on, FILE_PATIENCE));
    await Promise.race([engine.start(), patience]);
    const check = await checked(file, { engine, aim, data, framed: taken.method !== "file" });
    if (!check && !known && !stored) {
      await this.#listeners.dropped(id);
      this.close();
      return "no photo";
    }
    this.#judge(id, check, taken);
    return "shown";
  }

  // To be seen, faintly, at the next visit.
  remember(step, blob) {
    return this.ghost.keep(step, blob);
  }

  note(words) {
    this.announcer.say(words);
  }

  async #lookOut() {
    const { FrameAnalyser } = await looks();
    const { stream, engine, guide, data } = this;
    const on = (look) => this.#looked(look);
    this.analyser ??= new FrameAnalyser({ stream, engine, data, guide, on });
  }

  async #start(facing) {
    await this.stream.start(facing);
    this.surface.mirrored = this.stream.facing === "user";
    this.surface.part("switch").hidden = !this.stream.several;
    remember({ facing: this.stream.facing });
  }

  #startEngine() {
    if (this.engine.state !== "idle") return;
    this.engine.start().then((ready) => {
      this.guide.reset();
      this.shutter.reset();
      if (!ready && this.live) this.note(wordsFor("light"));
    });
  }

  // --- What is aimed at ------------------------------------------------------------------------

  async #aim() {
    const { videoWidth, videoHeight } = this.surface.video;
    this.analyser.aim = aimOf(this.#step, this.data.viewYaw, videoWidth, videoHeight);
    this.surface.outline = this.analyser.aim.outline;
    this.surface.alignment(null);
    await this.ghost.show(this.#step.view);
  }

  // --- Looking ---------------------------------------------------------------------------------

  // A press that came before the camera was there counts now that it is.
  #begin() {
    this.#ready = true;
    const pressed = this.#pressed;
    this.#pressed = false;
    if (pressed) this.#take("shutter");
    else this.#lookAgain();
  }

  #lookAgain() {
    this.guide.reset();
    this.shutter.reset();
    this.surface.ring(0);
    this.#good = false;
    this.analyser.start();
  }

  #looked(look) {
    if (this.#busy) return;
    this.surface.dialog.dataset.mode = look.mode;
    const now = performance.now();
    const good = look.problems.length === 0;
    const told = this.guide.update(look.problems, now);
    const landmarks = look.mode === "landmarks";
    const { progress, fire } = this.shutter.update(good && landmarks, now);
    this.surface.ring(progress);
    if (this.#unseen) this.sounds.countdown(progress);
    if (good && landmarks && !this.#good) vibrate("good");
    this.#good = good && landmarks;
    // On a slow line light and blur guide meanwhile, and the shutter works.
    const loading = this.engine.state === "loading";
    const waiting = loading && !this.engine.isLate(now);
    if (loading && !waiting && this.engine.share !== null) this.surface.loading(this.engine.share);
    else this.surface.alignment(turnedAsAsked(look.problems) ? look.alignment : null);
    this.#show(shownHint(told, look.mode, { loading: waiting, auto: this.shutter.on }));
    if (fire) this.#take("auto");
  }

  #show(hint) {
    this.announcer.hint(this.surface.hint(hint), performance.now());
  }

  // Whether the head is turned so that the screen is not seen.
  get #unseen() {
    return this.data.viewYaw[this.#step.view] !== 0;
  }

  // --- Taking ----------------------------------------------------------------------------------

  async #take(trigger) {
    if (this.#busy) return;
    this.#taking(true);
    this.#pressed = !this.#ready;
    if (!this.#ready) return;
    this.#busy = true;
    const facing = this.stream.facing;
    try {
      const { blob, method } = await this.stream.take();
      vibrate("taken"); // only now: who hears it may move
      if (this.#unseen) this.sounds.taken();
      this.analyser.stop();
      const taken = { method, facing, trigger, taken_at: new Date().toISOString() };
      const id = await this.#hold(blob, taken);
      const { engine, data } = this;
      this.#judge(id, await checked(blob, { engine, aim: this.analyser.aim, data }), taken);
    } catch {
      this.close();
      this.#listeners.ownCamera?.();
    } finally {
      this.#busy = false;
      this.#taking(false);
    }
  }

  #taking(yes) {
    this.surface.dialog.classList.toggle("is-taking", yes);
  }

  // Stored first, seen and judged after: a still of 48 megapixels can end the page that decodes it.
  async #hold(blob, taken, stored = null) {
    this.#held = null; // until this one is safe there is nothing to choose about
    this.surface.stage("review");
    this.preview.wait();
    const how = howTaken(null, taken);
    const id = stored ?? (await this.#listeners.secured(blob, how));
    this.#held = { id, blob, how };
    this.preview.picture(blob);
    return id;
  }

  #judge(id, check, taken) {
    if (this.#held?.id !== id) return; // closed meanwhile
    this.#held.how = howTaken(check, taken);
    const words = this.preview.show(check, this.data);
    const told = toldOf([...(check?.reasons ?? []), ...(check?.advice ?? [])], this.data.rank);
    const doubts = told.map((code) => this.data.sentences[code]);
    this.announcer.say([words, ...doubts].join(" "));
  }

  async #keep() {
    if (!this.#held) return;
    const { id, blob, how } = this.#held;
    this.preview.busy(true);
    try {
      await this.#listeners.used(id, how, blob);
    } catch {
      this.preview.problem(
        gettext("The photo could not be kept. Please try again, or reload this page."),
      );
    } finally {
      if (this.#held?.id === id) this.preview.busy(false); // else the next view is asked for
    }
  }

  async #retake() {
    const { id = null } = this.#held ?? {};
    this.#held = null;
    if (id) await this.#listeners.dropped(id);
    this.preview.clear();
    if (!this.live) {
      this.close();
      return;
    }
    this.surface.stage("live");
    this.surface.part("title").focus({ preventScroll: true });
    this.#lookAgain();
  }

  // --- Buttons and switches --------------------------------------------------------------------

  #wire(dialog) {
    const on = (name, act) => this.surface.part(name).addEventListener("click", act);
    on("close", () => this.close());
    on("shutter", () => this.#take("shutter"));
    on("keep", () => this.#keep());
    on("retake", () => this.#retake());
    on("own-camera", () => this.#listeners.ownCamera?.());
    on("switch", () => this.#turnAround());
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.close();
    });
    wireSwitches(dialog, {
      changed: (name, on) => this.#set(name, on),
      opened: (open) => (open ? this.analyser?.stop() : this.#lookAgain()),
    });
    this.announcer.spoken = settings().spoken;
    this.sounds.on = settings().sound;
  }

  async #set(name, on) {
    if (name === "auto") this.shutter.on = on;
    if (name === "sound") this.sounds.on = on;
    if (name === "spoken") {
      this.announcer.spoken = on;
      if (!on) this.announcer.cancel();
    }
    if (name === "ghost") {
      if (!on) await this.ghost.forget();
      await this.ghost.show(this.#step.view);
    }
  }

  async #turnAround() {
    this.#ready = false;
    this.analyser?.stop();
    const other = this.stream.facing === "user" ? "environment" : "user";
    try {
      await this.#start(other);
    } catch {
      await this.#start(other === "user" ? "environment" : "user").catch(() => this.close());
    }
    if (!this.live) return;
    await this.#aim();
    this.#begin();
    const front = this.stream.facing === "user";
    this.note(front ? gettext("Now the front camera.") : gettext("Now the camera on the back."));
  }
}
