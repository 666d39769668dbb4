"""A phone's outbox as browser tests drive it: photos kept, lines broken, the database read raw."""

import os
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, Request, Route, expect

from participants.capture.models import Photo
from tests.browser.chromium import assert_accessible, assert_no_sideways_scroll, screenshot

HEAD = b"\xff\xd8\xff\xe0\x00\x10JFIF"
MEGABYTE = 1024 * 1024

KEEP = """async ([bytes, view, how]) => {
  const { secure, use } = await import("/static/js/participants/capture/outbox.js");
  const blob = new Blob([new Uint8Array(bytes)], { type: "image/jpeg" });
  try {
    const id = await secure({ blob, visit: "week-0", view, how });
    await use(id);
    return id;
  } catch (error) {
    return `${error.constructor.name}: ${error.words ?? error.message}`;
  }
}"""
WAITING = """async () => {
  const { waiting } = await import("/static/js/participants/capture/outbox.js");
  return waiting();
}"""
# Every record of every store, read without our modules: what a copy of the disk would show.
RAW = """async () => {
  const db = await new Promise((resolve, reject) => {
    const asked = indexedDB.open("gsh-outbox");
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
  const found = {};
  for (const name of db.objectStoreNames) {
    const records = await new Promise((resolve) => {
      const all = db.transaction(name).objectStore(name).getAll();
      all.onsuccess = () => resolve(all.result);
    });
    found[name] = records.map((record) => {
      if (record instanceof CryptoKey) return { extractable: record.extractable };
      const plain = {};
      for (const [key, value] of Object.entries(record)) {
        const binary = value instanceof ArrayBuffer || ArrayBuffer.isView(value);
        plain[key] = binary ? [...new Uint8Array(value.buffer ?? value)] : value;
      }
      return plain;
    });
  }
  db.close();
  return found;
}"""
READY = """async () => {
  if (!navigator.serviceWorker.controller) return false;
  const paths = new Set();
  for (const name of await caches.keys()) {
    for (const request of await (await caches.open(name)).keys()) {
      paths.add(new URL(request.url).pathname);
    }
  }
  return ["/my/", "/my/offline/", "/my/visits/week-0/right/",
    "/static/js/participants/capture/outbox.js"].every(
    (path) => paths.has(path));
}"""


def jpeg(size: int = 300_000) -> bytes:
    """Bytes that begin as a JPEG does."""
    return HEAD + os.urandom(size)


def keep(
    page: Page, content: bytes, *, view: str = "front", how: dict[str, Any] | None = None
) -> str:
    """Give a photo to the outbox of the page, as the camera does; its number, or the refusal."""
    return str(page.evaluate(KEEP, [list(content), view, how or {}]))


def nobody_says_whose(page: Page) -> None:
    """From now on the phone cannot ask whose session it is; what it asked before is answered."""
    page.wait_for_load_state("networkidle")
    page.context.route("**/my/today.json", lambda route: route.abort())


def waiting(page: Page) -> list[dict[str, Any]]:
    """What the page says waits on this phone."""
    return list(page.evaluate(WAITING))


def raw(page: Page) -> dict[str, list[dict[str, Any]]]:
    """The database as it lies there."""
    return dict(page.evaluate(RAW))


def wait_until(page: Page, holds: Callable[[], bool], what: str, *, seconds: int = 20) -> None:
    """Ask again until it holds, while the page goes on."""
    for _ in range(seconds * 20):
        if holds():
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"{what}: not within {seconds} s")


def arrived(page: Page, count: int) -> None:
    """Wait until the server has so many photos and the phone has none."""
    wait_until(page, lambda: Photo.objects.count() >= count, f"{count} photos have arrived")
    wait_until(page, lambda: waiting(page) == [], "nothing waits any more")


def says(page: Page, words: str) -> None:
    """Wait until the strip about what waits says so."""
    expect(page.locator("#queue")).to_contain_text(words)


def looks_right(page: Page, name: str) -> None:
    """No fault of access, nothing cut off; a picture of it is kept under ``name``."""
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    screenshot(page, name)


def worker_ready(page: Page) -> None:
    """Until the service worker runs and has kept the pages of the visit."""
    wait_until(page, lambda: bool(page.evaluate(READY)), "the worker has kept the visit")


def without_worker(page: Page) -> None:
    """As in a browser that has no service worker: the pages alone send."""
    page.context.add_init_script(
        "Object.defineProperty(Navigator.prototype, 'serviceWorker', { get: () => undefined });"
    )


def nudge(page: Page) -> None:
    """What “Send now” does."""
    page.evaluate(
        "import('/static/js/participants/capture/outbox.js').then(({ sendNow }) => sendNow())"
    )


class Line:
    """The connection of uploads: notes what is sent, and breaks when told to."""

    def __init__(self, page: Page) -> None:
        self.sent: list[tuple[str, str]] = []
        self.open = True
        self.fails_every = 0
        self.breaks_after_chunks = 10**9
        self._seen = 0
        page.context.route("**/my/uploads/**", self._pass)

    def _pass(self, route: Route, request: Request) -> None:
        self._seen += 1
        failing = self.fails_every and self._seen % self.fails_every == 0
        spent = request.method == "PATCH" and self.chunks >= self.breaks_after_chunks
        if not self.open or failing or spent:
            route.abort("connectionreset")
            return
        self.sent.append((request.method, request.headers.get("upload-offset", "")))
        route.continue_()

    @property
    def chunks(self) -> int:
        return sum(method == "PATCH" for method, _ in self.sent)
