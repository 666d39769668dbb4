// Home: draws today's steps, and follows what the server makes of them.

import { fetchWithTimeout } from "../capture/outbox_send.js";
import { fetchToday } from "../capture/outbox_sender.js";
import { redrawn, refresh, state, subscribe, upToDate } from "../capture/page_state.js";
import { renderToday } from "../capture/render.js";
import { stepsNow } from "../capture/steps.js";
import { differs, newsOf, todayOf } from "./today.js";

const SOON = [2000, 3000, 5000, 8000, 10_000]; // while photos are being checked
const SELDOM = 60_000;

const news = document.querySelector("[data-news]");

let looks = 0;
let timer = 0;
let answered = Infinity; // how many photos the server has answered to, when home was last drawn

subscribe(() => {
  renderToday(todayOf(state));
  const before = answered;
  answered = state.sent.size + state.photos.filter(({ state: now }) => now === "refused").length;
  if (answered <= before) return;
  looks = 0; // it may soon have more to say
  look();
});

// --- Following the server ----------------------------------------------------------------------

async function look() {
  clearTimeout(timer);
  if (document.visibilityState === "visible") {
    const today = await fetchToday();
    if (today && today.participant !== state.owner) {
      location.reload(); // another link was opened in this browser: this page is not theirs
      return;
    }
    if (today && differs(state, today)) await swap();
    else if (today) upToDate(today.asked);
    await refresh();
    if (state.session?.code === "taking_part_ended") {
      location.reload(); // the page says so
      return;
    }
  }
  const busy = stepsNow(state).some(({ now }) => now.state === "checking");
  const wait = busy ? SOON[Math.min(looks, SOON.length - 1)] : SELDOM;
  looks = busy ? looks + 1 : 0;
  clearTimeout(timer);
  timer = setTimeout(look, wait);
}

// Puts the server's present page in place of what changed; the rest, and the focus, stay.
async function swap() {
  const asked = Date.now();
  let text;
  try {
    const response = await fetchWithTimeout(location.pathname, {
      headers: { Accept: "text/html" },
    });
    if (!response.ok) return;
    text = await response.text();
  } catch {
    return;
  }
  if (!text.trimEnd().endsWith("</html>")) return; // cut off on the way: the page stays as it is
  const fresh = new DOMParser().parseFromString(text, "text/html");
  for (const part of document.querySelectorAll("[data-swap]")) {
    const other = fresh.querySelector(`[data-swap="${part.dataset.swap}"]`);
    if (other) part.replaceChildren(...other.childNodes);
  }
  redrawn(asked);
  await refresh();
  news.textContent = newsOf(state) || news.textContent;
}

document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") look();
});
addEventListener("online", look);
look();
