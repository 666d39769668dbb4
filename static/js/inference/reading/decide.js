// Deciding where readers differ: the photo, what readers said, and what stands.

import { besidePhoto } from "./anchors.js";
import { onKeys } from "./keys.js";
import { Panel } from "./panel.js";
import { CasePhoto, inStep } from "./photo.js";
import { Pictures } from "./pictures.js";
import { ask } from "./server.js";

const start = (root) => {
  const { base, key } = root.dataset;
  const part = (name) => root.querySelector(`[data-${name}]`);
  const panel = new Panel(part("panel"));
  const save = root.querySelector("[data-act=save]");
  const stages = [...root.querySelectorAll("[data-stage]")];
  const pictures = new Pictures({ base, places: stages.length });
  const ratio = Number(root.dataset.full) / Number(root.dataset.screen);
  const mm = root.dataset.mm.trim().split(/\s+/).map(Number);
  const photos = stages.map((stage, place) => new CasePhoto(stage, { pictures, place, ratio }));
  if (photos.length > 1) inStep(photos);
  for (const [place, photo] of photos.entries()) photo.give(key, mm[place]);
  pictures.want([key]);
  besidePhoto(root);
  let busy = false;

  const draw = () => {
    save.disabled = busy || !panel.complete;
  };
  const notice = (words) => {
    part("notice").textContent = words;
    part("notice").dataset.kind = words ? "warn" : "";
  };
  const end = ({ title, words }) => {
    part("work").hidden = true;
    part("end-title").textContent = title;
    part("end-words").textContent = words;
    part("end").hidden = false;
    part("end").focus();
  };
  const decide = async () => {
    if (busy || !panel.complete) return;
    busy = true;
    draw();
    const told = await ask(`${base}${key}/`, panel.answer());
    busy = false;
    if (told.kind === "saved") location.reload();
    else if (told.kind === "refused") end(told);
    else if (told.kind === "signed out") document.getElementById("signed-out")?.showModal();
    else notice(`${told.words} Your decision is not sent yet: press “Decide and next” again.`);
    draw();
  };
  part("panel").addEventListener("submit", (event) => {
    event.preventDefault();
    decide();
  });
  part("panel").addEventListener("panel:given", draw);
  onKeys({
    enabled: () => localStorage.getItem("reading:keys") !== "no",
    act: (name) => {
      if (name === "enter") decide();
      if (name === "unreadable") panel.openUnreadable();
    },
    digit: (number) => panel.digit(number),
  });
  draw();
};

const root = document.querySelector("[data-deciding]");
if (root) start(root);
