// An example beside the photo, on request.

export const besidePhoto = (root) => {
  const figure = root.querySelector("[data-beside]");
  const buttons = [...root.querySelectorAll("[data-anchor]")];
  const show = (button) => {
    for (const one of buttons) one.setAttribute("aria-pressed", String(one === button));
    figure.hidden = !button;
    figure.closest("[data-photos]").toggleAttribute("data-with-anchor", Boolean(button));
    if (!button) return;
    const words = button.textContent.trim();
    const image = figure.querySelector("[data-beside-image]");
    image.src = button.dataset.anchor;
    image.alt = words;
    figure.querySelector("[data-beside-words]").textContent = words;
  };
  for (const button of buttons)
    button.addEventListener("click", () =>
      show(button.getAttribute("aria-pressed") === "true" ? null : button),
    );
  figure.querySelector("[data-beside-close]").addEventListener("click", () => show(null));
};
