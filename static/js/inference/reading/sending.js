// Answers on their way: kept until the server has them, sent one after the other, and again with the
// same number when the line broke, so that none is lost and none counts twice.

export const WAITS = [1_000, 2_000, 4_000, 8_000, 15_000];

export class Outbox {
  // send(entry) → {kind: "saved" | "refused" | "offline" | "signed out", …}
  // store: what remembers the answers when the page is loaded again (sessionStorage).
  constructor({ send, store, name, tell, wait = (ms, act) => setTimeout(act, ms) }) {
    Object.assign(this, { send, store, name, tell, wait });
    this.entries = JSON.parse(store.getItem(name) ?? "[]");
    this.busy = false;
    this.tried = 0;
  }

  get size() {
    return this.entries.length;
  }

  keep() {
    if (this.size) this.store.setItem(this.name, JSON.stringify(this.entries));
    else this.store.removeItem(this.name);
  }

  add(entry) {
    this.entries.push(entry);
    this.keep();
    return this.drain();
  }

  // Whether the last one has not set out yet: of one that has, the server may know already.
  get open() {
    const last = this.entries.at(-1);
    return Boolean(last) && !last.tried;
  }

  takeBack() {
    if (!this.open) return null;
    const last = this.entries.pop();
    this.keep();
    return last;
  }

  async drain() {
    if (this.busy) return;
    this.busy = true;
    this.turn = (this.turn ?? 0) + 1;
    while (this.size) {
      const entry = this.entries[0];
      entry.tried = true;
      this.keep();
      const told = await this.send(entry);
      if (told.kind === "offline" || told.kind === "signed out") {
        this.busy = false;
        this.tell({ ...told, left: this.size });
        if (told.kind === "offline") this.later();
        return;
      }
      this.tried = 0;
      this.entries.shift();
      this.keep();
      this.tell({ ...told, entry, left: this.size });
    }
    this.busy = false;
  }

  later() {
    const turn = this.turn;
    const ms = WAITS[Math.min(this.tried, WAITS.length - 1)];
    this.tried += 1;
    // Sent meanwhile, by hand or as the line came back: this one is of no more use.
    this.wait(ms, () => turn === this.turn && this.drain());
  }

  forget() {
    this.entries = [];
    this.keep();
  }
}
