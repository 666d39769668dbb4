// The answers to look through before they are sent, each a way back to its question.

import { iconOf, make } from "../capture/render.js";
import { gettext } from "../words/words.js";

// `lines`: of form.js's summaryOf; `edit(key)` goes to the screen with that key.
export function summaryLines(lines, edit) {
  const list = make("ol", { class: "said", role: "list" });
  let group = "";
  for (const { key, label, words, over } of lines) {
    const title = over.join(" · ");
    if (title && title !== group) list.append(make("li", { class: "said__group" }, title));
    group = title;
    const answer = words
      ? make("span", { class: "said__answer" }, words)
      : make("span", { class: "said__answer said__answer--none" }, gettext("No answer"));
    list.append(
      make(
        "li",
        {},
        make(
          "button",
          { type: "button", class: "said__line", onclick: () => edit(key) },
          make("span", { class: "said__question" }, label),
          answer,
          iconOf("edit"),
        ),
      ),
    );
  }
  return list;
}
