// Giving the form an answer, as its engine takes it. Pure: no DOM.

import { answerOf, looks } from "./form.js";
import { keptOf, numberOf, textOf } from "./typed.js";

const DATES = { date: "date", time: "time", dateTime: "datetime-local" };

// How a node is asked: "radio", "list" (of the phone's own), "checkbox", "scale", "slider", "tick",
// "lines" (several), "text", "whole", "number", or the type of an input for dates.
export function askedAs(node) {
  const { nodeType, valueType } = node;
  if (nodeType === "trigger") return "tick";
  if (nodeType === "range") return "range";
  if (nodeType === "select") {
    if (node.selectType !== "select1") return "checkbox";
    const many = (node.currentState.valueOptions?.length ?? 0) > 12;
    return many || looks(node, "minimal") || looks(node, "autocomplete") ? "list" : "radio";
  }
  if (valueType === "date" && looks(node, "year")) return "year";
  if (valueType === "date" && looks(node, "month-year")) return "month";
  if (DATES[valueType]) return DATES[valueType];
  if (valueType === "int") return "whole";
  if (valueType === "decimal") return "number";
  return looks(node, "multiline") ? "lines" : "text";
}

// Sets what was typed or chosen; `given` is a string, an array of values, or a boolean. Returns null,
// or what is wrong with it before the form is asked: "whole", "number", "date" or "impossible".
export function setAnswer(node, given) {
  const kind = askedAs(node);
  if (kind === "tick") node.setValue(Boolean(given));
  else if (kind === "checkbox") node.selectValues(given);
  else if (kind === "radio" || kind === "list") node.selectValue(given || null);
  else if (kind === "range") return setNumber(node, String(given ?? ""), node.valueType === "int");
  else if (kind === "whole" || kind === "number") return setNumber(node, given, kind === "whole");
  else if (kind === "text" || kind === "lines") node.setValue(textOf(given ?? ""));
  else return setMoment(node, kind, given);
  return null;
}

function setNumber(node, text, whole) {
  const { value, problem } = numberOf(text, { whole });
  node.setValue(problem ? null : value);
  if (problem) return problem;
  return value !== null && answerOf(node) === "" ? "impossible" : null;
}

function setMoment(node, kind, shown) {
  if (kind === "year" && shown && !/^\d{4}$/.test(shown)) {
    node.setValue(null);
    return "date";
  }
  node.setValue(keptOf(kind, shown));
  return shown && answerOf(node) === "" ? "date" : null;
}
