// The page of one questionnaire: what this phone holds of it decides what is shown.

import {
  outboxOwner,
  registerSync,
  requestPersistence,
  sendNow,
  subscribe,
} from "../capture/outbox.js";
import { fact } from "../capture/outbox_store.js";
import { gettext, spokenLanguage } from "../words/words.js";
import { engine } from "./engine.js";
import { Filling } from "./filling.js";
import { brokenOf, keyOf, walk, withoutEntries } from "./form.js";
import * as kept from "./kept.js";
import { problemWords } from "./questions.js";
import { dayIn, datesIn, openOn, sameQuestion } from "./places.js";

const data = JSON.parse(document.getElementById("questionnaire-data").textContent);
const owner = outboxOwner();
const dates = datesIn(spokenLanguage());
const one = (selector) => document.querySelector(selector);

let record = null;
let filling = null;

// --- What is shown -----------------------------------------------------------------------------

const OVER = new Set(["waiting", "sent", "early", "over"]); // nothing is left to do here

function panel(name) {
  for (const each of document.querySelectorAll("[data-panel]")) {
    each.hidden = each.dataset.panel !== name;
  }
  const filled = name === "fill";
  one("[data-place]").hidden = !filled;
  one("[data-acts]").hidden = !filled;
  one("[data-home]").hidden = !OVER.has(name);
}

const clockOffset = async () => (await fact("clock"))?.offset ?? null;

async function standing() {
  const found = await kept.find({
    participant: owner,
    assignment: data.assignment,
    place: data.place,
  });
  const again = data.place === "another" && found && !["draft", "refused"].includes(found.state);
  return again ? null : found;
}

async function decide() {
  record = await standing();
  if (record && kept.isToGo(record)) return showWaiting();
  if (record?.state === "refused") return showRefused();
  if (record?.state === "sent" || data.answered) return panel("sent");
  const today = dayIn(data.zone, Date.now() + 1000 * ((await clockOffset()) ?? 0));
  const open = openOn(today, data);
  if (open !== "open") return panel(open);
  return fill();
}

// --- Filling it in -----------------------------------------------------------------------------

// The version it was begun in, whatever is published since; null where that is not here any more.
async function formNow() {
  if (!record || record.sha256 === data.sha256) return data;
  return kept.formOf(record.sha256);
}

async function fill({ problems = null } = {}) {
  panel("loading");
  const form = await formNow();
  if (!form) return panel("changed");
  try {
    const content = record ? await kept.open(record.id) : null;
    const offset = await clockOffset();
    const forms = await engine(data.engine);
    const asked = { ...form, offset: offset ?? 0 };
    const root = await forms.open({ ...asked, xml: content?.xml });
    if (!record) {
      withoutEntries(root);
      record = begun(form);
    }
    await kept.putForm(formOnly(form));
    panel("fill");
    filling?.close();
    filling = new Filling({
      root,
      record,
      key: content?.key ?? null,
      dates,
      unkept: (yes) => {
        one("[data-unkept]").hidden = !yes;
      },
      finished: () => finish(forms, asked, offset).catch(failed),
    });
    if (problems) filling.showProblem(problems);
  } catch (error) {
    failed(error);
  }
}

// What was answered is kept: trying again goes on from there.
function failed(error) {
  filling?.close();
  one("[data-why]").textContent = String(error?.message ?? error);
  panel("failed");
}

const formOnly = ({ sha256, version, xform, language, zone }) => ({
  sha256,
  version,
  xform,
  language,
  zone,
});

const begun = ({ version, sha256, zone }) =>
  kept.fresh({
    participant: owner,
    assignment: data.assignment,
    place: data.place,
    title: data.title,
    version,
    sha256,
    zone,
    begunAt: Date.now(),
  });

// --- Sending it --------------------------------------------------------------------------------

// The engine's last word, at the moment of sending: what the server will say, too.
async function finish(forms, asked, offset) {
  const now = Date.now();
  const at = new Date(now + 1000 * (offset ?? 0)).toISOString();
  const xml = filling.root.instanceState.instanceXML;
  const done = await forms.finish({ ...asked, xml, at });
  if (!done.ready) {
    filling.showProblem(wordsOfBroken(done.root));
    return;
  }
  filling.close();
  record = { ...record, state: "waiting", problem: null, notBefore: 0, tries: 0 };
  Object.assign(record, { finishedAt: now, clockOffset: offset, keptAt: now });
  await kept.save(record, { xml: done.xml, key: "summary" });
  showWaiting({ focus: true });
  requestPersistence();
  registerSync();
  sendNow();
}

function wordsOfBroken(root) {
  const broken = [...walk(root)].filter((node) => node.currentState.relevant && brokenOf(node));
  return (ref) => {
    const node = broken.find((each) => keyOf(each) === ref);
    return node ? problemWords(node) : "";
  };
}

function showWaiting({ focus = false } = {}) {
  panel("waiting");
  one("[data-change]").hidden = record.state === "sending";
  one("[data-memory]").hidden = !kept.memoryAnswers.has(record.id);
  if (focus) one("[data-waiting-words]").focus();
}

// --- What became of it -------------------------------------------------------------------------

const FINAL = new Set([
  ...["already_answered", "answers_conflict", "form_not_asked", "form_not_open", "unreadable"],
]);

function showRefused() {
  const { code, title, detail } = record.problem ?? {};
  const ours = code === "answers_refused";
  one("[data-refused-title]").textContent = ours
    ? gettext("Some answers have to be looked at again")
    : title || gettext("These answers were not taken");
  one("[data-refused-words]").textContent = ours
    ? gettext(
        "Your study team's system did not take them as they are. Nothing is lost: they are kept on this phone. Please look at them and send them once more.",
      )
    : code === "unreadable"
      ? gettext("The phone has lost what is needed to read them. Please answer once more.")
      : detail;
  one("[data-look]").hidden = FINAL.has(code) || code === "form_version_superseded";
  one("[data-anew]").hidden = !["form_version_superseded", "unreadable"].includes(code);
  one("[data-again]").hidden = ours || FINAL.has(code) || code === "form_version_superseded";
  one("[data-remove]").hidden = !FINAL.has(code) || code === "unreadable";
  panel("refused");
}

async function followed() {
  if (!record || !["waiting", "sending", "blocked"].includes(record.state)) return;
  const now = (await kept.all()).find(({ id }) => id === record.id);
  if (!now || now.state === record.state) return;
  record = now;
  if (now.state === "sent") panel("sent");
  else if (now.state === "refused") showRefused();
  else showWaiting();
}

const told = (answers) => (ref) =>
  answers.some((one) => sameQuestion(one.ref, ref))
    ? gettext("Please look at this answer again.")
    : "";

async function beginAnew() {
  await kept.remove(record.id);
  record = null;
  await fill();
}

const acts = {
  look: () => fill({ problems: told(record.problem?.answers ?? []) }),
  anew: beginAnew,
  again: async () => {
    await kept.change(record.id, { state: "waiting", problem: null, notBefore: 0 });
    record = { ...record, state: "waiting" };
    showWaiting();
    await sendNow();
  },
  remove: async () => {
    await kept.remove(record.id);
    location.assign(data.home);
  },
  change: async () => {
    if (!(await kept.takeBack(record.id))) return;
    record = { ...record, state: "draft" };
    await fill();
  },
  retry: () => decide(),
};
for (const [name, act] of Object.entries(acts)) {
  for (const button of document.querySelectorAll(`[data-${name}]`)) button.onclick = () => act();
}

subscribe(followed);
kept.tidy().catch(() => {});
decide().catch(() => panel("failed"));
