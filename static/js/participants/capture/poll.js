// Ask what became of a photo until it is decided.

import { fetchWithTimeout, jsonOf, pause } from "./outbox_send.js";

const SLOW_AFTER = 20000;

// Resolves to the server's answer once the state is no longer "received"; "slow" is called once.
export async function decided(address, { slow } = {}) {
  const began = Date.now();
  for (let wait = 700; ; wait = Math.min(wait * 1.4, 6000)) {
    const answer = await stateAt(address);
    if (answer && answer.state !== "received") return answer;
    if (slow && Date.now() - began > SLOW_AFTER) {
      slow();
      slow = undefined;
    }
    await pause(wait);
  }
}

async function stateAt(address) {
  let response;
  try {
    response = await fetchWithTimeout(address, { headers: { Accept: "application/json" } });
  } catch {
    return null; // no connection just now
  }
  if (response.status === 403 || response.status === 404 || response.status === 410) {
    location.assign("/my/"); // the session is over: that page says so, and what to do
    return new Promise(() => {});
  }
  return response.ok ? jsonOf(response).catch(() => null) : null;
}
