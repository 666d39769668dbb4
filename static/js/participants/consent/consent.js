// The consent text part by part. Without this module the whole form stands on one page.
//
// The part is in the address (#3), so that the phone's own "back" leads one part back and a reload
// stays where it was. Answers and ticks are sent as they are made and kept by the server; name and
// signature are not kept anywhere until the form is sent.

import { gettext, interpolate, spokenLanguage } from "../words/words.js";

const form = document.querySelector("[data-reading]");
const steps = [...form.querySelectorAll("[data-step]")];
const words = document.getElementById("reading-words").dataset;
const bar = form.querySelector("[data-bar]");
const [back, next, sign] = ["back", "next", "sign"].map((name) =>
  document.querySelector(`.reading__actions [data-${name}]`),
);
const trouble = document.querySelector("[data-trouble]");
let at = 0;

// --- What the server is told ---------------------------------------------------------------------

const preview = "preview" in form.dataset; // staff look at the text: nothing is sent

const send = (address, values) => {
  const body = new URLSearchParams(values);
  body.set("document_sha256", form.elements.document_sha256.value);
  const headers = { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value };
  return fetch(address, { method: "POST", body, headers, credentials: "same-origin" });
};

const ticked = () =>
  Object.fromEntries(
    [...form.querySelectorAll("[name^='choice-']:checked")].map((box) => [box.name, "on"]),
  );

const complain = (sentence) => {
  trouble.hidden = !sentence;
  trouble.querySelector("[data-trouble-words]").textContent = sentence ?? "";
};

const refused = async (answer) => {
  if (answer.status === 409) {
    location.reload(); // another text is in force: the page shows it and says so
    return;
  }
  const told = await answer.json().catch(() => ({}));
  complain(told.detail ?? gettext("That did not work. Please try again in a moment."));
};

const offline = () =>
  complain(gettext("There is no connection just now. Please try again in a moment."));

// --- One part at a time --------------------------------------------------------------------------

// A question whose answer has not been looked at yet.
const unlooked = (step) => !preview && "question" in step.dataset && !("answered" in step.dataset);

const label = () => {
  const step = steps[at];
  const asks = unlooked(step);
  next.textContent = asks ? words.check : words.next;
};

const show = (number, { focus = true } = {}) => {
  at = Math.min(Math.max(number, 0), steps.length - 1);
  for (const [index, step] of steps.entries()) step.hidden = index !== at;
  const values = { n: at + 1, total: steps.length };
  bar.querySelector("[data-place]").textContent = interpolate(
    gettext("%(n)s of %(total)s"),
    values,
  );
  const progress = bar.querySelector("progress");
  progress.max = steps.length;
  progress.value = at + 1;
  const last = at === steps.length - 1;
  back.hidden = at === 0;
  next.hidden = last;
  sign.hidden = !last;
  complain(null);
  hush();
  label();
  if (focus) {
    const heading = steps[at].querySelector("h2");
    heading.focus({ preventScroll: true });
    window.scrollTo({ top: 0 });
  }
};

const place = () => {
  const number = Number(location.hash.slice(1));
  return Number.isInteger(number) && number > 0 ? number - 1 : 0;
};

const go = (number) => {
  location.hash = String(number + 1);
};

// --- Questions -----------------------------------------------------------------------------------

const verdict = (step, kind, explanation) => {
  const note = step.querySelector(`template[data-${kind}]`).content.cloneNode(true);
  note.querySelector("[data-explanation]").textContent = explanation;
  step.querySelector("[data-verdict]").replaceChildren(note);
};

const check = async (step) => {
  const chosen = step.querySelector("input[type=radio]:checked");
  if (!chosen) {
    complain(gettext("Please choose one of the answers."));
    step.querySelector("input[type=radio]").focus();
    return;
  }
  complain(null);
  next.setAttribute("aria-disabled", "true");
  try {
    const answer = await send(form.dataset.answer, {
      question: step.dataset.question,
      option: chosen.value,
    });
    if (!answer.ok) {
      await refused(answer);
      return;
    }
    const told = await answer.json();
    verdict(step, told.right ? "right" : "wrong", told.explanation);
    step.dataset.answered = "";
    label();
    step.querySelector("[data-verdict]").scrollIntoView({ block: "nearest" });
  } catch {
    offline();
  } finally {
    next.removeAttribute("aria-disabled");
  }
};

const markInvalid = (field, invalid) => {
  if (invalid) field.setAttribute("aria-invalid", "true");
  else field.removeAttribute("aria-invalid");
};

const missingChoice = (step) => {
  const missing = [...step.querySelectorAll(".agree--needed")].filter((field) => {
    const open = !field.querySelector("input").checked;
    field.querySelector("[data-needed]").hidden = !open;
    markInvalid(field.querySelector("input"), open);
    return open;
  });
  missing[0]?.querySelector("input").focus();
  return missing.length > 0;
};

next.addEventListener("click", () => {
  const step = steps[at];
  if (next.hasAttribute("aria-disabled")) return;
  if (unlooked(step)) {
    check(step);
    return;
  }
  if (!preview && "choices" in step.dataset && missingChoice(step)) return;
  go(at + 1);
});
back.addEventListener("click", () => go(at - 1));
window.addEventListener("hashchange", () => {
  if (/^#?\d*$/.test(location.hash)) show(place()); // not for the link that skips to the content
});

form.addEventListener("change", (event) => {
  const step = event.target.closest("[data-step]");
  if (event.target.name === "given_by") {
    form.querySelector("[data-signer-missing]").hidden = true;
  } else if (event.target.type === "radio") {
    delete step.dataset.answered; // another answer is looked at again
    step.querySelector("[data-verdict]").replaceChildren();
    label();
  }
  if (["signature", "sign_by_typing"].includes(event.target.name)) {
    form.querySelector("[data-signature-missing]").hidden = true;
  }
  if (event.target.name === "typed_name") {
    form.querySelector("[data-name-missing]").hidden = true;
    markInvalid(event.target, false);
  }
  if (event.target.name?.startsWith("choice-")) {
    if (event.target.checked) {
      event.target.removeAttribute("aria-invalid");
      const note = event.target.closest(".agree").querySelector("[data-needed]");
      if (note) note.hidden = true;
    }
    if (!preview) send(form.dataset.progress, ticked()).catch(() => {}); // the form brings them along anyway
  }
});

// --- The end -------------------------------------------------------------------------------------

const noSigner = () => {
  const radios = [...form.querySelectorAll("[name=given_by]")];
  const open = radios.length > 0 && !radios.some((radio) => radio.checked);
  if (open) {
    form.querySelector("[data-signer-missing]").hidden = false;
    radios[0].focus();
  }
  return open;
};

const unsigned = () => {
  const name = form.elements.typed_name;
  const noName = !name.value.trim();
  const noSignature = !form.elements.sign_by_typing.checked && !form.elements.signature.value;
  form.querySelector("[data-name-missing]").hidden = !noName;
  form.querySelector("[data-signature-missing]").hidden = !noSignature;
  markInvalid(name, noName);
  if (noName) name.focus();
  else if (noSignature) form.elements.sign_by_typing.focus();
  return noName || noSignature;
};

const unanswered = () =>
  steps.findIndex((step) => "question" in step.dataset && !step.querySelector("input:checked"));

// Enter in a field goes on instead of sending a form that has not been read to its end.
form.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches("input") && !next.hidden) {
    event.preventDefault();
    next.click();
  }
});
// In the capturing phase of the window: before the page marks the form as sent.
window.addEventListener(
  "submit",
  (event) => {
    if (event.target !== form) return;
    const open = unanswered();
    const choices = steps.findIndex((step) => "choices" in step.dataset);
    const refuse = () => {
      event.preventDefault();
      event.stopPropagation();
    };
    if (open >= 0) {
      refuse();
      go(open);
    } else if (form.querySelector(".agree--needed input:not(:checked)")) {
      refuse();
      go(choices);
    } else if (noSigner() || unsigned()) {
      refuse();
    }
  },
  { capture: true },
);

// --- Read aloud ----------------------------------------------------------------------------------

const speak = form.querySelector("[data-speak]");
const voice = globalThis.speechSynthesis;

function hush() {
  voice?.cancel();
  speak.querySelector("span").textContent = words.read;
}

const shown = (step) =>
  [...step.querySelectorAll("h2, h3, p, li, legend, .choice > span")]
    .filter((part) => !part.closest("[hidden], template, details") && !part.querySelector("p, li"))
    .map((part) => part.textContent.trim())
    .filter(Boolean);

if (voice) {
  speak.hidden = false;
  speak.addEventListener("click", () => {
    if (voice.speaking) {
      hush();
      return;
    }
    const parts = shown(steps[at]);
    parts.forEach((text, index) => {
      const said = new SpeechSynthesisUtterance(text);
      const own = form.dataset.language;
      said.lang = spokenLanguage().startsWith(own.split("-")[0]) ? spokenLanguage() : own;
      if (index === parts.length - 1) said.addEventListener("end", hush);
      voice.speak(said);
    });
    speak.querySelector("span").textContent = words.stop;
  });
  window.addEventListener("pagehide", hush);
}

// --- Begin ---------------------------------------------------------------------------------------

form.classList.add("reading--live");
bar.hidden = false;
const mistake = steps.findIndex((step) => step.querySelector(".errorlist, [aria-invalid='true']"));
const summary = document.querySelector(".error-summary");
if (mistake >= 0) history.replaceState(null, "", `#${mistake + 1}`);
show(mistake >= 0 ? mistake : place(), { focus: location.hash !== "" && !summary });
