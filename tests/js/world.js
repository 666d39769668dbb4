// The world around a module, as a test says it is: the line, the clock, and what is waited for.

// `answers` are given in turn: what `response()` made, or an Error for a line that is dead. Returns
// the requests that were made: [{ address, method, headers, body }].
export function line(...answers) {
  const asked = [];
  globalThis.fetch = (address, { method = "GET", headers = {}, body } = {}) => {
    asked.push({ address, method, headers, body });
    const answer = answers.shift() ?? new Error("nobody said what to answer");
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
  return asked;
}

export const response = (status, headers = {}, body = null) =>
  new Response(body === null ? null : JSON.stringify(body), { status, headers });

// An answer of which a line that broke left only a part.
export const cut = (status, body) => new Response(JSON.stringify(body).slice(0, -3), { status });

// An answer whose line breaks while it is read.
export const broken = (status) =>
  new Response(
    new ReadableStream({
      pull: (stream) => stream.error(new TypeError("network error")),
    }),
    { status },
  );

// Our own refusal.
export const refusal = (status, code) =>
  response(status, {}, { type: `urn:gsh:problem:${code}`, title: "No.", detail: "Because." });

// Nothing waits: every timer is due at once, and its time is noted. Returns the times in ms.
export function hurried() {
  const waits = [];
  globalThis.setTimeout = (act, ms) => {
    waits.push(ms);
    const timer = setImmediate(act);
    return timer;
  };
  globalThis.clearTimeout = (timer) => clearImmediate(timer);
  return waits;
}

// The waits among what `hurried()` noted: without the timers that give up a request, one for each.
const REQUEST_TIMEOUT = 90_000;
export const pausesOf = (waits) => waits.filter((ms) => ms !== REQUEST_TIMEOUT);

// A clock that stands still until `tick(ms)`.
export function clock(at = Date.UTC(2026, 0, 5, 8)) {
  let now = at;
  Date.now = () => now;
  return {
    tick: (ms) => {
      now += ms;
    },
    now: () => now,
  };
}
