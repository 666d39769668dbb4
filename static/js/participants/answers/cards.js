// What the strip says of questionnaires that wait on this phone: cards as queue_cards.js has them.
// Pure: no DOM.

import { LIFTED_BY_CONSENT } from "../capture/outbox_send.js";
import { counted, gettext, interpolate } from "../words/words.js";
import { isToGo } from "./places.js";

const waitTitle = (n) =>
  counted("%(n)s questionnaire waits on this phone", "%(n)s questionnaires wait on this phone", n);

const addressOf = ({ assignment, place }) => `/my/questionnaires/${assignment}/${place}/`;

const refusedCard = (record) => ({
  kind: "warn",
  icon: "alert",
  title: interpolate(gettext("“%(name)s” needs another look"), { name: record.title }),
  text: gettext("Your answers are kept on this phone and were not taken yet."),
  buttons: [{ href: addressOf(record), kind: "button--primary", words: gettext("Look at it") }],
});

const memoryCard = (n) => ({
  kind: "warn",
  icon: "alert",
  title: counted(
    "%(n)s questionnaire is only in this open page",
    "%(n)s questionnaires are only in this open page",
    n,
  ),
  text: gettext("Please leave this page open until the answers have arrived."),
  buttons: [{ act: "send", words: gettext("Send now") }],
});

function waitingCard(records, state) {
  const card = { kind: "calm", icon: "phone", title: waitTitle(records.length) };
  const problem = state.session ?? (state.owner ? null : { code: "link_needed", detail: "" });
  if (problem) {
    const again = ["link_needed", "link_expired"].includes(problem.code);
    const text = again
      ? gettext(
          "To send your answers, please open your personal link again. It is in the message from your study team.",
        )
      : problem.detail;
    return { ...card, kind: "warn", icon: "lock", text };
  }
  const blocked = records.find((one) => LIFTED_BY_CONSENT.has(one.problem?.code));
  if (blocked) {
    const renew = blocked.problem.code === "consent_outdated";
    const text = renew
      ? gettext(
          "There is a new version of the consent form. Once you have agreed to it, your answers are sent.",
        )
      : gettext("Your consent has to be recorded first. Please speak with your study team.");
    const link = {
      href: state.review,
      kind: "button--primary",
      words: gettext("Read the new form"),
    };
    return { ...card, kind: "warn", icon: "pen", text, buttons: renew ? [link] : [] };
  }
  const text = state.sendsAlone
    ? gettext("Sending starts by itself as soon as there is a connection. You can close this page.")
    : gettext("Sending starts as soon as there is a connection and one of your pages is open.");
  const buttons = state.online ? [{ act: "send", words: gettext("Send now") }] : [];
  return { ...card, text, buttons };
}

// The page of a questionnaire says itself what becomes of it: `state.filling` is its own.
export function answerCards(state) {
  const own = ({ assignment, place }) => `${assignment}/${place}` === state.filling;
  const answers = (state.answers ?? []).filter((record) => !own(record));
  const waiting = answers.filter(isToGo);
  const memory = waiting.filter(({ inMemory }) => inMemory);
  const kept = waiting.filter(({ inMemory }) => !inMemory);
  const refused = state.owner ? answers.filter((record) => record.state === "refused") : [];
  const cards = refused.map(refusedCard);
  if (memory.length > 0) cards.push(memoryCard(memory.length));
  if (kept.length > 0) cards.push(waitingCard(kept, state));
  return cards;
}
