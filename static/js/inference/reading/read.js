// Reading blind: one case after the other. An answer is kept here until the server has it, and the
// next case is there already when it is given.

import { besidePhoto } from "./anchors.js";
import { Clock } from "./clock.js";
import { onKeys, remembered } from "./keys.js";
import { Look } from "./look.js";
import { Panel } from "./panel.js";
import { CasePhoto, inStep } from "./photo.js";
import { Pictures } from "./pictures.js";
import { Outbox } from "./sending.js";
import { ask } from "./server.js";
import { Shown } from "./shown.js";

const ENDS = new Set(["reading_fixed", "may_not_read_blind", "gone", "not_allowed"]);

class Reading {
  constructor(root) {
    this.root = root;
    this.base = root.dataset.base;
    this.shown = new Shown(root);
    this.panel = new Panel(this.shown.part("panel"));
    this.clock = new Clock(Number(root.dataset.idle) * 1000);
    this.turns = []; // the case on the screen, and those that follow
    const stages = [...root.querySelectorAll("[data-stage]")];
    this.pictures = new Pictures({ base: this.base, places: stages.length });
    const ratio = Number(root.dataset.full) / Number(root.dataset.screen);
    this.photos = stages.map(
      (stage, place) => new CasePhoto(stage, { pictures: this.pictures, place, ratio }),
    );
    if (this.photos.length > 1) inStep(this.photos);
    this.outbox = new Outbox({
      send: (entry) => this.send(entry),
      store: sessionStorage,
      name: `reading:${this.base}${root.dataset.seat}`,
      tell: (told) => this.told(told),
    });
    this.look = new Look(root);
    besidePhoto(root);
    this.listen();
    this.begin();
  }

  // --- Cases ---------------------------------------------------------------------------------

  async begin() {
    if (this.outbox.size) await this.outbox.drain();
    if (!this.outbox.size) await this.refresh();
  }

  // Where the server says that the reader is.
  async refresh() {
    const told = await ask(`${this.base}next/`);
    if (told.kind === "saved") this.take(told.state);
    else this.trouble(told, () => this.refresh());
  }

  take(state, { calibration = null } = {}) {
    this.shown.notice("");
    this.waiting = false;
    this.paused = false;
    this.state = state;
    this.turns = state.turns;
    if (state.state === "done") this.finish();
    else if (state.state === "awaits") this.await(state.calibration);
    else if (calibration?.passed && calibration.needs !== null) this.calibrated(calibration);
    else this.showCase();
  }

  showCase() {
    const [turn] = this.turns;
    this.waiting = false;
    this.shown.showFeedback(false);
    this.shown.work();
    this.draw();
    if (this.turn?.key === turn.key) return;
    this.turn = turn;
    this.panel.clear();
    this.look.reset();
    for (const [place, photo] of this.photos.entries()) photo.give(turn.key, turn.mm[place]);
    this.pictures.want(this.turns.map((one) => one.key));
    this.clock.start();
    this.shownAt = Date.now();
    if (!this.begun && !this.state.undo && this.state.progress.done === 0) this.help(true);
    this.begun = true;
    if (this.paused || this.helping) this.clock.stop();
    if (document.activeElement?.closest("[data-panel]")) document.activeElement.blur();
  }

  draw() {
    const ahead = this.outbox.size - (this.turn || !this.waiting ? 0 : 1);
    this.shown.progress(this.state.progress, Math.max(0, ahead));
    this.shown.saving(this.waiting && !this.turn);
    const busy = this.waiting || this.paused;
    this.root.dataset.unsent = this.outbox.size;
    const settled = !this.waiting && !this.outbox.size && this.state.undo;
    this.shown.act("undo").disabled = this.paused || !(this.outbox.open || settled);
    this.shown.act("save").disabled = busy || !(this.after || this.panel.complete);
  }

  // --- Saving --------------------------------------------------------------------------------

  save() {
    if (this.after) {
      const goOn = this.after;
      this.after = null;
      goOn();
      return;
    }
    if (!this.turn || this.waiting || this.paused || !this.panel.complete) return;
    const turn = this.turn;
    const rest = this.turns.slice(1);
    const entry = {
      key: turn.key,
      use: turn.use,
      request_id: crypto.randomUUID(),
      shownAt: this.shownAt,
      answer: { ...this.panel.answer(), active_ms: this.clock.active, viewing: this.look.viewing },
    };
    this.turns = rest;
    this.turn = null;
    this.waiting = true;
    this.outbox.add(entry);
    // Training tells what was expected, and a calibration may end: those wait for the answer.
    if (turn.use === "main" && rest.length && rest[0].use === "main") this.showCase();
    else this.draw();
  }

  send({ key, request_id, shownAt, answer }) {
    const shown_ms = Math.max(0, Date.now() - shownAt);
    return ask(`${this.base}${key}/`, { ...answer, request_id, shown_ms });
  }

  told(told) {
    if (told.kind !== "saved") {
      this.refused(told);
      return;
    }
    const { state, left } = told;
    this.shown.notice("");
    if (left) {
      this.state = { ...state, undo: true };
      this.turns = this.turn ? this.turns : state.turns.slice(left); // those not graded yet
      if (!this.turn && this.turns.length) this.showCase();
      this.follow(state);
      return;
    }
    if (this.missed) {
      const missed = this.missed;
      this.missed = null;
      this.trouble(missed, () => this.refresh());
      return;
    }
    if (state.feedback) {
      this.state.undo = state.undo; // how far one is stays what it was until one goes on
      this.waiting = false;
      this.after = () => this.take(state);
      this.shown.work();
      this.shown.expected(state.feedback);
      this.draw();
      return;
    }
    if (!this.turn || state.turns[0]?.key !== this.turn.key) {
      this.turn = null;
      this.take(state, { calibration: state.calibration });
      return;
    }
    this.state = state;
    this.follow(state);
  }

  // The case on the screen stays; those behind it may be others.
  follow({ turns }) {
    const at = turns.findIndex((turn) => turn.key === this.turn?.key);
    if (at >= 0) this.turns = turns.slice(at);
    this.pictures.want(turns.map((turn) => turn.key));
    this.draw();
  }

  refused(told) {
    if (told.kind === "refused") {
      if (told.code === "not_your_turn" && told.left) {
        this.missed = told; // those behind it may be taken all the same
        return;
      }
      this.outbox.forget();
      this.trouble(told, () => this.refresh());
      return;
    }
    this.trouble(told, () => this.outbox.drain());
    this.draw();
  }

  // What went wrong, and how it goes on. `again` asks once more.
  trouble(told, again) {
    const left = this.outbox.size;
    const kept = left
      ? ` ${left === 1 ? "Your last answer is" : `Your last ${left} answers are`} kept here and sent as soon as that works; leave this page open.`
      : "";
    if (told.kind === "signed out") {
      const act = { words: "Try again", does: again };
      this.shown.notice(`You have been signed out.${kept}`, "warn", act);
      const dialog = document.getElementById("signed-out");
      if (!dialog || dialog.open) return;
      dialog.showModal();
      dialog.addEventListener("close", again, { once: true });
      return;
    }
    if (told.kind === "offline") {
      this.shown.notice(`${told.words}${kept}`, "warn", { words: "Try now", does: again });
      if (!left) setTimeout(() => !this.turn && again(), 4_000);
      return;
    }
    this.turn = null;
    this.paused = false;
    const on = { words: "Go on with the next", does: () => this.refresh() };
    this.shown.card({
      title: told.title,
      words: told.words,
      on: ENDS.has(told.code) ? null : on,
    });
  }

  async undo() {
    if (this.paused) return;
    const entry = this.outbox.takeBack();
    if (entry) {
      this.turns = [{ ...this.shownTurn(entry.key) }, ...this.turns];
      this.turn = null;
      this.showCase();
      this.panel.fill(entry.answer);
      this.draw();
      return;
    }
    if (this.waiting || this.outbox.size || !this.state?.undo) return;
    this.waiting = true;
    this.after = null;
    this.draw();
    const told = await ask(`${this.base}undo/`, {});
    this.waiting = false;
    if (told.kind !== "saved") {
      this.trouble(told, () => this.refresh());
      this.draw();
      return;
    }
    this.turn = null;
    this.take(told.state);
    this.panel.fill(told.state.before);
    this.draw();
  }

  shownTurn(key) {
    return this.known.get(key) ?? { key, use: "main", mm: [] };
  }

  get known() {
    return new Map((this.state?.turns ?? []).map((turn) => [turn.key, turn]));
  }

  // --- Where there is no case ------------------------------------------------------------------

  finish() {
    this.turn = null;
    this.pictures.want([]);
    this.draw();
    this.shown.finished(this.state.progress);
  }

  await(calibration) {
    this.turn = null;
    this.draw();
    this.shown.act("undo").disabled = true;
    this.shown.fellShort(calibration);
  }

  calibrated(calibration) {
    this.turn = null;
    this.shown.passed(calibration, () => this.showCase());
  }

  pause() {
    if (!this.paused && !this.turn) return;
    this.paused = !this.paused;
    if (this.paused) {
      this.clock.stop();
      this.shown.card({
        title: "Paused",
        words: "The photo is hidden and the clock stands still.",
        on: { words: "Go on", does: () => this.pause() },
      });
    } else {
      this.shown.work();
      this.clock.go();
    }
    this.draw();
  }

  help(on) {
    const dialog = this.shown.part("help");
    this.helping = on;
    if (on) {
      this.clock.stop();
      dialog.showModal();
    } else {
      dialog.close();
      if (!this.paused) this.clock.go();
    }
  }

  // --- What people do --------------------------------------------------------------------------

  listen() {
    const form = this.shown.part("panel");
    const once = this.shown.part("once");
    const keys = this.shown.part("keys");
    this.key = "";
    document.addEventListener("keydown", ({ key }) => (this.key = key), { capture: true });
    document.addEventListener("pointerdown", () => (this.key = ""), { capture: true });
    remembered(once, "reading:once");
    remembered(keys, "reading:keys");
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.save();
    });
    form.addEventListener("panel:given", ({ detail }) => {
      if (!this.state) return;
      this.draw();
      const last = detail.event?.type === "change" && detail.event.target.type === "radio";
      if (this.key.startsWith("Arrow")) return; // on the way to another grade
      const choice = this.panel.byChoice || this.panel.reason;
      if (once.checked && last && choice && this.panel.complete) this.save();
    });
    const acts = {
      undo: () => this.undo(),
      pause: () => this.pause(),
      help: () => this.help(true),
      helped: () => this.help(false),
      unreadable: () => this.turn && !this.paused && this.panel.openUnreadable(),
      enter: () => this.save(),
    };
    this.root.addEventListener("click", (event) => {
      const act = event.target.closest("[data-act]")?.dataset.act;
      if (act in acts && act !== "save") acts[act]();
    });
    this.shown.part("help").addEventListener("cancel", () => this.help(false));
    onKeys({
      enabled: () => keys.checked,
      act: (name) => acts[name](),
      digit: (number) => this.turn && !this.paused && !this.after && this.panel.digit(number),
    });
    for (const name of ["pointermove", "pointerdown", "keydown", "wheel", "touchstart"])
      document.addEventListener(name, () => this.clock.touch(), { passive: true, capture: true });
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) this.clock.stop();
      else if (!this.paused && !this.helping) this.clock.go();
    });
    window.addEventListener("online", () => this.outbox.drain());
    window.addEventListener("beforeunload", (event) => {
      if (this.outbox.size) event.preventDefault();
    });
  }
}

const root = document.querySelector("[data-reading]");
if (root) new Reading(root);
