// The photo's viewer: lays one activation map over the photo, fades it, swaps in the cleaned photo.

const open = (viewer) => {
  if (viewer.dataset.open) return;
  viewer.dataset.open = "yes";
  const photo = viewer.querySelector("[data-photo]");
  const map = viewer.querySelector("[data-map]");
  const opacity = viewer.querySelector("[data-opacity]");
  const cleaned = viewer.querySelector("[data-cleaned]");

  const fade = () => {
    map.style.opacity = String(Number(opacity.value) / 100);
  };
  viewer.addEventListener("change", (event) => {
    const choice = event.target;
    if (choice.name !== "map") return;
    map.hidden = !choice.value;
    if (choice.value) map.src = choice.value;
  });
  if (opacity && map) {
    opacity.addEventListener("input", fade);
    fade();
  }
  if (cleaned && photo) {
    const original = photo.src;
    cleaned.addEventListener("change", () => {
      photo.src = cleaned.checked ? cleaned.dataset.cleaned : original;
    });
  }
};

const openAll = () => document.querySelectorAll("[data-viewer]").forEach(open);
openAll();
document.addEventListener("htmx:load", openAll);
