// The entries of a repeat on the page: what was entered, one more, changed, taken out.

import { make } from "../capture/render.js";
import { gettext, interpolate } from "../words/words.js";
import { entryWords, labelOf } from "./form.js";

// `add()`, `edit(index)` and `remove(index)` are what its buttons do.
export function repeatOf(range, { dates, add, edit, remove }) {
  const label = labelOf(range);
  const entries = [...(range.currentState.children ?? [])];
  const heading = make("h2", { class: "ask__label", tabIndex: -1, "data-heading": "" }, label);
  const none = make(
    "p",
    { class: "muted" },
    gettext("Nothing entered yet. If there is nothing, go on."),
  );
  const list = make(
    "ul",
    { class: "entries", role: "list" },
    ...entries.map((entry, index) => entryOf(entry, { label, index, dates, edit, remove })),
  );
  const more = make(
    "button",
    { type: "button", class: "button button--wide entries__add", onclick: add },
    entries.length > 0 ? gettext("Add another one") : gettext("Add one"),
  );
  return [heading, entries.length > 0 ? list : none, more];
}

function entryOf(entry, { label, index, dates, edit, remove }) {
  const words = entryWords(entry, dates) || `${label} ${index + 1}`;
  const named = (text) => interpolate(text, { entry: words });
  return make(
    "li",
    { class: "entry" },
    make("span", { class: "entry__words" }, words),
    make(
      "span",
      { class: "entry__acts" },
      make(
        "button",
        {
          type: "button",
          class: "button button--small",
          "aria-label": named(gettext("Change: %(entry)s")),
          onclick: () => edit(index),
        },
        gettext("Change"),
      ),
      make(
        "button",
        {
          type: "button",
          class: "button button--small button--quiet",
          "aria-label": named(gettext("Remove: %(entry)s")),
          onclick: () => remove(index),
        },
        gettext("Remove"),
      ),
    ),
  );
}
