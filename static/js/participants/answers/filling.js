// Filling in a form, screen by screen: where the person is, what they answered, what is kept.
//
// It draws into the page (questionnaire.html) and keeps a draft with every answer. The screen is in
// the address (#3), so that the phone's own "back" leads one question back.

import { make } from "../capture/render.js";
import { counted, gettext, interpolate } from "../words/words.js";
import * as form from "./form.js";
import * as kept from "./kept.js";
import { Latest } from "./latest.js";
import { focusOn, problemWords, questionOf, tell } from "./questions.js";
import { repeatOf } from "./repeats.js";
import { setAnswer } from "./setting.js";
import { summaryLines } from "./summary.js";

const SOON = 400; // ms after the last letter

const one = (selector) => document.querySelector(selector);

export class Filling {
  #typed = new Map(); // reference of a node → what is wrong with what was typed
  #timer = 0;
  #kept = new Latest(async (content) => this.unkept(!(await kept.save(this.record, content))));
  #screens = [];
  #at = 0;
  #end = new AbortController();
  #seen = new Set(); // keys of the screens there were when the summary was last shown
  #looking = false; // the person came back from the summary to change something

  // `root`: of the engine; `record` and `key`: of the draft. `finished(at)` sends.
  constructor({ root, record, key, dates, finished, unkept }) {
    Object.assign(this, { root, record, dates, finished, unkept });
    this.#screens = form.screensOf(root);
    const place = this.#screens.findIndex((screen) => screen.key === key);
    this.#at = key === "summary" ? this.#screens.length : Math.max(place, 0);
    this.buttons = { back: one("[data-back]"), next: one("[data-next]"), send: one("[data-send]") };
    this.buttons.back.onclick = () => this.back();
    this.buttons.next.onclick = () => this.next();
    this.buttons.send.onclick = () => this.send();
    one("[data-screen]").onsubmit = (event) => {
      event.preventDefault();
      this.next();
    };
    // Enter goes on from every field; from a choice, browsers send no form.
    one("[data-screen]").onkeydown = (event) => {
      if (event.key !== "Enter" || event.isComposing || !event.target.matches("input")) return;
      event.preventDefault();
      this.next();
    };
    const { signal } = this.#end;
    addEventListener("hashchange", () => this.#follow(), { signal });
    addEventListener("pagehide", () => this.keep(), { signal });
    document.addEventListener(
      "visibilitychange",
      () => {
        if (document.visibilityState === "hidden") this.keep();
      },
      { signal },
    );
    history.replaceState(null, "", `#${this.#at + 1}`);
    this.show({ focus: false });
  }

  // Nothing more is drawn or kept.
  close() {
    clearTimeout(this.#timer);
    this.#end.abort();
  }

  get #screen() {
    return this.#screens[this.#at] ?? null; // null: the summary
  }

  // --- Where -------------------------------------------------------------------------------------

  #go(index) {
    const hash = `#${Math.min(Math.max(index, 0), this.#screens.length) + 1}`;
    if (location.hash === hash) this.#arrive(index);
    else location.hash = hash; // and #follow hears of it
  }

  #goTo(key) {
    const index = this.#screens.findIndex((screen) => screen.key === key);
    if (index >= 0) this.#go(index);
  }

  #follow() {
    if (!/^#\d+$/.test(location.hash)) return; // the link that skips to the content
    this.#arrive(Number(location.hash.slice(1)) - 1);
  }

  // Nobody passes an answer that the form does not take.
  #arrive(index) {
    const broken = this.#firstWrong();
    const last = broken < 0 ? this.#screens.length : broken;
    const at = Math.min(Math.max(index, 0), Math.max(last, 0));
    if (at !== index) history.replaceState(null, "", `#${at + 1}`);
    this.#at = at;
    this.keep();
    this.show();
  }

  #firstWrong() {
    return this.#screens.findIndex(
      (screen) =>
        form.brokenOn(screen) || screen.nodes.some((node) => this.#typed.has(form.keyOf(node))),
    );
  }

  back() {
    this.#looking = false;
    this.#go(this.#at - 1);
  }

  next() {
    if (!this.#screen) return;
    if (!this.#complain()) return;
    this.#go(this.#looking ? this.#whereNext() : this.#at + 1);
  }

  // After a change from the summary: what is asked only since, what is wrong since, or the summary.
  #whereNext() {
    this.#seen.add(this.#screen.key);
    const fresh = this.#screens.findIndex(({ key }) => !this.#seen.has(key));
    if (fresh >= 0) return fresh;
    const broken = this.#firstWrong();
    return broken >= 0 ? broken : this.#screens.length;
  }

  // Tells what is wrong on this screen; whether nothing is.
  #complain() {
    let first = null;
    for (const node of this.#screen.kind === "repeat" ? [] : this.#screen.nodes) {
      const problem = problemWords(node, this.#typed.get(form.keyOf(node)));
      const place = this.#placeOf(node);
      if (!place) continue;
      tell(place, problem);
      if (problem) first ??= place;
    }
    if (first) focusOn(first);
    return !first;
  }

  #placeOf(node) {
    return one(`[data-screen] [data-ask="${CSS.escape(form.keyOf(node))}"]`);
  }

  // --- Answers -----------------------------------------------------------------------------------

  #answer(node, given) {
    const problem = setAnswer(node, given);
    const key = form.keyOf(node);
    if (problem) this.#typed.set(key, problem);
    else this.#typed.delete(key);
    const place = this.#placeOf(node);
    const told = place?.querySelector(".ask__error")?.textContent;
    if (told) tell(place, problemWords(node, problem));
    this.#changed(typeof given === "string" ? SOON : 0);
  }

  #changed(soon = 0) {
    const before = this.#screen;
    this.#screens = form.screensOf(this.root);
    const at = before ? this.#screens.findIndex(({ key }) => key === before.key) : this.#at;
    if (at >= 0) this.#at = at;
    // On a screen of several questions, one may have come or gone.
    const refs = (screen) => screen?.nodes.map(form.keyOf).join();
    if (before?.kind === "page" && refs(this.#screen) !== refs(before)) this.#redraw();
    else this.#progress();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.keep(), soon);
  }

  #redraw() {
    const focused = document.activeElement?.id;
    this.show({ focus: false, scroll: false });
    if (focused) document.getElementById(focused)?.focus();
  }

  // Keeps the draft as it is now.
  keep() {
    clearTimeout(this.#timer);
    if (this.#end.signal.aborted) return Promise.resolve();
    return this.#kept.put(() => ({
      xml: this.root.instanceState.instanceXML,
      key: this.#screen?.key ?? "summary",
    }));
  }

  // --- What is shown -----------------------------------------------------------------------------

  show({ focus = true, scroll = true } = {}) {
    const screen = this.#screen;
    const place = one("[data-screen]");
    place.replaceChildren(...(screen ? this.#draw(screen) : this.#summary()));
    this.buttons.back.hidden = this.#at === 0;
    this.buttons.next.hidden = !screen;
    this.buttons.send.hidden = Boolean(screen);
    this.buttons.next.textContent = this.#looking ? gettext("Back to my answers") : gettext("Next");
    this.#progress();
    if (scroll) scrollTo({ top: 0 });
    if (focus) place.querySelector("[data-heading]")?.focus({ preventScroll: true });
  }

  #progress() {
    const [n, total] = [this.#at + 1, this.#screens.length + 1];
    one("[data-place]").textContent = this.#screen
      ? interpolate(gettext("%(n)s of %(total)s"), { n, total })
      : gettext("Your answers");
    Object.assign(one("[data-bar]"), { max: total, value: n });
  }

  #draw(screen) {
    const over =
      screen.over.length > 0 && make("p", { class: "ask__over" }, screen.over.join(" · "));
    if (screen.kind === "repeat") return [over, ...this.#repeat(screen)].filter(Boolean);
    const alone = screen.nodes.length === 1;
    const title =
      !alone &&
      make(
        "h2",
        { class: "ask__label", tabIndex: -1, "data-heading": "" },
        screen.title || over || "",
      );
    const asks = screen.nodes.map((node) =>
      questionOf(node, {
        told: (given) => this.#answer(node, given),
        alone,
        problem: "",
      }),
    );
    return [over, title, ...asks].filter(Boolean);
  }

  #repeat({ nodes: [range] }) {
    return repeatOf(range, {
      dates: this.dates,
      add: () => {
        form.addEntry(range);
        this.#entered(range, range.currentState.children.length - 1);
      },
      edit: (index) => this.#entered(range, index),
      remove: (index) => {
        form.removeEntry(range, index);
        this.#typed.clear();
        this.#changed();
        this.show();
      },
    });
  }

  #entered(range, index) {
    this.#screens = form.screensOf(this.root);
    this.keep();
    const first = form.firstOf(range, index);
    if (first) this.#goTo(first);
    else this.show();
  }

  #summary() {
    this.#looking = true;
    this.#seen = new Set(this.#screens.map(({ key }) => key));
    const lines = form.summaryOf(this.#screens, this.dates);
    const edit = (key) => this.#goTo(key);
    const answered = lines.filter(({ words }) => words).length;
    return [
      make(
        "h2",
        { class: "ask__label", tabIndex: -1, "data-heading": "" },
        gettext("Please look through your answers"),
      ),
      make(
        "p",
        { class: "muted" },
        counted("You answered %(n)s question.", "You answered %(n)s questions.", answered),
        " ",
        gettext("Touch one to change it. Then send them."),
      ),
      summaryLines(lines, edit),
    ];
  }

  async send() {
    const broken = this.#firstWrong();
    if (broken >= 0) {
      this.#go(broken);
      return;
    }
    this.buttons.send.disabled = true;
    try {
      await this.keep();
      await this.finished(this);
    } finally {
      this.buttons.send.disabled = false;
    }
  }

  // What the engine found in the end, or the server: `told(ref)` words what is wrong with a question,
  // or says nothing. The first such question is shown; whether there is one.
  showProblem(told) {
    const wrong = (node) => told(form.keyOf(node));
    const index = this.#screens.findIndex(
      ({ kind, nodes }) => kind !== "repeat" && nodes.some(wrong),
    );
    if (index < 0) return false;
    this.#looking = true;
    this.#at = index;
    history.replaceState(null, "", `#${index + 1}`);
    this.show();
    for (const node of this.#screen.nodes) {
      const words = told(form.keyOf(node));
      if (words) tell(this.#placeOf(node), words);
    }
    return true;
  }
}
