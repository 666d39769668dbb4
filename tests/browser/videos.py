"""A camera for browser tests: short videos of faces, and a Chromium that takes one for its camera.

What other tests use:

* ``VIDEOS``: the names of the videos: ``front``, ``left``, ``right``, ``dark``, ``bright``,
  ``blurred``, ``far``, ``near``, ``large`` (a quarter larger than the outline), ``turned`` (the
  head turned where the front is asked for), ``tilted``, ``side_lit``, ``empty`` (a room without
  anybody), ``two_faces``, ``moving`` and ``real`` (Eileen Collins, NASA, public domain; all
  others are drawn by our own generator).
* ``camera_phone``: a fixture, the page of a phone of 390 × 844 whose camera shows ``front``.
* ``camera``: a fixture; ``camera.show("dark")`` decides what pages see from then on, also those
  that have the camera open. The file behind the camera is changed, not the browser, so one
  Chromium does for all tests.
* ``camera_pages``: a fixture like ``pages``: ``camera_pages.open("small", scheme="dark")``.
* ``make_video(name, folder)`` and ``camera_chromium(file)`` for commands without pytest.

To refuse the camera, give the page ``NO_CAMERA`` or ``CAMERA_REFUSED`` by ``add_init_script``.

Videos are uncompressed (.y4m: 28 MB each at 1080 × 1440, made when first asked for, shared by the
workers of a run) with five pictures a second: Chromium plays an .mjpeg at thirty a second whatever
it holds, and decoding those takes a third of a core.
"""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Browser, Playwright
from skimage import data

from inference.demo import story
from inference.training.generator.camera import Camera, expose, sample_camera
from inference.training.generator.face import VIEW_YAW, Framing, draw_framed
from inference.training.generator.noise import stream
from inference.training.generator.room import draw_room
from tests.browser.chromium import started_chromium

Pixels = NDArray[np.uint8]  # (height, width, 3) sRGB

WIDTH, HEIGHT = 1080, 1440  # a phone held upright
PICTURES_PER_SECOND = 5
PICTURES = 12  # then it begins anew; the motion ends where it began
SWAY = 3.0  # pixels that a person who holds still moves
SEED = 11
FILLS = 0.48  # of the picture from chin to hairline: as large as the outline of a first visit

NO_CAMERA = "Object.defineProperty(Navigator.prototype, 'mediaDevices', { get: () => undefined });"
CAMERA_REFUSED = (
    "navigator.mediaDevices.getUserMedia = () => Promise.reject("
    "new DOMException('Permission denied', 'NotAllowedError'));"
)


def _good() -> Camera:
    return replace(sample_camera(SEED, difficulty="good"), uneven=0.0, falloff=0.0, motion=0.0)


def _face(framing: Framing, camera: Camera | None = None, *, who: int = 3) -> Pixels:
    person = story.character(who)
    photo = draw_framed(
        person.identity,
        person.severities(0),
        view="front",
        seed=SEED,
        camera=camera or _good(),
        framing=framing,
        width=WIDTH,
        height=HEIGHT,
    )
    return photo.pixels


def _turned(yaw: float) -> Pixels:
    return _face(Framing(yaw, 0.0, 0.0, share=FILLS))


def _ahead(camera: Camera) -> Pixels:
    return _face(Framing(0.0, 0.0, 0.0, share=FILLS), camera)


def _two_faces() -> Pixels:
    """Two people side by side, in one room, joined where neither is."""
    one = _face(Framing(0.0, 0.0, 0.0, share=0.34, shift=(-0.24, 0.0)))
    other = _face(Framing(0.0, 0.0, 0.0, share=0.34, shift=(0.24, 0.0)), who=6)
    share = np.clip((np.arange(WIDTH) - WIDTH / 2) / 40 + 0.5, 0, 1)[None, :, None]
    return np.asarray(one * (1 - share) + other * share, np.uint8)


def _empty() -> Pixels:
    rng = stream(SEED, "no face")
    return expose(draw_room(rng, HEIGHT, WIDTH), _good(), rng)


def _real() -> Pixels:
    portrait = data.astronaut()[0:320, 110:350]
    return np.asarray(
        cv2.resize(portrait, (WIDTH, HEIGHT), interpolation=cv2.INTER_LANCZOS4), np.uint8
    )


VIDEOS: dict[str, Callable[[], Pixels]] = {
    "front": lambda: _turned(VIEW_YAW["front"]),
    "left": lambda: _turned(VIEW_YAW["left"]),
    "right": lambda: _turned(VIEW_YAW["right"]),
    "turned": lambda: _turned(45.0),
    "tilted": lambda: _face(Framing(0.0, 0.0, 35.0, share=FILLS)),
    "dark": lambda: _ahead(replace(_good(), exposure=-3.4, shot_noise=0.001)),
    "bright": lambda: _ahead(replace(_good(), exposure=3.0)),
    "blurred": lambda: _ahead(replace(_good(), lens_blur=11.0, sharpening=0.0)),
    "side_lit": lambda: _ahead(replace(_good(), uneven=1.0, falloff=0.9, falloff_degrees=0.0)),
    "far": lambda: _face(Framing(0, 0, 0, share=0.2)),
    "near": lambda: _face(Framing(0, 0, 0, share=1.3)),
    "large": lambda: _face(Framing(0, 0, 0, share=0.6)),
    "empty": _empty,
    "two_faces": _two_faces,
    "moving": lambda: _turned(VIEW_YAW["front"]),
    "real": _real,
}


def picture(name: str) -> Pixels:
    """The still that a video is made from: (1440, 1080, 3) sRGB.

    Raises KeyError for a name that is not in ``VIDEOS``.
    """
    return VIDEOS[name]()


def make_video(name: str, folder: Path) -> Path:
    """Make the video of this name in the folder, unless it is there; return its path."""
    path = folder / f"{name}.y4m"
    if path.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    still = picture(name)
    # Other workers may make the same one at this moment: whole files only, whoever is last.
    handle, unfinished = tempfile.mkstemp(dir=folder)
    with os.fdopen(handle, "wb") as file:
        file.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{PICTURES_PER_SECOND}:1 Ip A1:1 C420\n".encode())
        for number in range(PICTURES):
            moved = _moved(still, number / PICTURES, hasty=name == "moving")
            file.write(b"FRAME\n" + cv2.cvtColor(moved, cv2.COLOR_RGB2YUV_I420).tobytes())
    Path(unfinished).rename(path)
    return path


def _moved(still: Pixels, share: float, *, hasty: bool) -> Pixels:
    """The still at this share of the loop: a slow sway, or far and fast enough to smear."""
    angle = 2 * np.pi * share
    if hasty:
        angle *= 3
        reach = 70.0
        smear = np.zeros((1, 61), np.float32)
        smear[0, : 1 + 2 * int(30 * abs(np.cos(angle)))] = 1
        still = np.asarray(cv2.filter2D(still, -1, smear / smear.sum()), np.uint8)
    else:
        reach = SWAY
    matrix = np.array(
        [[1, 0, reach * np.sin(angle)], [0, 1, 0.5 * SWAY * np.sin(2 * angle)]], np.float32
    )
    return np.asarray(
        cv2.warpAffine(still, matrix, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT), np.uint8
    )


@dataclass(frozen=True)
class FakeCamera:
    """The file that a Chromium takes for its camera."""

    file: Path
    folder: Path  # where videos are made and kept

    def show(self, name: str) -> None:
        """Let pages see this video from now on, those that have the camera open too.

        Chromium reads one picture after the other from the file, which is written over in place:
        all videos are of one size.
        """
        video = make_video(name, self.folder).read_bytes()
        with self.file.open("r+b" if self.file.exists() else "wb") as file:
            file.write(video)


@contextmanager
def camera_chromium(file: Path, *, playwright: Playwright | None = None) -> Iterator[Browser]:
    """A Chromium with this video for its camera, and the permission to use it."""
    flags = [
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={file}",
    ]
    with started_chromium(*flags, playwright=playwright) as browser:
        yield browser
