// A faint copy of an earlier photo over the live picture, for who switched it on. It is kept on
// this phone alone, encrypted by the outbox, and deleted when it is switched off.

import * as outbox from "../outbox.js";
import { settings } from "./settings.js";

export class Ghost {
  #url = "";

  constructor(surface) {
    this.surface = surface;
  }

  async show(view) {
    const blob = settings().ghost ? await outbox.reference(view).catch(() => null) : null;
    if (this.#url) URL.revokeObjectURL(this.#url);
    this.#url = blob ? URL.createObjectURL(blob) : "";
    this.surface.ghost(this.#url);
  }

  // The first photo of a view stays; one that was refused is replaced by a better one.
  async keep({ view, reasons }, blob) {
    if (!settings().ghost) return;
    try {
      const better = reasons.length > 0 || !(await outbox.reference(view));
      if (better) await outbox.setReference(view, blob);
    } catch {
      // No room: it is only a help.
    }
  }

  forget() {
    return outbox.forgetReferences();
  }
}
