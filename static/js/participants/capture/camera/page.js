// The page under the camera: the view's heading, picture, tips and reasons, changed in place.

import { make } from "../render.js";
import { gettext, interpolate } from "../../words/words.js";

const one = (selector) => document.querySelector(selector);

export class CapturePage {
  #choosing = true; // a photo is to be taken, and none is being looked at

  constructor(form, data) {
    this.form = form;
    this.data = data;
    this.part = (name) => form.querySelector(`[data-${name}]`);
    this.step = data.steps.find(({ view }) => view === form.dataset.view);
  }

  get number() {
    return this.data.steps.indexOf(this.step) + 1;
  }

  // Scripts run: the plain form gives way. Without a camera, the file input becomes the way.
  begin(hasCamera) {
    this.form.classList.add("capture--live");
    for (const plain of document.querySelectorAll("[data-plain]")) plain.hidden = true;
    this.withCamera = hasCamera;
    this.part("gallery").hidden = false;
    this.#choosing = this.form.dataset.state !== "checking";
    this.#offer();
  }

  // Another view, without loading the page anew.
  show(step, { push = false } = {}) {
    this.step = step;
    if (push) history.pushState({ view: step.view }, "", step.url);
    this.form.action = step.url;
    this.form.dataset.view = step.view;
    document.title = document.title.replace(/^[^·]*/, `${step.name} `);
    one("[data-page-title]").textContent = step.name;
    one("[data-page-number]").textContent = interpolate(gettext("%(number)s of %(total)s"), {
      number: this.number,
      total: this.data.steps.length,
    });
    this.part("guide").replaceChildren(copyOf(`[data-guide-of="${step.view}"]`));
    this.part("guide-words").textContent = step.words;
    this.#reasons(step.reasons);
    this.part("held")?.remove(); // it is about the view that the page was drawn for
    this.panel("choose");
  }

  panel(name) {
    for (const panel of this.form.querySelectorAll("[data-panel]")) {
      panel.hidden = panel.dataset.panel !== name;
    }
    this.#choosing = name === "choose";
    this.#offer();
    one("[data-go-on]")?.toggleAttribute("hidden", !["kept", "done"].includes(name));
  }

  // Nothing is left to decide on: a photo is to be taken.
  decided() {
    if (!this.form.querySelector("[data-panel=undecided]").hidden) this.panel("choose");
  }

  // Why the camera is not the way just now, calmly, and what is; the bar has the one action.
  fallback(words, { outside = null } = {}) {
    this.part("fallback-words").textContent = words;
    this.part("fallback").hidden = false;
    this.part("outside").hidden = outside === null;
    this.part("outside").querySelector("button").onclick = outside;
    this.withCamera = false;
    this.#offer();
    this.part("fallback").scrollIntoView({ block: "nearest" });
  }

  refuse(title, detail) {
    this.part("refused-title").textContent = title;
    this.part("refused-detail").textContent = detail;
    this.part("refused").hidden = false;
    this.panel("choose");
    this.part("refused").scrollIntoView({ block: "center" });
  }

  calm() {
    this.part("refused").hidden = true;
  }

  say(words) {
    this.part("page-say").textContent = words;
  }

  // One action in the bar that sticks: the camera, or the phone's own where there is none.
  #offer() {
    const show = (name, yes) => one(`[data-${name}]`)?.toggleAttribute("hidden", !yes);
    show("open-camera", this.#choosing && this.withCamera);
    show("take-own", this.#choosing && !this.withCamera);
    this.form.querySelector("#photo").tabIndex = this.withCamera ? 0 : -1; // the bar's button does it
    this.form.querySelector(".pick").classList.toggle("pick--second", !this.withCamera);
  }

  #reasons(reasons) {
    this.part("reasons").hidden = reasons.length === 0;
    this.part("reason-list").replaceChildren(
      ...reasons.map(({ message }) => make("li", {}, message)),
    );
    const names = [...new Set(reasons.map(({ code }) => this.data.pictures[code]))];
    this.part("better").replaceChildren(
      ...names.filter(Boolean).map((name) => copyOf(`[data-better-of="${name}"]`)),
    );
  }
}

const copyOf = (selector) => one(selector)?.content.cloneNode(true) ?? "";
