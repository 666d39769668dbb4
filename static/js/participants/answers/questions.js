// Draws one question: its words, its field, what is wrong with it. Large targets, the phone's own
// fields, and nothing that a keyboard or a screen reader does not reach.

import { make } from "../capture/render.js";
import { gettext } from "../words/words.js";
import { answerOf, chosen, isAsked, labelOf, wordsOf } from "./form.js";
import { askedAs } from "./setting.js";
import { shownIn, stepsOf } from "./typed.js";
import { drawWords } from "./words_shown.js";

const idOf = (node) => `q${node.currentState.reference.replace(/[^A-Za-z0-9]+/g, "-")}`;
const LONGEST = 4000; // characters of a text

const NEEDED = () => gettext("An answer is needed here.");
const TYPED = {
  whole: () => gettext("Please type a whole number, in digits."),
  number: () => gettext("Please type a number, in digits."),
  date: () => gettext("Please type a full date or time."),
  impossible: () => gettext("This answer is not possible here."),
};

// What is said of a broken answer: the form's own words, else ours.
export function problemWords(node, typed) {
  if (typed) return TYPED[typed]();
  const violation = node.validationState?.violation;
  if (!violation) return "";
  const own = wordsOf(violation.message);
  if (own) return own;
  return violation.condition === "required" ? NEEDED() : TYPED.impossible();
}

// A question on the page. `told(given)` hears each answer; `alone` says that its words are the
// heading of the screen, which is focused when the screen comes.
export function questionOf(node, { told, alone, problem }) {
  const id = idOf(node);
  if (!isAsked(node)) return reading(node, id, alone);
  const kind = askedAs(node);
  const draw = FIELDS[kind] ?? input;
  const field = draw({ node, id, told, kind });
  const grouped = GROUPED.has(kind);
  const hint = drawWords(node.currentState.hint, { block: true });
  const place = make("div", {
    class: "ask",
    id: `${id}-ask`,
    role: grouped ? "group" : undefined,
    "data-ask": node.currentState.reference,
  });
  if (grouped) place.setAttribute("aria-labelledby", `${id}-label`);
  place.append(
    words(node, id, alone, grouped),
    ...(hint.length > 0 ? [make("div", { class: "ask__hint", id: `${id}-hint` }, ...hint)] : []),
    field,
    make("p", { class: "error ask__error", id: `${id}-error`, role: "alert" }),
  );
  describe(place, id, hint.length > 0);
  tell(place, problem);
  return place;
}

function words(node, id, alone, grouped) {
  const label = drawWords(node.currentState.label);
  const named = { class: "ask__label", id: `${id}-label` };
  if (alone) return make("h2", { ...named, tabIndex: -1, "data-heading": "" }, ...label);
  if (grouped) return make("p", named, ...label);
  return make("label", { ...named, htmlFor: id }, ...label);
}

// Words to read, or an answer that the form has computed.
function reading(node, id, alone) {
  const value = node.nodeType === "note" ? "" : answerOf(node);
  const label = drawWords(node.currentState.label, { block: !alone });
  const hint = drawWords(node.currentState.hint, { block: true });
  const heading = alone
    ? make(
        "h2",
        { class: "ask__note", id: `${id}-label`, tabIndex: -1, "data-heading": "" },
        ...label,
      )
    : make("div", { class: "ask__words" }, ...label);
  return make(
    "div",
    { class: "ask", "data-ask": node.currentState.reference },
    heading,
    hint.length > 0 && make("div", { class: "ask__hint" }, ...hint),
    value && make("p", { class: "ask__value" }, value),
  );
}

// --- Fields ------------------------------------------------------------------------------------

const GROUPED = new Set(["radio", "checkbox", "range"]);
const MODES = { whole: "numeric", year: "numeric", number: "decimal" };
const NATIVE = new Set(["date", "time", "datetime-local", "month"]);

function input({ node, id, told, kind }) {
  const native = NATIVE.has(kind);
  const shown = shownIn(kind === "whole" ? "number" : kind, answerOf(node));
  return make("input", {
    id,
    class: native ? "ask__date" : "ask__text",
    type: native ? kind : "text",
    value: shown,
    inputMode: MODES[kind] ?? undefined,
    autocomplete: "off",
    maxLength: native ? undefined : LONGEST,
    enterKeyHint: "next",
    oninput: (event) => told(event.target.value),
    onchange: (event) => told(event.target.value),
    "aria-labelledby": `${id}-label`,
  });
}

const lines = ({ node, id, told }) =>
  make("textarea", {
    id,
    value: answerOf(node),
    rows: 5,
    maxLength: LONGEST,
    oninput: (event) => told(event.target.value),
    "aria-labelledby": `${id}-label`,
  });

function options({ node, id, told, kind }) {
  const picked = new Set(chosen(node).map(({ value }) => value));
  const all = node.currentState.valueOptions ?? [];
  const place = make("div", { class: "choices" });
  const values = () => [...place.querySelectorAll("input:checked")].map(({ value }) => value);
  const hear = () => told(kind === "checkbox" ? values() : (values()[0] ?? ""));
  for (const [index, { value, label }] of all.entries()) {
    const box = make("input", {
      type: kind,
      id: `${id}-${index}`,
      name: id,
      value,
      checked: picked.has(value),
      onchange: hear,
    });
    const text = drawWords(label);
    const said = make("span", {}, ...(text.length > 0 ? text : [value]));
    place.append(make("label", { class: "choice", htmlFor: box.id }, box, said));
  }
  return place;
}

function list({ node, id, told }) {
  const picked = chosen(node)[0]?.value ?? "";
  const first = make("option", { value: "" }, gettext("Please choose"));
  const others = (node.currentState.valueOptions ?? []).map(({ value, label }) =>
    make("option", { value, selected: value === picked }, wordsOf(label) || value),
  );
  return make(
    "select",
    { id, onchange: (event) => told(event.target.value), "aria-labelledby": `${id}-label` },
    first,
    ...others,
  );
}

const tick = ({ node, id, told }) =>
  make(
    "label",
    { class: "choice", htmlFor: id },
    make("input", {
      type: "checkbox",
      id,
      checked: answerOf(node) !== "",
      onchange: (event) => told(event.target.checked),
      "aria-describedby": `${id}-label`,
    }),
    make("span", {}, gettext("Yes, I have read this")),
  );

// --- Scales ------------------------------------------------------------------------------------

function range({ node, id, told }) {
  const bounds = node.definition.bounds;
  const steps = stepsOf(bounds);
  return steps ? scale({ node, id, told, steps }) : slider({ node, id, told, bounds });
}

// Buttons: nothing is chosen before somebody chooses it.
function scale({ node, id, told, steps }) {
  const value = shownIn("number", answerOf(node));
  const place = make("div", { class: "scale" });
  for (const [index, step] of steps.entries()) {
    const box = make("input", {
      type: "radio",
      id: `${id}-${index}`,
      name: id,
      value: step,
      checked: step === value,
      onchange: () => told(step),
    });
    place.append(
      make("label", { class: "scale__step", htmlFor: box.id }, box, make("span", {}, step)),
    );
  }
  return place;
}

// A slider has a place before anybody touched it: until then it is drawn as unanswered.
function slider({ node, id, told, bounds }) {
  const { start, end, step } = bounds;
  const [from, to] = [Number(start), Number(end)];
  const value = shownIn("number", answerOf(node));
  const output = make("output", { class: "slider__value", htmlFor: id });
  const control = make("input", {
    type: "range",
    id,
    min: String(Math.min(from, to)),
    max: String(Math.max(from, to)),
    step: String(Math.abs(Number(step)) || "any"),
    "aria-labelledby": `${id}-label`,
  });
  const place = make(
    "div",
    { class: "slider" },
    output,
    control,
    make(
      "div",
      { class: "slider__ends", "aria-hidden": "true" },
      make("span", {}, control.min),
      make("span", {}, control.max),
    ),
  );
  const show = (answered) => {
    place.classList.toggle("slider--open", !answered);
    output.textContent = answered ? control.value : gettext("Not answered yet: touch the line");
    if (answered) control.removeAttribute("aria-valuetext");
    else control.setAttribute("aria-valuetext", gettext("Not answered yet"));
  };
  if (value) control.value = value;
  show(Boolean(value));
  const hear = () => {
    show(true);
    told(control.value);
  };
  control.addEventListener("input", hear);
  // A touch on where the slider already stands is an answer, too.
  control.addEventListener("pointerup", hear);
  control.addEventListener("keydown", ({ key }) => {
    if (key === " " || key === "Enter") hear();
  });
  return place;
}

const FIELDS = { radio: options, checkbox: options, list, tick, lines, range };

// --- What is wrong -----------------------------------------------------------------------------

const fieldsIn = (place) => place.querySelectorAll("input, select, textarea");

function describe(place, id, hinted) {
  const by = [hinted && `${id}-hint`, `${id}-error`].filter(Boolean).join(" ");
  const target = place.getAttribute("role") ? place : fieldsIn(place)[0];
  const before = target.getAttribute("aria-describedby");
  target.setAttribute("aria-describedby", [before, by].filter(Boolean).join(" "));
}

// Says what is wrong with a question, or that nothing is.
export function tell(place, problem = "") {
  const error = place.querySelector(".ask__error");
  if (!error) return;
  if (error.textContent !== problem) error.textContent = problem;
  error.hidden = !problem;
  for (const field of fieldsIn(place)) {
    if (problem) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
  }
}

export const focusOn = (place) => place.querySelector("input, select, textarea")?.focus();
export const nameOf = (node) => labelOf(node);
