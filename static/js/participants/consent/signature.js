// The signature field of the consent page. Without this module, or with the box ticked, the typed
// name is the signature.

import SignaturePad from "../../../lib/signature_pad/signature_pad.min.js";

const field = document.querySelector("[data-signature]");
const area = field.querySelector("[data-pad]");
const canvas = area.querySelector("canvas");
const drawn = field.querySelector("input[name=signature]");
const typed = field.querySelector("input[name=sign_by_typing]");
const INK = "#15152e";

const pad = new SignaturePad(canvas, { penColor: INK, minWidth: 0.8, maxWidth: 2.6 });

// The bitmap follows the size on screen, so that strokes are sharp and land under the finger.
const fit = () => {
  const strokes = pad.toData();
  const ratio = Math.min(Math.max(window.devicePixelRatio || 1, 1), 2);
  const width = Math.round(canvas.offsetWidth * ratio);
  if (!width || width === canvas.width) return;
  canvas.width = width;
  canvas.height = Math.round(canvas.offsetHeight * ratio);
  canvas.getContext("2d").scale(ratio, ratio);
  pad.clear();
  if (strokes.length) pad.fromData(strokes);
  else if (drawn.value.startsWith("data:image/png;base64,")) {
    // A form that came back with a mistake elsewhere brings its signature along.
    const [width, height] = [canvas.offsetWidth, canvas.offsetHeight];
    pad.fromDataURL(drawn.value, { width, height }).catch(() => pad.clear());
  }
};

const show = () => {
  area.hidden = typed.checked;
  if (!typed.checked) fit();
};

const keep = () => {
  drawn.value = typed.checked || pad.isEmpty() ? "" : pad.toDataURL("image/png");
  drawn.dispatchEvent(new Event("change", { bubbles: true }));
};

show();
pad.addEventListener("endStroke", keep);
typed.addEventListener("change", () => {
  show();
  keep();
});
area.querySelector("[data-clear]").addEventListener("click", () => {
  pad.clear();
  keep();
});
area.querySelector("[data-undo]")?.addEventListener("click", () => {
  pad.fromData(pad.toData().slice(0, -1));
  keep();
});
// Also when the field comes into sight later, and when the phone is turned.
new ResizeObserver(fit).observe(canvas);
