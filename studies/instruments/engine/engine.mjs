// The form engine as a process: a request of JSON a line in, an answer a line out.
//
// It is the engine that phones run (@getodk/xforms-engine), over a DOM of jsdom. The clock is that of
// the request, so that a submission is judged as on its own day. The time zone is that of the process
// (TZ): the engine looks it up once and keeps it.
import { createInterface } from "node:readline";
import { JSDOM } from "jsdom";

const RealDate = Date;
const MOST_FORMS = 8;
let standing = null; // the request's moment: the clock stands still while one is answered
const now = () => standing ?? RealDate.now();

globalThis.Date = class extends RealDate {
  constructor(...given) {
    super(...(given.length === 0 ? [now()] : given));
  }

  static now() {
    return now();
  }
};

const { window } = new JSDOM("");
for (const name of Object.getOwnPropertyNames(window)) {
  if (!(name in globalThis) && !name.endsWith("Storage")) globalThis[name] = window[name];
}
for (const name of ["File", "Blob", "FormData"]) globalThis[name] = window[name];
globalThis.__dirname = import.meta.dirname;

const { loadForm } = await import("@getodk/xforms-engine");
const loaded = new Map(); // SHA-256 of a form → the form, the oldest first

async function formOf({ sha256, form }) {
  let found = loaded.get(sha256);
  if (found === undefined) {
    if (form === undefined) return null;
    found = await loadForm(form);
    if (loaded.size >= MOST_FORMS) loaded.delete(loaded.keys().next().value);
    loaded.set(sha256, found);
  }
  return found;
}

async function open(form, instance) {
  if (!instance) return form.createInstance();
  const data = new FormData();
  data.set(
    "xml_submission_file",
    new File([instance], "xml_submission_file", { type: "text/xml" }),
  );
  return await form.restoreInstance({ data: [data] });
}

const words = (range) => range?.asString ?? "";

function answerOf(node) {
  const value = node.currentState.value;
  if (Array.isArray(value)) return value.join(" ");
  if (node.currentState.children !== null) return "";
  return new DOMParser().parseFromString(node.instanceState.instanceXML || "<a/>", "text/xml")
    .documentElement.textContent;
}

function* nodesOf(node) {
  const state = node.currentState;
  const violation = node.validationState.violation;
  yield {
    ref: state.reference,
    kind: node.nodeType,
    relevant: state.relevant,
    required: state.required,
    readonly: state.readonly,
    label: words(state.label),
    hint: words(state.hint),
    value: state.relevant ? answerOf(node) : "",
    options: Array.isArray(state.valueOptions)
      ? state.valueOptions.map((option) => [option.value, words(option.label)])
      : [],
    broken: violation ? violation.condition : "",
    message: violation ? words(violation.message) : "",
  };
  for (const child of state.children ?? []) yield* nodesOf(child);
}

async function answer(request) {
  standing = request.now ? RealDate.parse(request.now) : null;
  const form = await formOf(request);
  if (form === null) return { wanted: "form" };
  if (form.status === "failure") return { failure: String(form.error?.message ?? form.error) };
  const { root } = await open(form, request.instance);
  const language = root.languages.find((known) => known.language === request.language);
  if (language && request.language) root.setLanguage(language);
  const payload = await root.prepareInstancePayload({ payloadType: "monolithic" });
  return {
    ready: payload.status === "ready",
    xml: root.instanceState.instanceXML,
    nodes: [...nodesOf(root)],
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  let said;
  try {
    said = await answer(JSON.parse(line));
  } catch (error) {
    said = { failure: String(error?.message ?? error) };
  }
  // The library keeps something of every instance: whoever started this process replaces it in time.
  said.heap = process.memoryUsage().heapUsed;
  process.stdout.write(`${JSON.stringify(said)}\n`);
}
