// Browsers find a library below static/lib; here it lies in node_modules. Import this first, and
// then `await import(…)` what needs it.

import { register } from "node:module";
import { isMainThread } from "node:worker_threads";

const LIB = new URL("../../static/lib/", import.meta.url).href;
const PLACES = {
  "idb/umd.js": "../../node_modules/idb/build/umd.js",
  "xforms/index.js": "../../node_modules/@getodk/xforms-engine/dist/index.js",
};

if (isMainThread) register(import.meta.url);

export const resolve = (wanted, context, next) => {
  const address = wanted.startsWith(".") ? new URL(wanted, context.parentURL).href : "";
  const place = address.startsWith(LIB) && PLACES[address.slice(LIB.length)];
  return place
    ? { url: new URL(place, import.meta.url).href, shortCircuit: true }
    : next(wanted, context);
};
