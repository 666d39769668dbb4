// The guided camera as a whole: opens, looks, tells, takes, shows the still, hands it over.

import { gettext } from "../../words/words.js";
import { Engine } from "./engine.js";
import { Ghost } from "./ghost.js";
import { Guide, turnedAsAsked } from "./guidance.js";
import { shownHint, wordsFor } from "./hints.js";
import { FrameAnalyser } from "./looks.js";
import { aimOf } from "./outline.js";
import { Preview } from "./preview.js";
import { howTaken } from "./record.js";
import { remember, settings } from "./settings.js";
import { AutoShutter } from "./shutter.js";
import { Announcer, vibrate } from "./speech.js";
import { Undecodable, checkStill } from "./still.js";
import { CameraClosed, ScreenWakeLock, Stream } from "./stream.js";
import { Surface } from "./surface.js";
import { wireSwitches } from "./switches.js";

const FILE_PATIENCE = 8000; // ms that a chosen photo waits for the face finder; then it does without
const HEIC = /hei[cf]/i; // browsers that cannot show it may still send it

export class Camera {
  #listeners = {};
  #kept = null; // what the preview is about: { blob, how }
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
    this.engine = new Engine(data.engine);
    this.guide = new Guide();
    this.shutter = new AutoShutter({ on: settings().auto });
    this.ghost = new Ghost(this.surface);
    this.announcer = new Announcer(this.surface.part("say"));
    this.wakeLock = new ScreenWakeLock();
    this.stream.ended = () => this.close();
    const { stream, engine, guide } = this;
    const on = (look) => this.#looked(look);
    this.analyser = new FrameAnalyser({ stream, engine, data, guide, on });
    this.#wire(dialog);
  }

  // kept(blob, how), ownCamera(), closed()
  on(listeners) {
    this.#listeners = listeners;
  }

  get live() {
    return this.stream.open;
  }

  // Resolves to null once live, or to why the camera did not open ("refused", "missing", …).
  async open(step, number) {
    this.#ready = this.#pressed = false;
    this.surface.open();
    this.surface.stage("live");
    this.#show("waiting");
    try {
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
    this.preview.clear();
    this.surface.stage("live");
    this.surface.asks(step, number, this.data.steps.length);
    this.surface.part("title").focus({ preventScroll: true });
    this.announcer.say(`${step.name}. ${step.words}`);
    await this.#aim();
    this.#begin();
  }

  close() {
    this.#taking(false);
    this.analyser.stop();
    this.stream.stop();
    this.wakeLock.off();
    this.announcer.cancel();
    this.preview.clear();
    if (this.surface.dialog.open) {
      this.surface.close();
      this.#listeners.closed?.();
    }
  }

  // A file from the phone's own camera: "shown", or "no photo" when it is none.
  async review(step, number, file) {
    this.#step = step;
    this.analyser.stop();
    this.surface.open();
    this.surface.asks(step, number, this.data.steps.length);
    this.#await(file);
    const aim = this.live ? this.analyser.aim : aimOf(step, this.data.viewYaw, 1080, 1440);
    const { engine, data } = this;
    const patience = new Promise((on) => setTimeout(on, FILE_PATIENCE));
    let check = null;
    try {
      await Promise.race([engine.start(), patience]);
      check = await checkStill(file, { engine, aim, data, framed: false });
    } catch (error) {
      if (!(error instanceof Undecodable)) throw error;
      if (!HEIC.test(file.type) && !HEIC.test(file.name ?? "")) {
        this.close();
        return "no photo";
      }
    }
    this.#judge(file, check, { method: "file", facing: null, trigger: "file" });
    return "shown";
  }

  // To be seen, faintly, at the next visit.
  remember(step, blob) {
    return this.ghost.keep(step, blob);
  }

  note(words) {
    this.announcer.say(words);
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
    const now = performance.now();
    const good = look.problems.length === 0;
    const told = this.guide.update(look.problems, now);
    const landmarks = look.mode === "landmarks";
    const { progress, fire } = this.shutter.update(good && landmarks, look.alignment, now);
    this.surface.ring(progress);
    this.surface.alignment(turnedAsAsked(look.problems) ? look.alignment : null);
    if (good && landmarks && !this.#good) vibrate("good");
    this.#good = good && landmarks;
    const loading = this.engine.state === "loading";
    this.#show(shownHint(told, look, { loading, auto: this.shutter.on }));
    if (fire) this.#take("auto");
  }

  #show(hint) {
    this.announcer.hint(this.surface.hint(hint), performance.now());
  }

  // --- Taking ----------------------------------------------------------------------------------

  async #take(trigger) {
    if (this.#busy) return;
    this.#taking(true);
    this.#pressed = !this.#ready;
    if (!this.#ready) return;
    this.#busy = true;
    vibrate("taken");
    const facing = this.stream.facing;
    try {
      const { blob, method } = await this.stream.take();
      this.analyser.stop();
      this.#await(blob);
      const { engine, data } = this;
      const check = await checkStill(blob, { engine, aim: this.analyser.aim, data });
      this.#judge(blob, check, { method, facing, trigger });
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

  #await(blob) {
    this.surface.stage("review");
    this.preview.wait(blob);
  }

  #judge(blob, check, taken) {
    this.#kept = { blob, how: howTaken(check, taken) };
    const words = this.preview.show(check, this.data);
    const doubts = (check?.reasons ?? []).slice(0, 2).map((code) => this.data.sentences[code]);
    this.announcer.say([words, ...doubts].join(" "));
  }

  async #keep() {
    const { blob, how } = this.#kept ?? {};
    if (!blob) return;
    this.preview.busy(true);
    try {
      await this.#listeners.kept(blob, how);
      this.#kept = null;
    } catch {
      this.preview.problem(
        gettext("The photo could not be kept. Please try again, or reload this page."),
      );
    } finally {
      this.preview.busy(false);
    }
  }

  #retake() {
    this.#kept = null;
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
      opened: (open) => (open ? this.analyser.stop() : this.#lookAgain()),
    });
    this.announcer.spoken = settings().spoken;
  }

  async #set(name, on) {
    if (name === "auto") this.shutter.on = on;
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
    this.analyser.stop();
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
