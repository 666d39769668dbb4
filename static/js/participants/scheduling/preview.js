// The photo that was chosen, shown before it is uploaded.

/** Show `file` in `figure`; say so where the browser cannot. */
export function show(figure, file) {
  const image = figure.querySelector("img");
  const caption = figure.querySelector("figcaption");
  if (image.src) URL.revokeObjectURL(image.src);
  figure.hidden = !file;
  if (!file) return;
  image.hidden = false;
  caption.textContent = `${file.name}, ${(file.size / 1024 ** 2).toFixed(1)} MB`;
  image.addEventListener(
    "error",
    () => {
      image.hidden = true;
      caption.textContent = caption.dataset.none;
    },
    { once: true },
  );
  image.src = URL.createObjectURL(file);
}

for (const input of document.querySelectorAll("input[type=file][data-preview]")) {
  const figure = document.querySelector(input.dataset.preview);
  input.addEventListener("change", () => show(figure, input.files[0]));
}
