// Browsers find a library below static/lib; here it lies in node_modules. Import this first, and
// then `await import(…)` what needs it.

import { register } from "node:module";
import { isMainThread } from "node:worker_threads";

const PLACES = { "../../lib/idb/index.js": "../../node_modules/idb/build/index.js" };

if (isMainThread) register(import.meta.url);

export const resolve = (wanted, context, next) =>
  wanted in PLACES
    ? { url: new URL(PLACES[wanted], import.meta.url).href, shortCircuit: true }
    : next(wanted, context);
