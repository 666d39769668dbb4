// A session that ends while somebody types does not take the form with it: typing keeps the session
// alive, and a form that is sent after its end waits until they have signed in over the page.

const TYPING_MS = 60_000; // the server writes once a minute that somebody is there
const FRESH_MS = 20_000; // so long an answer about the session is believed
const dialog = document.getElementById("signed-out");
const cleared = new WeakSet();
let told = Date.now(); // the page itself came from somebody who was signed in
let typed = Date.now();
let waiting = []; // what goes on once they are back

// Who is signed in: "" is nobody, null is not known (no line, an error, a page in between).
const who = async (headers = {}) => {
  try {
    const answer = await fetch(dialog.dataset.check, { headers });
    return answer.ok ? String((await answer.json()).person) : null;
  } catch {
    return null;
  }
};

const renewTokens = (token) => {
  for (const input of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) {
    input.value = token();
  }
};

const ask = (goOn) => {
  if (goOn) waiting.push(goOn);
  if (!dialog.open) dialog.showModal();
};

const comeBack = async (token) => {
  if (!dialog.open) return;
  const person = await who({ "X-Background": "1" });
  dialog.querySelector(".signed-out__other").hidden = !person || person === dialog.dataset.person;
  if (person !== dialog.dataset.person || !dialog.open) return;
  told = Date.now();
  renewTokens(token);
  dialog.close();
  const acts = waiting;
  waiting = [];
  for (const act of acts) act();
};

const ours = (form) =>
  form instanceof HTMLFormElement &&
  form.method === "post" &&
  !form.hasAttribute("hx-post") &&
  new URL(form.action, location).origin === location.origin;

const send = (form, submitter) => {
  cleared.add(form);
  form.requestSubmit(submitter?.isConnected ? submitter : undefined);
};

// `token` gives the CSRF token of now: signing in, in another window too, makes a new one.
export const outliveTheSession = (token) => {
  // A form as it was kept, and forms of pages that were open while somebody signed in elsewhere.
  document.addEventListener("submit", () => renewTokens(token), { capture: true });
  if (!dialog) return;

  document.addEventListener("input", async (event) => {
    if (!ours(event.target.form) || Date.now() - typed < TYPING_MS) return;
    typed = Date.now();
    const person = await who();
    if (person) told = Date.now();
    if (person === "") ask();
  });

  document.addEventListener(
    "submit",
    async (event) => {
      const form = event.target;
      const submitter = event.submitter;
      if (!ours(form) || cleared.delete(form) || Date.now() - told < FRESH_MS) return;
      event.preventDefault();
      const person = await who({ "X-Background": "1" });
      if (person === null || person === dialog.dataset.person) {
        told = Date.now();
        renewTokens(token);
        send(form, submitter);
        return;
      }
      ask(() => send(form, submitter));
      if (person) comeBack(token);
    },
    { capture: true },
  );

  // Fragments: htmx asks again what was answered with “signed out”.
  document.addEventListener("htmx:responseError", (event) => {
    if (event.detail.xhr.status !== 401) return;
    const { elt, requestConfig } = event.detail;
    const cause = requestConfig.triggeringEvent?.type;
    // What a page asks for by itself, it asks for again by itself.
    ask(cause && (() => elt.isConnected && window.htmx.trigger(elt, cause)));
  });

  dialog.addEventListener("cancel", (event) => event.preventDefault());
  window.addEventListener("focus", () => comeBack(token));
  document.addEventListener("visibilitychange", () => comeBack(token));
  new BroadcastChannel("session").addEventListener("message", () => comeBack(token));
};
