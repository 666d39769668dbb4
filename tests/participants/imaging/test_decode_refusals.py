"""What a stranger may send instead of a photo, and what it may cost."""

from __future__ import annotations

import io
import json
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import tempfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from participants.imaging import decode, decode_child
from participants.imaging.decode import DecodeLimits, decode_photo, encode_clean
from participants.imaging.errors import MESSAGES, DecoderFailed, PhotoUnreadable

from .files import camera_exif, pixel_bomb, png, quadrants, saved

DATA = Path(__file__).with_name("data")
CLEAN = {name: saved(quadrants(), name) for name in ("JPEG", "PNG", "WEBP")} | {
    "HEIF": (DATA / "turned.heic").read_bytes()
}


def refusal(data: bytes, **options) -> str:
    """Write the bytes to a file, expect a refusal, and return its code."""
    with tempfile.NamedTemporaryFile(suffix=".jpg") as file:
        file.write(data)
        file.flush()
        with pytest.raises(PhotoUnreadable) as caught:
            decode_photo(Path(file.name), **options)
    return caught.value.code


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        # With a date of its own: tests are named by these bytes, in every worker alike.
        entry = zipfile.ZipInfo("run.html", date_time=(2026, 3, 2, 9, 0, 0))
        archive.writestr(entry, "<script>alert(1)</script>")
    return out.getvalue()


def test_an_empty_file():
    assert refusal(b"") == "empty"


@pytest.mark.parametrize(
    "data",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<!doctype html><title>photo</title>",
        zipped(),
        b"\x7fELF" + bytes(200),
        b"\0" * 4096,
        "una carta".encode("utf-16"),
    ],
)
def test_what_is_no_photo_is_called_so(data):
    assert refusal(data) == "not_a_photo"


@pytest.mark.parametrize("name", ["GIF", "TIFF", "BMP", "ICO", "PDF", "JPEG2000"])
def test_pictures_of_other_kinds_are_not_allowed(name):
    assert refusal(saved(quadrants(), name)) == "format_not_allowed"


def test_a_video_or_an_avif_is_not_allowed():
    for brand in (b"isom", b"qt  ", b"avif"):
        assert refusal(b"\0\0\0\x18ftyp" + brand + bytes(400)) == "format_not_allowed"
    disguised = b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf" + bytes(400)
    assert refusal(disguised) == "format_not_allowed"


@pytest.mark.parametrize("name", CLEAN)
def test_a_file_cut_at_any_byte_is_known_to_be_cut(name):
    data = CLEAN[name]
    assert decode_child.is_complete(data, name)
    assert not any(decode_child.is_complete(data[:end], name) for end in range(12, len(data)))


@pytest.mark.parametrize("name", CLEAN)
def test_a_cut_file_is_refused_as_truncated(name):
    data = CLEAN[name]
    for share in (0.0, 0.1, 0.4, 0.7, 0.9, 0.99):
        assert refusal(data[: max(16, int(len(data) * share))]) == "truncated"
    assert refusal(data[:-1]) == "truncated"


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_damaged_bytes_give_a_photo_or_a_refusal_and_never_a_crash(data):
    name = data.draw(st.sampled_from(sorted(CLEAN)))
    damaged = bytearray(CLEAN[name])
    for _ in range(data.draw(st.integers(1, 8))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    with tempfile.NamedTemporaryFile() as file:
        file.write(damaged)
        file.flush()
        try:
            outcome = decode_photo(Path(file.name)).source_format
        except PhotoUnreadable as refused:
            outcome = refused.code
    assert outcome in {name, *MESSAGES}


@pytest.mark.parametrize(
    "trailer",
    [zipped(), b"<html><script>alert('canary')</script>", bytes(4000) + b"canary"],
)
def test_what_trails_a_photo_goes_no_further(tmp_path, trailer):
    path = tmp_path / "photo.jpg"
    path.write_bytes(CLEAN["JPEG"] + trailer)
    plain = tmp_path / "plain.jpg"
    plain.write_bytes(CLEAN["JPEG"])
    photo = decode_photo(path)
    np.testing.assert_array_equal(photo.pixels, decode_photo(plain).pixels)
    assert trailer not in encode_clean(photo.pixels)


def test_a_pixel_bomb_is_refused_before_it_is_decoded():
    bomb = pixel_bomb(13_000)
    assert len(bomb) < 32 * 1024
    # A tenth of what decoding it would need: the cap must come first.
    assert refusal(bomb, limits=DecodeLimits(memory_bytes=400 * 2**20)) == "too_many_pixels"


def test_a_jpeg_whose_header_claims_a_huge_picture_is_refused():
    data = bytearray(CLEAN["JPEG"])
    frame = data.index(b"\xff\xc0")
    data[frame + 5 : frame + 9] = b"\xff\xdc\xff\xdc"
    assert refusal(bytes(data)) == "too_many_pixels"


def test_a_photo_that_needs_too_much_memory_is_refused():
    wide = png(8000, 8000, bytes(8000 * 3 + 1) * 8000)
    assert refusal(wide, limits=DecodeLimits(memory_bytes=300 * 2**20)) == "too_costly"


def test_a_file_of_too_many_bytes_is_refused():
    padded = CLEAN["JPEG"] + bytes(5000)
    assert refusal(padded, limits=DecodeLimits(max_bytes=4000)) == "too_costly"


# --- the child process ---------------------------------------------------------------------------


@pytest.fixture
def child_does(tmp_path, monkeypatch):
    """Put other work in the decoder's place, under the decoder's own limits."""

    def replace(body: str) -> Path:
        script = tmp_path / "child.py"
        script.write_text(
            "import json, os, runpy, signal, sys, time\n"
            f"decoder = runpy.run_path({str(decode.CHILD)!r})\n"
            "decoder['limit_self'](json.loads(sys.argv[1]))\n" + body
        )
        monkeypatch.setattr(decode, "CHILD", script)
        photo = tmp_path / "photo.jpg"
        photo.write_bytes(CLEAN["JPEG"])
        return photo

    return replace


@pytest.mark.parametrize(
    ("body", "limits", "detail"),
    [
        ("while True: pass", DecodeLimits(cpu_seconds=1), "SIGXCPU"),
        ("time.sleep(600)", DecodeLimits(wall_seconds=1), "SIGALRM|too long"),
        (
            "signal.signal(signal.SIGALRM, signal.SIG_IGN); time.sleep(600)",
            DecodeLimits(wall_seconds=1),
            "too long",
        ),
        ("os.kill(os.getpid(), signal.SIGSEGV)", DecodeLimits(), "SIGSEGV"),
        ("os.abort()", DecodeLimits(), "SIGABRT"),
    ],
)
def test_a_decoder_that_runs_away_or_crashes_costs_one_photo(child_does, body, limits, detail):
    with pytest.raises(PhotoUnreadable) as caught:
        decode_photo(child_does(body), limits=limits)
    assert caught.value.code == "too_costly"
    assert re.search(detail, caught.value.detail)


def test_a_decoder_whose_parent_has_died_ends_by_itself(child_does):
    photo = child_does("time.sleep(600)")
    limits = json.dumps(vars(DecodeLimits(wall_seconds=1)))
    with photo.open("rb") as source:
        command = [sys.executable, "-I", decode.CHILD, limits]
        orphan = subprocess.run(command, stdin=source, timeout=60)
    assert orphan.returncode == -signal.SIGALRM


@pytest.mark.parametrize(
    "body",
    [
        "os.kill(os.getpid(), signal.SIGTERM)",
        "import a_package_that_is_not_installed",
        "print('{\"size\": [9, 9]', flush=True)",
        "print(json.dumps({'format': 'JPEG', 'size': [9, 9], 'source': [9, 9]}), flush=True)",
        "print(json.dumps({'format': 'JPEG', 'size': [10**6, 10**6], 'source': [1, 1]}))",
        "print(json.dumps({'error': 'made up'}))",
    ],
)
def test_the_photo_is_not_blamed_for_what_it_did_not_do(child_does, body):
    with pytest.raises(DecoderFailed):
        decode_photo(child_does(body))


def test_the_decoder_can_write_no_file(child_does, tmp_path):
    target = tmp_path / "stolen"
    photo = child_does(f"open({str(target)!r}, 'wb', buffering=0).write(b'x' * 10)")
    with pytest.raises(DecoderFailed, match="File too large"):
        decode_photo(photo)
    assert not target.exists() or target.stat().st_size == 0


def test_the_decoder_knows_no_secret(child_does, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "canary-in-the-environment")
    with pytest.raises(DecoderFailed) as caught:
        decode_photo(child_does("sys.exit(json.dumps(dict(os.environ)))"))
    seen = json.loads(str(caught.value).split(": ", 1)[1])
    assert "canary-in-the-environment" not in seen.values()
    assert set(seen) <= {"PATH", "LANG", "LC_CTYPE", "MALLOC_ARENA_MAX"}


def open_files() -> set[str]:
    return {entry.name for entry in Path("/proc/self/fd").iterdir()}


def children() -> set[str]:
    return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())


def test_a_refused_photo_leaves_no_process_and_no_open_file(tmp_path, child_does):
    photo = child_does("time.sleep(600)")
    before = open_files(), children()
    with pytest.raises(PhotoUnreadable):
        decode_photo(photo, limits=DecodeLimits(wall_seconds=1))
    # What an earlier test forgot to close may be collected meanwhile.
    assert open_files() <= before[0]
    assert children() <= before[1]


def test_threads_can_decode_at_the_same_time(tmp_path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(CLEAN["JPEG"])
    with ThreadPoolExecutor(4) as pool:
        shapes = {photo.pixels.shape for photo in pool.map(decode_photo, [path] * 8)}
    assert shapes == {(64, 96, 3)}


def _decode_into(path, answers):
    answers.put(decode_photo(path).pixels.shape)


def test_a_daemonic_worker_process_can_decode(tmp_path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(CLEAN["JPEG"])
    context = multiprocessing.get_context("fork")  # as Celery's prefork pool does
    answers = context.Queue()
    worker = context.Process(target=_decode_into, args=(path, answers), daemon=True)
    worker.start()
    assert answers.get(timeout=30) == (64, 96, 3)
    worker.join()


# --- clean JPEGs ---------------------------------------------------------------------------------


def segments(jpeg: bytes) -> list[tuple[int, bytes]]:
    """The marker segments before the picture data."""
    at, found = 2, []
    while jpeg[at + 1] != 0xDA:
        size = int.from_bytes(jpeg[at + 2 : at + 4], "big")
        found.append((jpeg[at + 1], jpeg[at + 4 : at + 2 + size]))
        at += 2 + size
    return found


@pytest.mark.parametrize("options", [{}, {"quality": 80}, {"max_side": 48}])
def test_a_clean_jpeg_carries_nothing_but_the_picture(tmp_path, options):
    path = tmp_path / "photo.jpg"
    profile = b"canary" * 40
    path.write_bytes(
        saved(
            quadrants(),
            "JPEG",
            exif=camera_exif(),
            comment=b"canary",
            xmp=b"<canary/>",
            icc_profile=profile,
        )
    )
    jpeg = encode_clean(decode_photo(path).pixels, **options)
    kinds = {kind for kind, _ in segments(jpeg)}
    assert kinds <= {0xE0, 0xDB, 0xC0, 0xC4}  # JFIF, quantisation, frame, Huffman tables
    assert [body[:5] for kind, body in segments(jpeg) if kind == 0xE0] == [b"JFIF\0"]
    for trace in (b"canary", b"Exif", b"http://ns.adobe.com", b"ICC_PROFILE", b"Makers", b"Phone"):
        assert trace not in jpeg
    assert jpeg.endswith(b"\xff\xd9")
    assert max(Image.open(io.BytesIO(jpeg)).size) == options.get("max_side", 96)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 60))
def test_a_clean_jpeg_fits_the_size_asked_for(width, height, side):
    jpeg = encode_clean(np.full((height, width, 3), 90, np.uint8), max_side=side)
    with Image.open(io.BytesIO(jpeg)) as picture:
        assert max(picture.size) == min(side, max(width, height))
        assert np.abs(np.array(picture).astype(int) - 90).max() <= 2


@pytest.mark.parametrize("shape", [(4, 4), (4, 4, 4)])
def test_only_colour_pixels_are_encoded(shape):
    with pytest.raises(ValueError, match="uint8"):
        encode_clean(np.zeros(shape, np.uint8))


# --- words ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", MESSAGES)
def test_every_refusal_says_what_happened_and_what_to_do(code):
    message = PhotoUnreadable(code).message
    assert "Please" in message
    assert message.count(".") >= 2


def test_the_child_runs_on_this_interpreter_without_the_working_folder():
    assert Path(sys.executable).exists()
    assert not any("participants" in name for name in _imports_of(decode.CHILD))


def _imports_of(path: Path) -> list[str]:
    return [line for line in path.read_text().splitlines() if line.startswith(("import ", "from "))]
