// SHA-256 of a file as hexadecimal, and random photo numbers.
//
// The browser's own digest exists only on secure pages (https or localhost). Others, such as a demo
// opened over the local network, load one as they open, so that it is there when they are offline.

const PIECE = 1024 * 1024;
const plain = globalThis.crypto?.subtle ? null : import("./sha256_plain.js");
plain?.catch(() => {}); // told when a photo is to be kept

const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

export async function sha256(file) {
  if (!plain) {
    const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
    return hex(new Uint8Array(digest));
  }
  const hash = new (await plain).Sha256();
  for (let at = 0; at < file.size; at += PIECE) {
    hash.update(new Uint8Array(await file.slice(at, at + PIECE).arrayBuffer()));
  }
  return hash.hex();
}

export function newId() {
  if (globalThis.crypto?.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40; // version 4
  bytes[8] = (bytes[8] & 0x3f) | 0x80; // RFC 9562 variant
  return hex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
