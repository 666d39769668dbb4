// Brightness and contrast, where the study allows them: set back for each case, and kept with it.

export class Look {
  constructor(root) {
    this.inputs = [...root.querySelectorAll("[data-look-at]")];
    this.photos = [...root.querySelectorAll("[data-deep]")];
    for (const input of this.inputs) input.addEventListener("input", () => this.draw());
  }

  get viewing() {
    return Object.fromEntries(this.inputs.map((one) => [one.dataset.lookAt, Number(one.value)]));
  }

  reset() {
    for (const input of this.inputs) input.value = 100;
    this.draw();
  }

  draw() {
    const { brightness = 100, contrast = 100 } = this.viewing;
    const plain = brightness === 100 && contrast === 100;
    for (const photo of this.photos)
      photo.style.filter = plain ? "" : `brightness(${brightness}%) contrast(${contrast}%)`;
  }
}
