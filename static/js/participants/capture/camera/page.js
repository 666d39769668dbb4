// The page under the camera: the view's heading, picture, tips and reasons, changed in place.

import { make } from "../render.js";
import { gettext, interpolate } from "../../words/words.js";

const one = (selector) => document.querySelector(selector);

export class CapturePage {
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
    this.#offer(this.form.dataset.state !== "checking");
    if (!hasCamera) this.#ownCameraFirst();
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
    this.panel("choose");
  }

  panel(name) {
    for (const panel of this.form.querySelectorAll("[data-panel]")) {
      panel.hidden = panel.dataset.panel !== name;
    }
    this.#offer(name === "choose");
    one("[data-go-on]")?.toggleAttribute("hidden", !["kept", "done"].includes(name));
  }

  // Why the camera is not the way just now, calmly, and what is.
  fallback(words) {
    this.part("fallback-words").textContent = words;
    this.part("fallback").hidden = false;
    this.#ownCameraFirst();
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

  #offer(choosing) {
    const open = one("[data-open-camera]");
    if (open) open.hidden = !(choosing && this.withCamera);
  }

  #ownCameraFirst() {
    this.part("own-words").textContent = gettext("Take the photo");
    this.form.querySelector(".pick__label").classList.add("button--primary");
    this.withCamera = false;
    const open = one("[data-open-camera]");
    if (open) open.hidden = true;
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
