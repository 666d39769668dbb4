
// --- The landmark engine -----------------------------------------------------------------------
//
// Megabytes, over a line that may be slow or break. Each piece that came is kept, and what was begun
// goes on at the byte where it stopped, whichever page asked for it and whether or not it is still open.

const PIECE = 128 * 1024; // bytes that are kept at a time
const TRIES = 5; // in a row, without a byte in between
const PAUSE = 1000; // ms, doubled with each of them
const underway = new Map(); // address → promise of the whole file
const amounts = new Map(); // address → bytes that are here

// The whole file, from this phone or the line. Rejects when the line is gone for good.
async function engineFile(address) {
  if (!underway.has(address)) {
    underway.set(
      address,
      gatherFile(address).finally(() => underway.delete(address)),
    );
  }
  return (await underway.get(address)).clone();
}

async function gatherFile(address) {
  const cache = await caches.open(ENGINE);
  const known = await cache.match(address);
  if (known) return known;
  const file = { address, size: CONFIG.engineFiles[address], pieces: [], type: "" };
  await recall(cache, file);
  for (let failed = 0; ; ) {
    const before = lengthOf(file);
    try {
      await goOn(cache, file);
      return await put(cache, file);
    } catch (error) {
      failed = lengthOf(file) > before ? 0 : failed + 1;
      if (failed === TRIES) throw error;
      await new Promise((on) => setTimeout(on, PAUSE * 2 ** failed));
    }
  }
}

const lengthOf = ({ pieces }) => pieces.reduce((sum, { size }) => sum + size, 0);
const pieceOf = (address, number) => `${address}?piece=${number}`;

// The pieces that are kept from before.
async function recall(cache, file) {
  for (;;) {
    const piece = await cache.match(pieceOf(file.address, file.pieces.length));
    if (!piece) return;
    file.type = piece.headers.get("Content-Type");
    file.pieces.push(await piece.blob());
  }
}

async function goOn(cache, file) {
  const from = lengthOf(file);
  if (from === file.size) return;
  const headers = from ? { Range: `bytes=${from}-` } : {};
  const response = await fetch(file.address, { headers });
  if (from && response.status !== 206) await forgetPieces(cache, file); // it begins anew
  if (response.status !== 200 && response.status !== 206) throw new Error("not served");
  file.type = response.headers.get("Content-Type") ?? "";
  const reader = response.body.getReader();
  let parts = [];
  let length = 0;
  const keepPiece = async () => {
    if (!length) return;
    const piece = new Blob(parts, { type: file.type });
    parts = [];
    length = 0;
    file.pieces.push(piece);
    const copy = new Response(piece, { headers: { "Content-Type": file.type } });
    await cache.put(pieceOf(file.address, file.pieces.length - 1), copy).catch(() => {});
    amounts.set(file.address, lengthOf(file));
    await tellEngine();
  };
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(value);
      length += value.byteLength;
      if (length >= PIECE) await keepPiece();
    }
  } finally {
    await keepPiece(); // what came before the line broke as well
  }
}

async function put(cache, file) {
  const length = lengthOf(file);
  if (length !== file.size) {
    // Short: the line ended without saying so. Long: pieces of two files; neither is of use.
    if (length > file.size) await forgetPieces(cache, file);
    throw new Error("not whole");
  }
  const headers = { "Content-Type": file.type, "Content-Length": String(length) };
  const whole = new Response(new Blob(file.pieces), { headers });
  await cache.put(file.address, whole.clone()).catch(() => {});
  await forgetPieces(cache, file);
  amounts.set(file.address, length);
  return whole;
}

async function forgetPieces(cache, file) {
  const { length } = file.pieces;
  file.pieces = [];
  for (let number = 0; number < length; number += 1) {
    await cache.delete(pieceOf(file.address, number));
  }
}

// --- How far it is -----------------------------------------------------------------------------

let wanted = []; // the files that pages wait for
let gathering = null;

// Pages ask again while they wait: that keeps the browser from ending this worker meanwhile.
function fetchEngine(addresses) {
  wanted = addresses.filter((address) => address in CONFIG.engineFiles);
  if (gathering) tellEngine();
  gathering ??= gatherAll().finally(() => {
    gathering = null;
  });
  return gathering;
}

async function gatherAll() {
  const cache = await caches.open(ENGINE);
  for (const address of wanted) {
    const file = { address, pieces: [] };
    if (await cache.match(address)) amounts.set(address, CONFIG.engineFiles[address]);
    else await recall(cache, file).then(() => amounts.set(address, lengthOf(file)));
  }
  await tellEngine();
  try {
    for (const address of wanted) await engineFile(address);
    await tellEngine({ done: true });
  } catch {
    await tellEngine(); // the page asks again
  }
}

async function tellEngine({ done = false } = {}) {
  const sum = (sizeOf) => wanted.reduce((all, address) => all + sizeOf(address), 0);
  const total = sum((address) => CONFIG.engineFiles[address]);
  if (!total) return;
  const loaded = done ? total : sum((address) => amounts.get(address) ?? 0);
  const pages = await self.clients.matchAll({ includeUncontrolled: true });
  for (const page of pages) page.postMessage({ kind: "engine", loaded, total, done });
}
