// One photo by tus 1.0.0 (https://tus.io), over a connection that drops, in pages and in the worker.
//
// fetch alone, because a service worker has nothing else. A photo counts as arrived only when the
// server answers with its SHA-256.

const VERSION = "1.0.0";
const FIRST_CHUNK = 128 * 1024;
const CHUNKS = [32 * 1024, 1024 * 1024];
const CHUNK_MS = 4000; // what a chunk should take: small on a slow connection, so that little is lost
const TIMEOUT = 90_000; // no answer for this long: no connection, whatever the phone believes
const DELAYS = [300, 1000, 2000, 4000, 8000];
const RESENDS = 3; // of a photo that keeps arriving damaged

// Refusals after which the upload goes on: from the offset the server names, or created anew.
const RETRIED = new Set(["offset_wrong", "upload_busy"]);
const RESTARTED = new Set(["upload_expired", "upload_unknown"]);

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Refusals that the participant can lift: by consenting anew, or with their study team.
export const LIFTED_BY_CONSENT = new Set(["consent_outdated", "consent_missing"]);

// The server refused: { code, title, detail } say why.
export class Refused extends Error {
  constructor({ code, title, detail }) {
    super(detail);
    Object.assign(this, { code, title, detail });
  }
}

// No connection, or an error of the server's: temporary, to be tried again.
export class Unreachable extends Error {}

// The server has no room: temporary, but not over in seconds, so this upload waits with the others.
export class NoRoom extends Unreachable {}

export async function problemOf(response) {
  let body = {};
  try {
    body = await response.json();
  } catch {
    // Not from the application: from a proxy.
  }
  const code = String(body.type ?? "").replace("urn:gsh:problem:", "");
  return { code, title: body.title ?? "", detail: body.detail ?? "", status: response.status };
}

// fetch with a limit that holds for the whole answer; throws Unreachable where there is none, or
// where a part of it was lost.
export async function fetchWithTimeout(address, options = {}) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), TIMEOUT);
  try {
    const response = await fetch(address, {
      credentials: "same-origin",
      cache: "no-store",
      redirect: "error",
      ...options,
      signal: abort.signal,
    });
    const body = await response.arrayBuffer();
    return new Response(body.byteLength > 0 ? body : null, response);
  } catch (error) {
    throw new Unreachable(String(error));
  } finally {
    clearTimeout(timer);
  }
}

// The JSON of an answer; throws Unreachable where a line that broke left only a part of it.
export async function jsonOf(response) {
  try {
    return await response.json();
  } catch (error) {
    throw new Unreachable(String(error));
  }
}

const base64 = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));
const metadataOf = (values) =>
  Object.entries(values)
    .map(([name, value]) => `${name} ${base64(value)}`)
    .join(",");

// Options: blob, sha256, endpoint, url (address kept from an earlier try), metadata, csrf, and the
// listeners created(url) and progress(share), both awaited. Resolves once the photo has arrived.
export async function send({ blob, sha256, endpoint, url, metadata, csrf, created, progress }) {
  const common = { "Tus-Resumable": VERSION, "X-CSRFToken": csrf };
  let chunk = FIRST_CHUNK;
  let damages = 0;
  let failures = 0;

  const request = async (address, options) => {
    const response = await fetchWithTimeout(address, {
      ...options,
      headers: { ...common, ...options.headers },
    });
    if (response.ok) return response;
    if (response.status === 507) throw new NoRoom("no_room");
    if (response.status === 408 || response.status >= 500) throw new Unreachable("status");
    const problem = options.method === "HEAD" ? headProblem(response) : await problemOf(response);
    if (RETRIED.has(problem.code)) throw new Unreachable(problem.code);
    if (RESTARTED.has(problem.code)) {
      url = null;
      throw new Unreachable(problem.code);
    }
    if (problem.code === "photo_damaged" && damages < RESENDS) {
      damages += 1;
      url = null;
      throw new Unreachable(problem.code);
    }
    throw new Refused(problem);
  };

  const create = async () => {
    const response = await request(endpoint, {
      method: "POST",
      headers: { "Upload-Length": String(blob.size), "Upload-Metadata": metadataOf(metadata) },
    });
    url = new URL(response.headers.get("Location"), globalThis.location.href).href;
    await created(url);
    return response;
  };

  const locate = () => (url ? request(url, { method: "HEAD" }) : create());

  const sendChunk = async (offset) => {
    const body = blob.slice(offset, offset + chunk);
    const began = Date.now();
    try {
      const response = await request(url, {
        method: "PATCH",
        headers: {
          "Content-Type": "application/offset+octet-stream",
          "Upload-Offset": String(offset),
        },
        body,
      });
      const took = Math.max(Date.now() - began, 1);
      chunk = clamped((body.size * CHUNK_MS) / took);
      return response;
    } catch (error) {
      chunk = clamped(chunk / 2);
      throw error;
    }
  };

  let answer = null;
  for (;;) {
    try {
      answer ??= await locate();
      const offset = Number(answer.headers.get("Upload-Offset"));
      await progress(offset / blob.size);
      if (offset >= blob.size) {
        verify(answer, sha256);
        return;
      }
      answer = await sendChunk(offset);
      failures = 0;
    } catch (error) {
      answer = null;
      const temporary = error instanceof Unreachable && !(error instanceof NoRoom);
      if (!temporary || failures >= DELAYS.length) throw error;
      if (globalThis.navigator?.onLine === false) throw error;
      await pause(DELAYS[failures]);
      failures += 1;
    }
  }
}

const clamped = (size) => Math.round(Math.min(Math.max(size, CHUNKS[0]), CHUNKS[1]));

// An answer to HEAD has no body, so its status has to say what was refused.
function headProblem(response) {
  const codes = { 404: "upload_unknown", 410: "upload_expired", 423: "upload_busy" };
  const code = codes[response.status] ?? "";
  return { code, title: "", detail: "", status: response.status };
}

function verify(response, sha256) {
  if (response.headers.get("Photo-SHA256") !== sha256) {
    throw new Refused({ code: "photo_conflict", title: "", detail: "" });
  }
}
