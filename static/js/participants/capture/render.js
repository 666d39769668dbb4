// Draws the view models of today.js and queue_cards.js. What did not change keeps its elements, and
// the focus on them.

const one = (selector) => document.querySelector(selector);
const place = one("#queue");
const icon = one("[data-icon]").content;

// make("p", { class: "muted" }, "words", another). Attributes are properties where the element has
// them; what is undefined, and children that are not there, are left out.
export const make = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined) continue;
    if (name === "class") element.className = value;
    else if (name in element) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children.filter(Boolean));
  return element;
};

export const iconOf = (name) => {
  const copy = icon.cloneNode(true);
  const use = copy.querySelector("use");
  use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#${name}`));
  return copy;
};

const say = (element, words) => {
  if (element.textContent !== words) element.textContent = words;
};

// --- The strip ---------------------------------------------------------------------------------

function control({ words, act, photo, href, download, kind = "" }, acts) {
  const kinds = { class: `button ${kind}` };
  if (href !== undefined) return make("a", { ...kinds, href, download }, words);
  return make("button", { ...kinds, type: "button", onclick: () => acts[act](photo) }, words);
}

const pictureOf = ({ address, name }) =>
  address
    ? make("img", {
        class: "queue__picture",
        src: address,
        alt: name,
        onerror: (event) => event.target.replaceWith(name),
      })
    : make("p", { class: "muted" }, name);

const barOf = ({ percent, label }) =>
  make("progress", { max: 100, value: percent, "aria-label": label });

function cardOf({ kind, icon, title, text, progress, picture, question, buttons = [] }, acts) {
  const controls = buttons.map((button) => control(button, acts));
  const ask = question && make("p", { class: "queue__ask", role: "alert" }, question);
  return make(
    "div",
    { class: `queue__card queue__card--${kind}` },
    iconOf(icon),
    make(
      "div",
      { class: "queue__body" },
      make("p", { class: "queue__title" }, title),
      text && make("p", {}, text),
      progress && barOf(progress),
      picture && pictureOf(picture),
      controls.length > 0 && make("div", { class: "queue__buttons" }, ask, ...controls),
    ),
  );
}

let drawn = "[]";

// `acts`: what each act of a button does.
export function renderStrip(cards, acts) {
  const model = JSON.stringify(cards);
  if (model === drawn) return;
  drawn = model;
  // Said once by a screen reader, without the per cent that move.
  say(one("[data-queue-say]"), cards.map(({ title }) => title).join(". "));
  const bar = place.querySelector("progress");
  if (bar && cards.length === 1 && cards[0].progress && place.children.length === 1) {
    bar.value = cards[0].progress.percent; // moves on without a flicker
    say(place.querySelector(".queue__title"), cards[0].title);
    return;
  }
  const held = place.contains(document.activeElement);
  place.replaceChildren(...cards.map((card) => cardOf(card, acts)));
  place.hidden = cards.length === 0;
  if (held) place.querySelector(".queue__ask ~ button, button, a")?.focus();
}

// --- Today -------------------------------------------------------------------------------------

function renderStep({ view, state, icon, words, reasons, href }) {
  const step = one(`[data-steps] [data-view="${view}"]`);
  step.className = `step step--${state}`;
  one(`[data-pip="${view}"]`).className = `pip pip--${state}`;
  const line = step.querySelector(".step__state");
  const before = [...step.querySelectorAll(".step__reason")];
  const told = [line, ...before].map((element) => element.textContent.trim());
  if (told.join("\n") !== [words, ...reasons].join("\n")) {
    line.replaceChildren(...(icon ? [iconOf(icon)] : []), words);
    for (const reason of before) reason.remove();
    line.after(...reasons.map((reason) => make("span", { class: "step__reason" }, reason)));
  }
  const link = step.querySelector(".step__link");
  if (href) link.setAttribute("href", href);
  else link.removeAttribute("href");
}

function renderAction(action) {
  const bar = one('[data-swap="action"]');
  if (bar.querySelector("[data-first]")) return; // a newer consent form comes before any photo
  if (!action) {
    bar.replaceChildren();
    return;
  }
  const next =
    bar.querySelector("[data-next]") ??
    make("a", { class: "button button--primary", "data-next": "" });
  next.href = action.href;
  say(next, action.words);
  if (!next.isConnected) bar.replaceChildren(next);
}

function renderForm({ key, state, icon, words, href, hidden }) {
  const [assignment, place] = key.split("/");
  const form = one(`[data-form][data-assignment="${assignment}"][data-place="${place}"]`);
  form.className = `asked__one asked__one--${state}`;
  form.hidden = hidden;
  const line = form.querySelector(".asked__state");
  if (line.textContent.trim() !== words)
    line.replaceChildren(...(icon ? [iconOf(icon)] : []), words);
  const link = form.querySelector(".asked__link");
  if (href) link.setAttribute("href", href);
  else link.removeAttribute("href");
}

function renderForms(forms) {
  for (const form of forms) renderForm(form);
  for (const list of document.querySelectorAll("[data-asked]")) {
    list.hidden = !list.querySelector("[data-form]:not([hidden])");
  }
}

export function renderToday({ offline, forms, steps, count, heading, lead, action, begun }) {
  one("[data-offline]").hidden = !offline;
  renderForms(forms);
  if (steps.length === 0) {
    if (forms.length === 0) return;
    say(one("[data-heading]"), heading);
    renderAction(action);
    return;
  }
  for (const step of steps) renderStep(step);
  say(one("[data-count]"), count);
  say(one("[data-heading]"), heading);
  const other = one("[data-taken]");
  say(other, lead ?? "");
  other.hidden = !lead;
  one("[data-lead]").hidden = lead !== null;
  renderAction(action);
  const estimate = one("[data-estimate]");
  if (estimate) estimate.hidden = begun;
  const later = one(".home-later"); // a reminder of what is done already
  if (later) later.hidden = !action;
}
