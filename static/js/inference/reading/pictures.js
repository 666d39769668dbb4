// The pictures of the case that is read, and of those that follow: the small ones first, the large
// ones as far as the line carries them. Each is fetched once and kept while its case may come.

import { fetched } from "../scoring/viewer/loading.js";

const QUICK_MS = 4_000; // a large picture that takes no longer is fetched without being asked for
const LARGE = 3_000_000; // bytes, before one was seen

export class Pictures {
  constructor({ base, places, fetchOne = fetched, now = () => performance.now() }) {
    Object.assign(this, { base, places, fetchOne, now });
    this.keys = [];
    this.kept = new Map(); // "key/place/size" → {promise, url, controller}
    this.rate = 0; // bytes a second
    this.large = LARGE;
    this.ahead = true;
  }

  // The cases that may come, the present one first; what belongs to no other is let go.
  want(keys) {
    this.keys = keys;
    for (const [name, one] of this.kept) {
      if (keys.includes(name.split("/")[0])) continue;
      one.controller.abort();
      if (one.url) URL.revokeObjectURL(one.url);
      this.kept.delete(name);
    }
    this.fetchAhead();
  }

  // → an address to show, without asking the server twice.
  get(key, place, size, onShare = () => {}) {
    const name = `${key}/${place}/${size}`;
    const known = this.kept.get(name);
    if (known) {
      known.onShare = onShare;
      return known.promise;
    }
    const one = { controller: new AbortController(), onShare };
    one.promise = this.fetch(name, one).catch((problem) => {
      if (this.kept.get(name) === one) this.kept.delete(name); // to be tried again
      throw problem;
    });
    one.promise.catch(() => {});
    this.kept.set(name, one);
    return one.promise;
  }

  async fetch(name, one) {
    let first = null; // the line is timed from the first bytes on: before, the server draws
    const share = (part) => {
      first ??= { part, at: this.now() };
      one.onShare(part);
    };
    const blob = await this.fetchOne(`${this.base}${name}/`, share, one.controller.signal);
    if (first && first.part < 1) {
      const rate = (blob.size * (1 - first.part) * 1000) / Math.max(1, this.now() - first.at);
      this.rate = this.rate ? (this.rate + rate) / 2 : rate; // lines become slower and quicker
    } else this.rate ||= blob.size * 1000; // came at once
    if (name.endsWith("/full")) this.large = blob.size;
    one.url = URL.createObjectURL(blob);
    return one.url;
  }

  has(key, place, size) {
    return Boolean(this.kept.get(`${key}/${place}/${size}`)?.url);
  }

  // Whether the line carries a large picture while somebody looks at the small one.
  get quick() {
    return this.rate > 0 && (this.large * this.places * 1000) / this.rate < QUICK_MS;
  }

  // One after the other, so that the next case does not share the line with the one after it.
  async fetchAhead() {
    if (!this.ahead) return;
    const round = {};
    this.round = round;
    for (const size of ["screen", "full"]) {
      for (const key of [...this.keys]) {
        for (let place = 0; place < this.places; place += 1) {
          if (size === "full" && !this.quick) return;
          await this.get(key, place, size).catch(() => {});
          if (this.round !== round) return;
        }
      }
    }
  }
}
