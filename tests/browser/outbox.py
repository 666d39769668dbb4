"""A phone's outbox as browser tests drive it: photos kept, lines broken, the database read raw."""

import base64
import os
import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, Request, Route, expect

from participants.capture.models import Photo
from tests.browser.chromium import (
    PATIENCE,
    assert_accessible,
    assert_no_sideways_scroll,
    screenshot,
)

TODAY = "**/my/today.json"
HEAD = b"\xff\xd8\xff\xe0\x00\x10JFIF"
MEGABYTE = 1024 * 1024

# Bytes pass as base64: a list of a million numbers takes the driver ten seconds.
KEEP = """async ([base64, view, how]) => {
  const { keep } = await import("/static/js/participants/capture/outbox.js");
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const blob = new Blob([bytes], { type: "image/jpeg" });
  try {
    return (await keep({ blob, visit: "week-0", view, how })).id;
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
  const base64 = (bytes) =>
    btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
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
        plain[key] = binary ? { base64: base64(new Uint8Array(value.buffer ?? value)) } : value;
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
    return str(page.evaluate(KEEP, [as_base64(content), view, how or {}]))


def waiting(page: Page) -> list[dict[str, Any]]:
    """What the page says waits on this phone."""
    return list(page.evaluate(WAITING))


def raw(page: Page) -> dict[str, list[dict[str, Any]]]:
    """The database as it lies there."""
    return with_bytes(page.evaluate(RAW))


def as_base64(content: bytes) -> str:
    """As the pages' scripts take bytes."""
    return base64.b64encode(content).decode()


def with_bytes(found: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """What RAW answered, with bytes where it has base64."""

    def plain(value: Any) -> Any:
        inner = value.get("base64") if isinstance(value, dict) else None
        return value if inner is None else base64.b64decode(inner)

    return {
        store: [{key: plain(value) for key, value in record.items()} for record in records]
        for store, records in found.items()
    }


def wait_until(page: Page, holds: Callable[[], bool], what: str) -> None:
    """Ask again until it holds, while the page goes on."""
    end = time.monotonic() + PATIENCE / 1000
    while not holds():
        assert time.monotonic() < end, f"{what}: waited in vain"
        page.wait_for_timeout(50)


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


def stop_asking(page: Page) -> None:
    """From now on the server cannot be asked what is wanted, so nothing goes out.

    What the page asked at its start is answered first: a photo kept meanwhile would go out on that.
    """
    page.evaluate(
        "import('/static/js/participants/capture/outbox_sender.js').then((s) => s.fetchToday())"
    )
    page.context.route(TODAY, _abort)


def ask_again(page: Page) -> None:
    """Undo ``stop_asking``."""
    page.context.unroute(TODAY, _abort)


def _abort(route: Route) -> None:
    route.abort()


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
