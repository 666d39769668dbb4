// The sheet of settings over the camera: opening it, and what its switches remember.

import { remember, settings } from "./settings.js";
import { canSpeak } from "./speech.js";

// `changed(name, on)` hears of every switch: auto, sound, spoken, ghost; `opened(yes)` of the sheet, so that
// no photo takes itself while a person reads.
export function wireSwitches(dialog, { changed, opened }) {
  const toggle = dialog.querySelector("[data-options-toggle]");
  const sheet = dialog.querySelector("#cam-options");
  const show = (open) => {
    toggle.setAttribute("aria-expanded", String(open));
    sheet.hidden = !open;
    opened(open);
    if (open) sheet.querySelector("input").focus();
    else toggle.focus();
  };
  toggle.addEventListener("click", () => show(sheet.hidden));
  dialog.querySelector("[data-options-close]").addEventListener("click", () => show(false));
  for (const box of dialog.querySelectorAll("[data-set]")) {
    const name = box.dataset.set;
    box.checked = settings()[name];
    if (name === "spoken" && !canSpeak()) box.closest("label").hidden = true;
    box.addEventListener("change", () => {
      remember({ [name]: box.checked });
      changed(name, box.checked);
    });
  }
}
