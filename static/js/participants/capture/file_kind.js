// What a chosen file's header says, asked before the photo is kept. `formats` is the server's own
// list, format → the most pixels it takes in (participants/imaging/formats.py).

const HEAD = 1024 * 1024; // bytes; a JPEG's frame stands behind its thumbnails and profiles
const UNREAD = [0xc3, 0xc5, 0xc6, 0xc7, 0xcb, 0xcd, 0xce, 0xcf, 0xf7];
const FRAMES = [0xc0, 0xc1, 0xc2, 0xc9, 0xca, ...UNREAD];

const HEIC = /hei[cf]|avif/i; // by name or type: browsers that cannot show it may still send it

// Whether it is a photo by its header, whatever this browser can show of it.
export async function isPhoto(file) {
  if (HEIC.test(file.type) || HEIC.test(file.name ?? "")) return true;
  const head = new DataView(await file.slice(0, HEAD).arrayBuffer());
  return Boolean(jpeg(head) ?? png(head) ?? webp(head) ?? avif(head));
}

// "kind_not_readable", "too_many_pixels" or null: nothing is known against it.
export async function refusalOf(blob, formats) {
  const head = new DataView(await blob.slice(0, HEAD).arrayBuffer());
  const found = jpeg(head) ?? png(head) ?? webp(head) ?? avif(head);
  if (!found) return null;
  if (!found.read) return "kind_not_readable";
  return found.width * found.height > formats[found.format] ? "too_many_pixels" : null;
}

const BRANDS = ["avif", "avis"];
const SIZES = 64 * 1024; // bytes; a picture's properties stand before its pixels

// Sizes (ISO/IEC 23008-12, 6.5.3) of the picture and of its parts, of which it is the largest.
function avif(head) {
  if (!starts(head, "ftyp", 4) || !BRANDS.some((brand) => starts(head, brand, 8))) return null;
  let [width, height] = [0, 0];
  for (let at = 12; at + 16 <= Math.min(head.byteLength, SIZES); at += 1) {
    if (head.getUint8(at) !== 0x69 || !starts(head, "ispe", at)) continue;
    const sides = [head.getUint32(at + 8), head.getUint32(at + 12)];
    if (sides[0] * sides[1] > width * height) [width, height] = sides;
  }
  return { format: "AVIF", read: true, width, height };
}

const starts = (head, words, at = 0) =>
  head.byteLength >= at + words.length &&
  [...words].every((letter, i) => head.getUint8(at + i) === letter.charCodeAt(0));

// The first frame (ITU-T T.81, B.2.2), found by stepping from segment to segment.
function jpeg(head) {
  if (!starts(head, "\xff\xd8\xff")) return null;
  for (let at = 2; at + 9 < head.byteLength && head.getUint8(at) === 0xff; ) {
    const marker = head.getUint8(at + 1);
    if (marker === 0xff) {
      at += 1; // filling
    } else if (FRAMES.includes(marker)) {
      const read = !UNREAD.includes(marker) && head.getUint8(at + 4) === 8; // bits of a sample
      const [height, width] = [head.getUint16(at + 5), head.getUint16(at + 7)];
      return { format: "JPEG", read, width, height };
    } else {
      at += 2 + head.getUint16(at + 2);
    }
  }
  return null;
}

function png(head) {
  if (!starts(head, "\x89PNG\r\n\x1a\n") || head.byteLength < 24) return null;
  const read = !starts(head, "CgBI", 12); // packed for an app on an iPhone
  const [width, height] = read ? [head.getUint32(16), head.getUint32(20)] : [0, 0];
  return { format: "PNG", read, width, height };
}

function webp(head) {
  if (!starts(head, "RIFF") || !starts(head, "WEBP", 8) || head.byteLength < 30) return null;
  const size = (width, height) => ({ format: "WEBP", read: true, width, height });
  if (starts(head, "VP8X", 12)) {
    const side = (at) => 1 + head.getUint16(at, true) + (head.getUint8(at + 2) << 16);
    return size(side(24), side(27));
  }
  if (starts(head, "VP8L", 12)) {
    const bits = head.getUint32(21, true);
    return size(1 + (bits & 0x3fff), 1 + ((bits >>> 14) & 0x3fff));
  }
  if (!starts(head, "VP8 ", 12)) return null;
  return size(head.getUint16(26, true) & 0x3fff, head.getUint16(28, true) & 0x3fff);
}
