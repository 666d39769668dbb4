// Inside the form engine's frame: a form opened, answers restored, answers finished.
//
// The engine (@getodk/xforms-engine, as on the server) compiles WebAssembly, which only this frame's
// policy allows. Page and frame are of one origin: the page holds the engine's nodes and sets them.

import { asAt, setTime } from "./clock.js"; // before the engine
import { loadForm } from "../../../lib/xforms/index.js";

const NAME = "xml_submission_file";

function dataOf(xml) {
  const data = new FormData();
  data.set(NAME, new File([xml], NAME, { type: "text/xml" }));
  return { data: [data] };
}

function speak(root, language) {
  const known = root.languages.find((one) => one.language === language);
  if (language && known) root.setLanguage(known);
  return root;
}

async function loaded(xform) {
  const form = await loadForm(xform);
  if (form.status === "failure") throw form.error ?? new Error("the form cannot be opened");
  return form;
}

const begun = async (form, xml) =>
  xml ? await form.restoreInstance(dataOf(xml)) : form.createInstance();

// The root node of a form, empty or with the answers of `xml`.
async function open({ xform, xml = "", language = "", offset = 0, zone = "" }) {
  setTime({ offset, zone });
  const form = await loaded(xform);
  const { root } = await begun(form, xml);
  return speak(root, language);
}

// The answers as the server will judge them: restored anew, at the moment they were finished. The
// rest of the engine's last word, `root`, says what is wrong where it is not `ready`.
async function finish({ xform, xml, language = "", offset = 0, zone = "", at }) {
  setTime({ offset, zone });
  const form = await loaded(xform);
  return asAt(at, async () => {
    const { root } = await begun(form, xml);
    speak(root, language);
    const payload = await root.prepareInstancePayload({ payloadType: "monolithic" });
    return { ready: payload.status === "ready", xml: root.instanceState.instanceXML, root };
  });
}

globalThis.forms = { open, finish };
globalThis.parent?.postMessage({ kind: "forms-ready" }, globalThis.location.origin);
