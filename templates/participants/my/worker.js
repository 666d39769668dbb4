{% if sender %}import { drain } from {{ sender|safe }};
self.drainPhotos = drain;
{% endif %}"use strict";
// The service worker of the participant's pages (docs/decisions/0007-offline.md).
//
// It keeps what the pages are made of, and the few pages that a visit needs, for the participant
// who opened them last; asks the network first for every page; and sends photos and answers when the
// browser wakes it. Never kept: any other page, a PDF, an answer of the server about data.

const CONFIG = {{ config|safe }};
const ASSETS = `my-assets-${CONFIG.version}`;
const ENGINE = `my-engine-${CONFIG.engineVersion}`;
const PAGES = "my-pages";
const OWNER = `${CONFIG.home}.owner`;
const PATIENCE = 8000; // a line that says nothing for this long is taken for none
const VISIT = new RegExp(`^${CONFIG.home}visits/[^/]+/[^/]+/$`);
const FORM = new RegExp(`^${CONFIG.home}questionnaires/[^/]+/[^/]+/$`);
const NOBODYS = [`${CONFIG.home}engine/`, `${CONFIG.home}form-engine/`]; // show no data of anybody

// --- Life --------------------------------------------------------------------------------------

self.addEventListener("install", (event) => {
  event.waitUntil(install());
});

async function install() {
  const cache = await caches.open(ASSETS);
  // One file that cannot be had now is fetched when a page asks for it.
  await Promise.allSettled(CONFIG.assets.map((address) => cache.add(address)));
  await self.skipWaiting();
}

self.addEventListener("activate", (event) => {
  event.waitUntil(activate());
});

async function activate() {
  const current = [ASSETS, ENGINE, PAGES];
  for (const name of await caches.keys()) {
    if (name.startsWith("my-") && !current.includes(name)) await caches.delete(name);
  }
  await self.clients.claim();
}

// --- Answering ---------------------------------------------------------------------------------

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin) return;
  if (request.method === "POST" && url.pathname === CONFIG.leave) {
    event.respondWith(leave(request));
  } else if (request.method !== "GET") {
    return;
  } else if (url.pathname.startsWith(CONFIG.static)) {
    event.respondWith(asset(request, url));
  } else if (request.mode === "navigate") {
    event.respondWith(page(request, url));
  } else if (url.pathname.startsWith(`${CONFIG.home}words/`)) {
    event.respondWith(words(request));
  }
});

async function asset(request, url) {
  if (url.pathname in CONFIG.engineFiles) return engineFile(url.pathname);
  const cache = await caches.open(ASSETS);
  const known = await cache.match(request);
  if (known) return known;
  const response = await fetch(request);
  if (response.status === 200) await cache.put(request, response.clone()).catch(() => {});
  return response;
}

async function words(request) {
  const cache = await caches.open(PAGES);
  try {
    const response = await soon(fetch(request), await cache.match(request));
    if (response.status === 200) await cache.put(request, response.clone()).catch(() => {});
    return response;
  } catch {
    return (await cache.match(request)) ?? Response.error();
  }
}

const kept = (path) =>
  path === CONFIG.home || VISIT.test(path) || FORM.test(path) || path === CONFIG.offline;

async function page(request, url) {
  const copy = await keptCopy(url.pathname);
  const asked = Date.now();
  let response;
  try {
    response = await soon(fetch(request), copy);
  } catch {
    return copy ? marked(copy, "data-kept") : missing("data-missing");
  }
  // A phone that may only send photos keeps the pages of the day; what it may not see is refused.
  const over = response.status === 403 && !response.headers.get("Photos-Only");
  if (url.pathname === CONFIG.left || over) await forgetPages();
  return store(url.pathname, response, asked).catch(() => response);
}

// Rejects when the network is silent for long while there is a copy to show instead.
function soon(answer, copy) {
  if (!copy) return answer;
  answer.catch(() => {});
  const late = new Promise((_resolve, reject) => {
    setTimeout(() => reject(new Error("late")), PATIENCE);
  });
  return Promise.race([answer, late]);
}

async function leave(request) {
  await forgetPages({ but: CONFIG.offline });
  try {
    return await fetch(request);
  } catch {
    return missing("data-leaving");
  }
}

async function missing(mark) {
  const copy = await keptCopy(CONFIG.offline);
  if (copy) return marked(copy, mark);
  const text =
    "No connection. What waits on this phone is safe. Please come back later.";
  return new Response(text, { status: 503, headers: { "Content-Type": "text/plain" } });
}

// --- Pages -------------------------------------------------------------------------------------

// One change of the kept pages at a time: whose they are must not change in between.
let changing = Promise.resolve();
const inTurn = (work) => {
  const done = changing.then(work);
  changing = done.catch(() => {});
  return done;
};

const forgetPages = ({ but } = {}) =>
  inTurn(async () => {
    const cache = await caches.open(PAGES);
    const spared = but && (await cache.match(but));
    await caches.delete(PAGES);
    if (spared) await (await caches.open(PAGES)).put(but, await nobodys(spared));
  });

// The same page without whose it is: neither the number in the menu nor what waits of theirs.
async function nobodys(copy) {
  const text = await copy.text();
  const html = text
    .replace(/ data-participant="[^"]*"/, ' data-participant=""')
    .replace(/<p class="menu__who">.*?<\/p>/s, "");
  return new Response(html, { status: 200, headers: copy.headers });
}

// Keeps a copy if the page is one of a visit, in the name of the participant it says it is of.
// It is as old as the asking: what became true meanwhile may not be in it.
async function store(path, response, asked) {
  const open = NOBODYS.includes(path);
  if (response.status !== 200 || response.redirected || !(open || kept(path))) return response;
  const text = await response.clone().text();
  const owner = /id="queue"[^>]*data-participant="([0-9a-f-]{36})"/.exec(text)?.[1];
  if (!owner && !open) return response;
  const headers = new Headers(response.headers);
  for (const name of ["Content-Encoding", "Content-Length"]) headers.delete(name); // text, unpacked
  headers.set("Kept-At", String(asked));
  await inTurn(async () => {
    if (owner) await own(owner);
    const cache = await caches.open(PAGES);
    await cache.put(path, new Response(text, { status: 200, headers }));
  });
  return response;
}

async function own(owner) {
  const before = await (await caches.open(PAGES)).match(OWNER);
  if ((await before?.text()) === owner) return;
  await caches.delete(PAGES);
  await (await caches.open(PAGES)).put(OWNER, new Response(owner));
}

async function keptCopy(path) {
  const copy = await (await caches.open(PAGES)).match(path);
  const age = Date.now() - Number(copy?.headers.get("Kept-At"));
  return copy && age < CONFIG.keepHours * 3600 * 1000 ? copy : null;
}

// A page can see by its first element that it came from the phone, and how old it is.
async function marked(copy, mark) {
  const text = await copy.text();
  const at = copy.headers.get("Kept-At");
  const html = text.replace(/<html /, `<html ${mark}="${at}" `);
  return new Response(html, { status: 200, headers: copy.headers });
}

// --- What pages ask for ------------------------------------------------------------------------

self.addEventListener("message", (event) => {
  const { kind, addresses = [] } = event.data ?? {};
  if (kind === "visit") event.waitUntil(fetchPages(addresses));
  if (kind === "engine") event.waitUntil(fetchEngine(addresses));
  if (kind === "forget") event.waitUntil(forgetPages());
});

async function fetchPages(addresses) {
  for (const address of addresses) {
    const url = new URL(address, self.location.origin);
    if (url.origin !== self.location.origin) continue;
    try {
      if (url.pathname.startsWith(`${CONFIG.home}words/`)) {
        await (await caches.open(PAGES)).add(url.href);
        continue;
      }
      if (url.pathname.startsWith(CONFIG.static)) {
        await asset(new Request(url.href), url);
        continue;
      }
      const asked = Date.now();
      const response = await fetch(url, { headers: { Accept: "text/html" } });
      await store(url.pathname, response, asked);
    } catch {
      return; // no line: the next page that opens asks again
    }
  }
}

// --- Sending -----------------------------------------------------------------------------------

self.addEventListener("sync", (event) => {
  if (event.tag === "photos" && self.drainPhotos) event.waitUntil(sendPhotos());
});

async function sendPhotos() {
  const left = await self.drainPhotos();
  // A sync that fails is tried again by the browser; another tab that is at it may be closed.
  if (left !== 0) throw new Error("photos are left to send");
}
{% include "participants/capture/my/_worker_engine.js" %}
{% include "participants/messaging/my/_worker_push.js" %}
