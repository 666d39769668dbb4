// The form engine as the phone's frame has it, over a DOM of jsdom: { open, finish } of frame.js.

import "../../libraries.js";
import { JSDOM } from "jsdom";

const { window } = new JSDOM("", { url: "https://skin.example.org/my/form-engine/" });
for (const name of Object.getOwnPropertyNames(window)) {
  if (!(name in globalThis) && !name.endsWith("Storage")) globalThis[name] = window[name];
}
for (const name of ["File", "Blob", "FormData"]) globalThis[name] = window[name];
globalThis.__dirname = import.meta.dirname;
await import("#js/participants/answers/frame.js");

export const { open, finish } = globalThis.forms;
