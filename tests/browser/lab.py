"""The phone's own scripts in Chromium without a server: measures, hints, stills.

``phone_lab(browser)`` gives a page on http://localhost/ whose files come straight from the static
folders, with the landmark engine in its frame under the product's own policy. Photos are handed
over by name. What runs is the very code that participants run.
"""

import io
import mimetypes
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

import numpy as np
from django.contrib.staticfiles import finders
from django.test import Client
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, Page, Route

from participants.imaging.profiles import PROFILES, VIEW_YAW

HOST = "http://localhost"
EMPTY = '<!doctype html><html lang="en"><title>Lab</title><body></body></html>'
CHECK = """
async ([name, data, view, ready]) => {
  const { Engine } = await import("/static/js/participants/capture/camera/engine.js");
  const { checkStill } = await import("/static/js/participants/capture/camera/still.js");
  const { genericPoints, outlineOf } =
    await import("/static/js/participants/capture/camera/outline.js");
  globalThis.engine ??= new Engine("/my/engine/", { limit: 120000 });
  if (ready && !(await engine.start())) throw new Error(engine.problem);
  const blob = await (await fetch(`/photo/${name}`)).blob();
  const pose = { yaw: data.viewYaw[view], pitch: 0, roll: 0 };
  const points = genericPoints(view, 1080, 1440, data.viewYaw);
  const aim = { view, outline: outlineOf(points, 1080, 1440, pose), own: false };
  const { failing } = await import("/static/js/participants/capture/camera/gates.js");
  const { face, ...rest } = await checkStill(blob, {
    engine: ready ? engine : { state: "failed" }, aim, data,
  });
  const { yaw, pitch, roll, interEye, box } = face ?? {};
  const codes = failing(rest.values, data.gates);
  return { ...rest, failing: codes, face: face && { yaw, pitch, roll, interEye, box } };
}
"""


class Lab:
    """One page that measures. ``photos`` maps names to JPEG bytes, or a function does."""

    def __init__(self, page: Page, photos: Callable[[str], bytes]) -> None:
        self.page, self._photos = page, photos
        page.route("**/*", self._serve)
        page.goto(f"{HOST}/")

    def check(
        self, name: str, view: str = "front", *, profile: str = "normal", engine: bool = True
    ) -> dict[str, Any]:
        """What the phone makes of a still: ``{mode, values, reasons, face, …}``."""
        data = {"gates": gates(profile), "viewYaw": dict(VIEW_YAW)}
        found: dict[str, Any] = self.page.evaluate(CHECK, [name, data, view, engine])
        return found

    def _serve(self, route: Route) -> None:
        path = route.request.url.removeprefix(HOST).split("?")[0]
        if path == "/":
            route.fulfill(body=EMPTY, content_type="text/html")
        elif path == "/my/engine/":
            response = Client().get(path, headers={"host": "localhost"})
            headers = {name: response[name] for name in ("Content-Security-Policy", "Content-Type")}
            route.fulfill(body=response.content, headers=headers)
        elif path.startswith("/photo/"):
            route.fulfill(body=self._photos(path.removeprefix("/photo/")))
        else:
            found = finders.find(path.removeprefix("/static/"))
            if found is None:
                route.fulfill(status=404)
                return
            kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
            route.fulfill(path=str(found), content_type=kind)


def jpeg_of(pixels: NDArray[np.uint8]) -> bytes:
    """A photo's file: (H, W, 3) sRGB as a JPEG of quality 94."""
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=94)
    return out.getvalue()


def gates(profile: str) -> Mapping[str, Any]:
    """A profile's thresholds as the page gets them."""
    return {code: asdict(gate) for code, gate in PROFILES[profile].gates.items()}


@contextmanager
def phone_lab(browser: Browser, photos: Callable[[str], bytes]) -> Iterator[Lab]:
    """A lab in a browser of its own context."""
    context = browser.new_context()
    try:
        yield Lab(context.new_page(), photos)
    finally:
        context.close()
