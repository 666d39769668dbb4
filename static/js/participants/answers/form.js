// A form as a phone asks it: one screen after another, made of the engine's nodes. Pure: no DOM.
//
// A screen: { key, kind, nodes, over, repeat }. Its kind is "question" (one node), "note" (words to
// read), "shown" (an answer that the form computes), "page" (several nodes that belong together) or
// "repeat" (the entries of a repeat, after the last of them). `over` are the headings above it.

const HIDDEN = new Set(["model-value"]);
const ASKED = new Set(["input", "select", "range", "trigger"]);
const NO_WORDS = new Set(["", "-"]); // what XLSForm's compiler puts where a translation is missing

export const wordsOf = (range) => {
  const words = range?.asString?.trim() ?? "";
  return NO_WORDS.has(words) ? "" : words;
};

export const labelOf = (node) => wordsOf(node.currentState.label);
export const hintOf = (node) => wordsOf(node.currentState.hint);
export const keyOf = (node) => node.currentState.reference;
const childrenOf = (node) => [...(node.currentState.children ?? [])];
export const looks = (node, name) => [...(node.appearances ?? [])].includes(name);

const isThere = (node) => node.currentState.relevant && !HIDDEN.has(node.nodeType);
// Whether somebody gives its answer; else it is read only.
export const isAsked = (node) => ASKED.has(node.nodeType) && !node.currentState.readonly;

// The answer as the form keeps it, "" where there is none.
export function answerOf(node) {
  const { value, instanceValue } = node.currentState;
  if (Array.isArray(value)) return value.join(" ");
  if (node.nodeType === "trigger") return value ? "OK" : "";
  return instanceValue ?? (value === null || value === undefined ? "" : String(value));
}

// --- Screens -----------------------------------------------------------------------------------

export const screensOf = (root) => [...screensIn(childrenOf(root), [])];

function* screensIn(nodes, over) {
  for (const node of nodes) {
    if (!isThere(node)) continue;
    if (node.nodeType === "group") yield* groupScreens(node, over);
    else if (node.nodeType.startsWith("repeat-range")) yield* repeatScreens(node, over);
    else if (isAsked(node)) yield screen("question", [node], over);
    else if (node.nodeType === "note") {
      if (labelOf(node) || hintOf(node)) yield screen("note", [node], over);
    } else if (ASKED.has(node.nodeType) && answerOf(node)) yield screen("shown", [node], over);
  }
}

const screen = (kind, nodes, over, more = {}) => ({
  key: keyOf(nodes[0]),
  kind,
  nodes,
  over,
  ...more,
});

const under = (over, words) => (words ? [...over, words] : over);

function* groupScreens(group, over) {
  const inner = under(over, labelOf(group));
  const together = looks(group, "field-list") ? leavesOf(group) : null;
  if (together?.length && !isMatrix(together)) {
    yield { ...screen("page", together, over), key: keyOf(group), title: labelOf(group) };
  } else {
    yield* screensIn(childrenOf(group), inner);
  }
}

// What stands on one screen; null where a repeat is in it, which needs screens of its own.
function leavesOf(group) {
  const leaves = [];
  for (const node of childrenOf(group).filter(isThere)) {
    if (node.nodeType.startsWith("repeat-range")) return null;
    const inner = node.nodeType === "group" ? leavesOf(node) : [node];
    if (inner === null) return null;
    leaves.push(...inner);
  }
  return leaves;
}

// Rows with one list of choices: a row is a screen, as a table has no room on a phone.
export function isMatrix(nodes) {
  const rows = nodes.filter((node) => node.nodeType !== "note");
  const listOf = (node) => node.currentState.valueOptions?.map(({ value }) => value).join(" ");
  const single = (node) => node.nodeType === "select" && node.selectType === "select1";
  return rows.length > 1 && rows.every((row) => single(row) && listOf(row) === listOf(rows[0]));
}

function* repeatScreens(range, over) {
  const label = labelOf(range);
  const entries = childrenOf(range);
  for (const [index, entry] of entries.entries()) {
    if (!isThere(entry)) continue;
    const title = entries.length > 1 || isOpenEnded(range) ? `${label} ${index + 1}`.trim() : label;
    yield* screensIn(childrenOf(entry), under(over, title));
  }
  if (isOpenEnded(range)) {
    yield screen("repeat", [range], over, { key: `${keyOf(range)}/`, entries });
  }
}

// Whether the person says how many entries there are.
export const isOpenEnded = (range) => range.nodeType === "repeat-range:uncontrolled";

// --- Entries of a repeat -----------------------------------------------------------------------

// A fresh form has one empty entry of each repeat; on a phone there is none before one is wanted.
export function withoutEntries(root) {
  for (const node of walk(root)) {
    if (!isOpenEnded(node)) continue;
    const count = childrenOf(node).length;
    if (count > 0) node.removeInstances(0, count);
  }
}

export const addEntry = (range) => range.addInstances();
export const removeEntry = (range, index) => range.removeInstances(index, 1);

// The key of the first screen in an entry, or null where nothing in it is asked.
export function firstOf(range, index) {
  const entry = childrenOf(range)[index];
  const first = entry && [...screensIn(childrenOf(entry), [])][0];
  return first?.key ?? null;
}

// What an entry is called in a list: its first answers.
export function entryWords(entry, dates, most = 2) {
  const said = [];
  for (const node of walk(entry)) {
    if (!isAsked(node) || !isThere(node)) continue;
    const words = spoken(node, dates);
    if (words) said.push(words);
    if (said.length === most) break;
  }
  return said.join(" · ");
}

export function* walk(node) {
  yield node;
  for (const child of childrenOf(node)) yield* walk(child);
}

// --- What is wrong -----------------------------------------------------------------------------

// "required", "constraint" or null.
export const brokenOf = (node) => node.validationState?.violation?.condition ?? null;
export const messageOf = (node) => wordsOf(node.validationState?.violation?.message);

// The first node of a screen whose answer the form does not take.
export const brokenOn = ({ nodes, kind }) =>
  kind === "repeat" ? null : (nodes.find((node) => brokenOf(node)) ?? null);

// The first screen that keeps the answers from being sent; -1 where they are complete.
export const firstBroken = (screens) => screens.findIndex((one) => brokenOn(one));

// --- The answer in words -----------------------------------------------------------------------

export function chosen(node) {
  const values = new Set(node.currentState.value ?? []);
  return (node.currentState.valueOptions ?? []).filter(({ value }) => values.has(value));
}

// `dates(value, type)` words a date, a time or a moment as the page's language does.
export function spoken(node, dates = (value) => value) {
  if (node.nodeType === "select") {
    return chosen(node)
      .map((option) => wordsOf(option.label) || option.value)
      .join(", ");
  }
  const value = answerOf(node);
  const type = node.valueType;
  if (value && ["date", "time", "dateTime"].includes(type)) return dates(value, type);
  return value;
}

// The answers to look through before they are sent: { key, label, words, over } each.
export function summaryOf(screens, dates) {
  const lines = [];
  for (const { key, kind, nodes, over } of screens) {
    if (kind === "note" || kind === "repeat") continue;
    for (const node of nodes) {
      if (node.nodeType === "note") continue;
      lines.push({ key, over, label: labelOf(node), words: spoken(node, dates) });
    }
  }
  return lines;
}
