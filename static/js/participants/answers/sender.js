// Sends the questionnaires that wait, one after another, in pages and in the worker.
//
// The server judges the answers again and says whether they are taken. Sent twice, they count once:
// the record's id goes with them.

import {
  fetchWithTimeout,
  jsonOf,
  LIFTED_BY_CONSENT,
  problemOf,
  Refused,
  Unreachable,
} from "../capture/outbox_send.js";
import * as store from "../capture/outbox_store.js";
import * as kept from "./kept.js";

const BACK_OFF = [5_000, 15_000, 30_000, 60_000];
const SESSION = new Set(["link_needed", "link_expired", "link_revoked", "taking_part_ended"]);
const LATER = new Set(["answers_damaged", "other_participant", ""]);

// Tries every one that is due once. `asking` resolves to what /my/today.json says, or to null;
// `ended(problem)` hears that the session is over.
export async function sendAnswers({ asking, renew, ended }) {
  await resetInterrupted();
  const tried = new Set();
  for (;;) {
    if (globalThis.navigator?.onLine === false) return;
    const record = await nextDue(tried);
    if (!record) return;
    const today = await asking();
    if (!today) return;
    tried.add(record.id);
    if (record.participant !== today.participant) continue;
    if (record.problem?.code === "consent_outdated" && today.consent !== "current") continue;
    await renew();
    if (!(await sendOne(record, today, ended))) return;
  }
}

async function resetInterrupted() {
  for (const { id, state } of await kept.all()) {
    if (state === "sending") await kept.change(id, { state: "waiting" });
  }
}

async function nextDue(tried) {
  const now = Date.now();
  const late = (one) =>
    one.notBefore > now && one.notBefore < now + 2 * BACK_OFF[BACK_OFF.length - 1];
  return (await kept.all()).find((one) => kept.isToGo(one) && !tried.has(one.id) && !late(one));
}

// Whether it makes sense to go on with the next one.
async function sendOne(record, today, ended) {
  await kept.change(record.id, { state: "sending", problem: null });
  try {
    const content = await kept.open(record.id);
    if (!content) return true; // removed meanwhile, in another tab
    await post(record, content, today);
    await kept.arrived(record.id);
    return true;
  } catch (error) {
    return handleFailure(record, error, ended);
  }
}

// By the study's clock, as far as this phone knows it: one that was put right meanwhile dates nothing
// anew.
const moment = (at, offset) => new Date(at + 1000 * (offset ?? 0)).toISOString();

export async function bodyOf(record, { xml }, now = Date.now()) {
  const known = (await store.fact("clock"))?.offset ?? null;
  const offset = record.clockOffset ?? null;
  return {
    request_id: record.id,
    participant: record.participant,
    version: record.version,
    xml,
    sha256: await kept.hashOf(xml),
    begun_at: moment(record.begunAt, offset),
    finished_at: moment(record.finishedAt, offset),
    sent_at: moment(now, offset === null ? null : (known ?? offset)),
    zone: record.zone,
  };
}

async function post(record, content, today) {
  const address = `${today.questionnaires}${record.assignment}/${record.place}/answers/`;
  const response = await fetchWithTimeout(address, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": today.csrf },
    body: JSON.stringify(await bodyOf(record, content)),
  });
  if (response.ok) {
    const said = await jsonOf(response);
    if (said.request_id !== record.id) throw new Unreachable("other_answer");
    return;
  }
  if (response.status === 408 || response.status >= 500) throw new Unreachable("status");
  throw Object.assign(new Refused(await problemOf(response.clone())), {
    answers: (await response.json().catch(() => ({}))).answers ?? [],
  });
}

async function handleFailure(record, error, ended) {
  if (error instanceof Unreachable) {
    await postpone(record);
    return false;
  }
  if (!(error instanceof Refused)) {
    const problem = { code: "unreadable", title: "", detail: "", answers: [] };
    await kept.change(record.id, { state: "refused", problem });
    return true;
  }
  const { code, title, detail, answers } = error;
  const problem = { code, title, detail, answers };
  if (SESSION.has(code)) {
    await kept.change(record.id, { state: "blocked", problem });
    await ended(problem);
    return false;
  }
  if (LIFTED_BY_CONSENT.has(code)) {
    await postpone(record, { state: "blocked", problem });
    return true;
  }
  if (LATER.has(code)) {
    await postpone(record);
    return true;
  }
  await kept.change(record.id, { state: "refused", problem });
  return true;
}

async function postpone(record, values = { state: "waiting", problem: null }) {
  const tries = (record.tries ?? 0) + 1;
  const wait = BACK_OFF[Math.min(tries, BACK_OFF.length) - 1];
  const notBefore = Date.now() + wait * (0.75 + Math.random() / 2);
  await kept.change(record.id, { ...values, tries, notBefore });
}
