// The photo's viewer: the photo on its stage, one activation map over it, faded, and the cleaned
// photo in its place.

import { Notes } from "./viewer/notes.js";
import { Outlines } from "./viewer/outlines.js";
import { Picture } from "./viewer/picture.js";

const open = (viewer) => {
  const stage = viewer.querySelector("[data-stage]");
  if (!stage || viewer.dataset.open) return;
  viewer.dataset.open = "yes";
  const picture = new Picture(stage);
  const strength = viewer.querySelector("[data-opacity]");
  const share = () => (strength ? Number(strength.value) / 100 : 0.7);
  strength?.addEventListener("input", () => picture.fade("map", share()));

  const choose = () => {
    const chosen = viewer.querySelector("input[name=map]:checked");
    picture.layer("map", chosen?.value ?? "", share());
    const cleaned = viewer.querySelector("[data-cleaned]");
    picture.layer("cleaned", cleaned?.checked ? cleaned.dataset.cleaned : "");
  };
  viewer.addEventListener("change", (event) => {
    if (event.target.name === "map") picture.layer("map", event.target.value, share());
    else if (event.target.matches("[data-cleaned]"))
      picture.layer("cleaned", event.target.checked ? event.target.dataset.cleaned : "");
  });
  // A browser that goes back keeps what was chosen.
  stage.addEventListener("picture:ready", () => {
    choose();
    const outlined = viewer.querySelector("[data-outlines]:has([data-outlined])");
    if (outlined) new Outlines(picture, outlined);
    const notes = document.querySelector("[data-notes]");
    if (notes) new Notes(picture, notes);
  });
};

const openAll = () => document.querySelectorAll("[data-viewer]").forEach(open);
openAll();
document.addEventListener("htmx:load", openAll);
