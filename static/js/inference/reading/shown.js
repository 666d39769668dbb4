// What the reading page says beside the photo: how far, what was expected, why it ends.

import { aboutHowLong } from "./clock.js";

const NAMES = { main: "Case", training: "Training case", calibration: "Calibration case" };

const element = (name, text = "", className = "") => {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
};

export class Shown {
  constructor(root) {
    this.root = root;
    this.end = this.part("end");
    this.feedback = this.part("feedback");
  }

  part(name) {
    return this.root.querySelector(`[data-${name}]`);
  }

  act(name) {
    return this.root.querySelector(`[data-act=${name}]`);
  }

  // `ahead`: answers that the server does not have yet.
  progress({ use, done, of, active_ms, left_ms }, ahead = 0) {
    const at = Math.min(of, done + ahead + 1);
    this.part("far").textContent = of ? `${NAMES[use]} ${at} of ${of}` : "";
    this.part("bar").max = Math.max(1, of);
    this.part("bar").value = done + ahead;
    const own = element("span", `${aboutHowLong(active_ms)} so far`);
    own.dataset.own = "";
    const left = left_ms ? [element("span", `about ${aboutHowLong(left_ms)} left`)] : [];
    this.part("times").replaceChildren(own, ...(left_ms ? [" ", ...left] : []));
  }

  notice(words, kind = "", act = null) {
    const place = this.part("notice");
    place.dataset.kind = kind;
    place.replaceChildren(words);
    if (!act) return;
    const button = element("button", act.words, "button button--small");
    button.type = "button";
    button.addEventListener("click", act.does);
    place.append(" ", button);
  }

  // A card in place of the case; `on` goes on from it.
  card({ title, words, on = null, out = true }) {
    this.part("work").hidden = true;
    this.part("end-title").textContent = title;
    this.part("end-words").textContent = words;
    const button = this.act("on");
    button.hidden = !on;
    button.textContent = on?.words ?? "";
    button.onclick = on?.does ?? null;
    this.part("end-out").hidden = !out;
    this.end.hidden = false;
    if (on) button.focus();
    else this.end.focus();
  }

  work() {
    this.end.hidden = true;
    this.part("work").hidden = false;
  }

  finished({ done }) {
    this.part("far").textContent = "All read";
    this.part("bar").value = this.part("bar").max;
    this.card({
      title: "All read, thank you",
      words: `You have graded ${done} ${done === 1 ? "case" : "cases"}. Scores are shown once the study is closed.`,
    });
  }

  fellShort({ percent, needs }) {
    this.part("far").textContent = "Calibration";
    this.card({
      title: "The manager decides how you go on",
      words: `${percent} % of your calibration cases lie within one step of what was agreed, and this study asks for ${needs} %. You need do nothing until its manager has decided.`,
    });
  }

  passed({ percent, needs }, does) {
    this.card({
      title: "Calibration passed",
      words: `${percent} % of your calibration cases lie within one step of what was agreed; ${needs} % were asked for. Now the cases begin.`,
      on: { words: "Begin", does },
      out: false,
    });
  }

  // After a training case: expected beside given, with the photo still there.
  expected({ scales, words }) {
    const rows = scales.map((one) => {
      const row = element("tr");
      row.append(element("th", one.title), element("td", one.given), element("td", one.expected));
      row.firstChild.scope = "row";
      row.dataset.within = one.same ? "same" : one.within ? "near" : "far";
      return row;
    });
    const head = element("tr");
    for (const word of ["", "You", "Expected"]) head.append(element(word ? "th" : "td", word));
    const table = element("table", "", "table");
    const [thead, tbody] = [element("thead"), element("tbody")];
    thead.append(head);
    tbody.append(...rows);
    table.append(thead, tbody);
    this.feedback.replaceChildren(element("h2", "Training"), table);
    if (words) this.feedback.append(element("p", words));
    this.showFeedback(true);
  }

  // No further case is known before the server has the last answer.
  saving(on) {
    const words = this.feedback.hidden ? "Save and next" : "Next case";
    this.part("save-words").textContent = on ? "Saving…" : words;
  }

  showFeedback(on) {
    this.feedback.hidden = !on;
    this.part("scales").hidden = on;
    this.saving(false);
    if (on) this.feedback.focus();
  }
}
