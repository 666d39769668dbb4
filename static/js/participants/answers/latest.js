// Writes what there is, never two at once. Of what is put while one is written only the newest is
// written then: on a phone that writes slower than a person answers, the answers would else stand in
// a queue, and be lost with the tab.

export class Latest {
  #write;
  #make = null;
  #written = Promise.resolve();

  // `write(content)` returns a promise.
  constructor(write) {
    this.#write = write;
  }

  // `make()` gives the content when its turn comes. Resolves once that, or something newer, is written.
  put(make) {
    this.#make = make;
    const next = () => this.#next();
    this.#written = this.#written.then(next, next);
    return this.#written;
  }

  async #next() {
    const make = this.#make;
    if (!make) return;
    this.#make = null;
    await this.#write(make());
  }
}
