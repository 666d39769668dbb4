// What a reader gives of a case: grades, places on a line, counts, parts of a score.

import { scoreOf } from "./score.js";

const radios = (within) => [...within.querySelectorAll("input[type=radio]")];
const chosen = (inputs) => inputs.find((input) => input.checked);

// One number to be given: by a row of choices, on a line, or as a count.
class Slot {
  constructor(scale, inputs, { area = "", part = "" } = {}) {
    Object.assign(this, { scale, inputs, area, part });
    this.kind = inputs[0].type;
  }

  get value() {
    const [input] = this.inputs;
    if (this.kind === "radio") {
      const one = chosen(this.inputs);
      return one ? Number(one.value) : null;
    }
    if (this.kind === "range") return "empty" in input.dataset ? null : Number(input.value);
    return input.value === "" || !input.checkValidity() ? null : Number(input.value);
  }

  set value(value) {
    const [input] = this.inputs;
    if (this.kind === "radio") {
      for (const one of this.inputs) one.checked = value !== null && Number(one.value) === value;
      return;
    }
    if (this.kind === "range") input.toggleAttribute("data-empty", value === null);
    input.value = value ?? (this.kind === "range" ? 0 : "");
  }

  focus() {
    (chosen(this.inputs) ?? this.inputs[0]).focus();
  }
}

export class Panel {
  constructor(form) {
    this.form = form;
    this.scales = [...form.querySelectorAll("[data-scale]")];
    this.slots = this.scales.flatMap((scale) => this.slotsOf(scale));
    this.unreadable = form.querySelector("[data-unreadable]");
    form.addEventListener("input", (event) => this.given(event));
    form.addEventListener("change", (event) => this.given(event));
    form.addEventListener("click", (event) => this.stepped(event.target.closest("[data-step]")));
    this.unreadable.addEventListener("toggle", () => this.opened());
    this.clear();
  }

  slotsOf(scale) {
    if (scale.dataset.kind in { grades: 1, line: 1, count: 1 })
      return [new Slot(scale, [...scale.querySelectorAll("input")])];
    return [...scale.querySelectorAll("[data-part]")].map((row) => {
      const area = row.closest("[data-area]").dataset.area;
      return new Slot(scale, radios(row), { area, part: row.dataset.part });
    });
  }

  // Whether a tap or a digit can be the last word: a line or a count may still be moved.
  get byChoice() {
    return this.slots.every((slot) => slot.kind === "radio");
  }

  get reason() {
    return this.unreadable.open ? (chosen(radios(this.unreadable))?.value ?? "") : "";
  }

  get complete() {
    if (this.unreadable.open) return this.reason !== "";
    return this.slots.every((slot) => slot.value !== null) && this.scales.every(this.adds);
  }

  adds = (scale) => !scale.querySelector("[data-score]") || this.scored(scale).score !== null;

  scored(scale) {
    const areas = [...scale.querySelectorAll("[data-area]")].map((area) => ({
      title: area.querySelector("legend").textContent,
      weight: Number(area.dataset.weight),
      parts: this.slots
        .filter((slot) => slot.scale === scale && slot.area === area.dataset.area)
        .map((slot) => slot.value),
    }));
    return scoreOf(areas);
  }

  answer() {
    if (this.reason) return { unreadable: this.reason };
    const values = {};
    const parts = {};
    for (const slot of this.slots) {
      const code = slot.scale.dataset.scale;
      if (!slot.area) values[code] = slot.value;
      else {
        parts[code] ??= {};
        parts[code][slot.area] ??= {};
        parts[code][slot.area][slot.part] = slot.value;
      }
    }
    return { values, parts };
  }

  fill({ values = {}, parts = {}, unreadable = "" }) {
    for (const slot of this.slots) {
      const code = slot.scale.dataset.scale;
      slot.value = (slot.area ? parts[code]?.[slot.area]?.[slot.part] : values[code]) ?? null;
    }
    this.unreadable.open = Boolean(unreadable);
    for (const one of radios(this.unreadable)) one.checked = one.value === unreadable;
    this.draw();
  }

  clear() {
    this.fill({});
  }

  // --- Giving ----------------------------------------------------------------------------------

  given(event) {
    const input = event.target;
    if (input.type === "range" && input.closest("[data-scale]")) delete input.dataset.empty;
    const slot = this.slots.find((one) => one.inputs.includes(input));
    // Where nothing is affected, nothing is graded: that is given at once.
    if (slot?.area && slot.part === "area" && slot.value === 0)
      for (const sign of this.beside(slot)) sign.value = 0;
    this.draw();
    this.form.dispatchEvent(new CustomEvent("panel:given", { detail: { event } }));
  }

  beside(slot) {
    return this.slots.filter(
      (one) => one !== slot && one.scale === slot.scale && one.area === slot.area,
    );
  }

  stepped(button) {
    if (!button) return;
    const input = button.parentElement.querySelector("input");
    const next = Number(input.value || 0) + Number(button.dataset.step);
    input.value = Math.min(Number(input.max), Math.max(0, next));
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }

  opened() {
    for (const scale of this.scales) scale.disabled = this.unreadable.open;
    this.draw();
    this.form.dispatchEvent(new CustomEvent("panel:given", { detail: {} }));
  }

  openUnreadable() {
    this.unreadable.open = !this.unreadable.open;
    if (this.unreadable.open) radios(this.unreadable)[0].focus();
  }

  // A digit gives the choice of that number where one is, and goes on to what is not given yet.
  digit(number) {
    if (this.unreadable.open) {
      this.choose(radios(this.unreadable)[number - 1]);
      return;
    }
    const here = this.slots.find((slot) => slot.inputs.includes(document.activeElement));
    const open = this.slots.find((slot) => slot.kind === "radio" && slot.value === null);
    const rows = this.slots.filter((slot) => slot.kind === "radio");
    const slot = here?.kind === "radio" ? here : (open ?? (rows.length === 1 ? rows[0] : null));
    const choice = slot?.inputs.find((input) => Number(input.value) === number);
    if (!choice) return;
    this.choose(choice);
    const at = this.slots.indexOf(slot);
    const next = [...this.slots.slice(at + 1), ...this.slots].find((one) => one.value === null);
    if (next) next.focus();
    else choice.focus();
  }

  choose(input) {
    if (!input) return;
    input.checked = true;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  draw() {
    for (const scale of this.scales) {
      const line = scale.querySelector("[data-value]");
      const slot = this.slots.find((one) => one.scale === scale);
      if (line) line.textContent = slot.value === null ? "not given" : slot.value;
      const score = scale.querySelector("[data-score]");
      if (!score) continue;
      const told = this.scored(scale);
      score.textContent = told.score === null ? "–" : told.score;
      scale.querySelector("[data-why]").textContent = told.why;
    }
  }
}
