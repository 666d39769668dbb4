// The page of one view: choose or take a photo, look at it, send it, hear what became of it.

import { decided } from "./poll.js";
import { Refused, send } from "./send.js";
import { newId, sha256 } from "./sha256.js";

const form = document.querySelector("#capture");
const words = document.querySelector("#words").dataset;
const part = (name) => form.querySelector(`[data-${name}]`);
const input = form.querySelector("#photo");
const panels = [...form.querySelectorAll("[data-panel]")];
const { visit, view, uploads, photos } = form.dataset;

let file = null;
let sending = null;

// --- Showing -----------------------------------------------------------------------------------

const say = (text) => {
  part("say").textContent = text;
};

const show = (name) => {
  for (const panel of panels) panel.hidden = panel.dataset.panel !== name;
  if (name !== "choose") part("reasons").hidden = true;
  scrollTo({ top: 0 });
};

const refuse = (title, detail) => {
  part("refused-title").textContent = title;
  part("refused-detail").textContent = detail;
  part("refused").hidden = false;
  forget();
  input.value = "";
  show("choose");
  input.focus({ preventScroll: true });
};

const sendingShows = (label, note, stuck) => {
  part("sending-label").textContent = label;
  part("sending-note").textContent = note;
  part("sending-actions").hidden = !stuck;
};

// --- The number of a photo ---------------------------------------------------------------------
// Made once per photo taken. Kept beside the photo's hash, so that the same photo chosen again
// after the page was closed goes on where it stopped. No picture is kept.

const KEY = `photo:${visit}:${view}`;

const recall = (hash) => {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY));
    return kept?.hash === hash ? kept : null;
  } catch {
    return null;
  }
};
const keep = (photo) => {
  try {
    localStorage.setItem(KEY, JSON.stringify(photo));
  } catch {
    // Private windows may keep nothing: a reload then starts the photo again.
  }
};
const forget = () => {
  try {
    localStorage.removeItem(KEY);
  } catch {
    // As above.
  }
};

// --- Choosing ----------------------------------------------------------------------------------

const problemWith = (chosen) => {
  if (chosen.size === 0) return [words.emptyTitle, words.empty];
  if (chosen.size > Number(form.dataset.max)) return [words.tooLargeTitle, words.tooLarge];
  if (chosen.type && !chosen.type.startsWith("image/")) return [words.notImageTitle, words.notImage];
  return null;
};

const preview = part("preview");
preview.addEventListener("error", () => {
  preview.hidden = true;
  part("no-preview").hidden = false;
});

const choose = () => {
  const [chosen] = input.files;
  if (!chosen) return;
  part("refused").hidden = true;
  const problem = problemWith(chosen);
  if (problem) {
    refuse(...problem);
    return;
  }
  file = chosen;
  if (preview.src) URL.revokeObjectURL(preview.src);
  preview.hidden = false;
  part("no-preview").hidden = true;
  preview.src = URL.createObjectURL(file);
  show("review");
  part("send").focus({ preventScroll: true });
};

const takeAnother = () => {
  sending?.stop();
  sending = null;
  input.value = "";
  show("choose");
  input.focus({ preventScroll: true });
};

// --- Sending -----------------------------------------------------------------------------------

const warnBeforeLeaving = (event) => event.preventDefault();

const listeners = (photo) => ({
  begun: (url) => keep({ ...photo, url }),
  progress: (share) => {
    const percent = Math.floor(share * 100);
    part("bar").value = percent;
    part("percent").textContent = `${percent} %`;
  },
  waiting: (offline) => {
    const label = offline ? words.offline : words.stuck;
    sendingShows(label, offline ? words.offlineNote : words.stuckNote, true);
    say(label);
  },
  moving: () => {
    sendingShows(words.sending, words.note, false);
    say(words.sending);
  },
});

const submit = async () => {
  sendingShows(words.reading, words.note, false);
  part("bar").value = 0;
  part("percent").textContent = "";
  show("sending");
  say(words.reading);
  let hash;
  try {
    hash = await sha256(file);
  } catch {
    refuse(words.problem, words.unreadable);
    return;
  }
  const photo = recall(hash) ?? { hash, id: newId(), url: null };
  keep(photo);
  sendingShows(words.sending, words.note, false);
  say(words.sending);
  addEventListener("beforeunload", warnBeforeLeaving);
  try {
    sending = send({
      file,
      endpoint: uploads,
      begunAt: photo.url,
      metadata: { photo: photo.id, visit, view, sha256: hash },
      csrf: form.elements.csrfmiddlewaretoken.value,
      on: listeners(photo),
    });
    await sending.done;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    refuse(error.title || words.problem, error.message || words.problemDetail);
    return;
  } finally {
    removeEventListener("beforeunload", warnBeforeLeaving);
    sending = null;
  }
  await follow(photo.id);
};

// --- Afterwards --------------------------------------------------------------------------------

const follow = async (id) => {
  show("checking");
  say(words.checking);
  const slow = () => {
    part("slow").hidden = false;
  };
  const answer = await decided(`${photos}${id}/`, { slow });
  forget();
  if (answer.state === "accepted") finished(answer);
  else if (answer.state === "retake_wanted") retake(answer);
  else location.assign(part("next").href);
};

const finished = ({ next }) => {
  const link = part("next");
  link.textContent = next ? `${words.next} ${next.name}` : words.finished;
  if (next) link.href = next.url;
  show("done");
  say(words.done);
  part("done-words").focus({ preventScroll: true });
};

const retake = ({ reasons }) => {
  const items = reasons.map((reason) => {
    const item = document.createElement("li");
    item.textContent = reason;
    return item;
  });
  part("reason-list").replaceChildren(...items);
  part("take").textContent = words.takeAgain;
  input.value = "";
  show("choose");
  part("reasons").hidden = false;
  say([words.retake, ...reasons].join(" "));
  input.focus({ preventScroll: true });
};

// --- Beginning ---------------------------------------------------------------------------------

form.classList.add("capture--live");
input.addEventListener("change", choose);
part("send").addEventListener("click", submit);
part("again").addEventListener("click", takeAnother);
part("cancel").addEventListener("click", takeAnother);
part("retry").addEventListener("click", () => sending?.retry());
form.addEventListener("submit", (event) => event.preventDefault());
if (form.dataset.state === "checking") follow(form.dataset.photo);
