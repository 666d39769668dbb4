"""The warm decoder: a child with limits for each photo; nothing goes from one to another."""

from __future__ import annotations

import json
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from participants.imaging import decoder
from participants.imaging.decode import DecodeLimits, decode_photo
from participants.imaging.errors import DecoderFailed, PhotoUnreadable
from tests.stack import ROOT

from .files import quadrants, saved

PHOTO = saved(quadrants(), "JPEG")


@pytest.fixture
def photo(tmp_path) -> Path:
    path = tmp_path / "photo.jpg"
    path.write_bytes(PHOTO)
    return path


@pytest.fixture(autouse=True)
def no_decoder_of_another_test() -> Iterator[None]:
    decoder.close_decoders()
    yield
    decoder.close_decoders()


@pytest.fixture
def child_does(tmp_path, monkeypatch, photo) -> Callable[[str], Path]:
    """Put other work in the decoder's place, under the decoder's own limits."""

    def replace(body: str) -> Path:
        script = tmp_path / "server.py"
        lines = "\n".join(f"    {line}" for line in body.splitlines())
        script.write_text(
            "import json, mmap, os, signal, sys, time\n"
            f"sys.path.append({str(ROOT)!r})\n"
            "from participants.imaging import decode_child, decode_server\n"
            "from participants.imaging.decode_memory import Memory\n"
            "seen = []\n"
            "def work(limits, source, memory):\n"
            "    result = Memory(memory, limits['room'])\n"
            "    decode_child.limit_self(limits)\n" + lines + "\n"
            "decode_server.work = work\n"
            "decode_server.main()\n"
        )
        monkeypatch.setattr(decoder, "SERVER", script)
        return photo

    return replace


def warm() -> int:
    """The process that waits for the next photo."""
    (waiting,) = decoder._IDLE._decoders
    return waiting.pid


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def wait_until(true: Callable[[], bool], seconds: float = 20) -> None:
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.02)


# --- what a photo may cost -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "limits", "detail"),
    [
        ("while True: pass", DecodeLimits(cpu_seconds=1, wall_seconds=120), "SIGXCPU"),
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


@pytest.mark.parametrize(
    "body",
    [
        "os.kill(os.getpid(), signal.SIGTERM)",
        "import a_package_that_is_not_installed",
        "pass",
        "result.tell_of(['no object'])",
        "result.tell_of({'format': 'JPEG', 'size': [9, 9]})",
        "result.tell_of({'format': 'JPEG', 'size': [10**6, 10**6], 'source': [1, 1]})",
        "result.tell_of({'format': 'JPEG', 'size': [9, float('inf')], 'source': [1, 1]})",
        "result.tell_of({'format': 'EXE', 'size': [9, 9], 'source': [9, 9]})",
        "result.tell_of({'error': 'made up'})",
        "result.tell_of({'error': 'hdr'}); sys.exit(3)",
    ],
)
def test_the_photo_is_not_blamed_for_what_it_did_not_do(child_does, body):
    with pytest.raises(DecoderFailed):
        decode_photo(child_does(body))


def test_memory_is_limited(child_does):
    photo = child_does("try: bytearray(600 * 2**20)\nexcept MemoryError: sys.exit('too much')")
    with pytest.raises(DecoderFailed, match="too much"):
        decode_photo(photo)


def test_the_limits_are_those_of_each_photo_and_not_of_the_process(child_does):
    photo = child_does(
        "while time.process_time() < 0.6: pass\n"
        "result.tell_of({'format': 'JPEG', 'size': [1, 1], 'source': [1, 1]})"
    )
    for _ in range(3):
        assert (
            decode_photo(photo, limits=DecodeLimits(cpu_seconds=1, wall_seconds=120)).processor_s
            >= 0.6
        )


def test_the_decoder_can_write_no_file(child_does, tmp_path):
    target = tmp_path / "stolen"
    photo = child_does(f"open({str(target)!r}, 'wb', buffering=0).write(b'x' * 10)")
    with pytest.raises(DecoderFailed, match="File too large"):
        decode_photo(photo)
    assert not target.exists() or target.stat().st_size == 0


def test_the_decoder_knows_no_secret(child_does, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "canary-in-the-environment")
    with pytest.raises(DecoderFailed) as caught:
        decode_photo(child_does("sys.exit('seen ' + json.dumps(dict(os.environ)))"))
    seen = json.loads(str(caught.value).rsplit("seen ", 1)[1])
    assert "canary-in-the-environment" not in seen.values()
    assert set(seen) <= {"PATH", "LANG", "LC_CTYPE", "MALLOC_ARENA_MAX", "GLIBC_TUNABLES"}


def test_the_decoder_holds_the_photo_its_memory_and_nothing_else(child_does):
    """Above all not the line by which the next photo comes."""
    photo = child_does(
        "names = [f'/proc/self/fd/{n}' for n in range(20)]\n"
        "held = [os.readlink(name) for name in names if os.path.lexists(name)]\n"
        "sys.exit('held ' + json.dumps(held))"
    )
    with pytest.raises(DecoderFailed) as caught:
        decode_photo(photo)
    held = sorted(json.loads(str(caught.value).rsplit("held ", 1)[1]))
    assert [re.sub(r":.*", "", name) for name in held] == [
        "/dev/null",
        "/dev/null",
        "/memfd",
        str(photo),
        "pipe",
    ]


# --- nothing goes from one photo to another ------------------------------------------------------


def test_the_decoder_stays_warm_and_each_photo_has_a_child_of_its_own(child_does):
    photo = child_does(
        "seen.append(1)\n"
        "tags = {'make': str(len(seen)), 'model': f'{os.getpid()} {os.getppid()}'}\n"
        "result.tell_of({'format': 'JPEG', 'size': [1, 1], 'source': [1, 1], 'tags': tags})"
    )
    found = [decode_photo(photo).tags for _ in range(3)]
    assert [tags.make for tags in found] == ["1", "1", "1"]
    children, parents = zip(*((tags.model or "").split() for tags in found), strict=True)
    assert len(set(children)) == 3
    assert set(parents) == {str(warm())}


def test_memory_is_new_for_each_photo(child_does):
    """A child that writes nothing gives black, whatever the last one wrote."""
    photo = child_does(
        "if os.fstat(source).st_size > 2000:\n"
        "    from PIL import Image\n"
        "    result.take(Image.new('RGB', (500, 400), 'white'))\n"
        "result.tell_of({'format': 'JPEG', 'size': [500, 400], 'source': [500, 400]})"
    )
    photo.write_bytes(bytes(3000))
    white = decode_photo(photo).pixels
    photo.write_bytes(bytes(1000))
    assert white.min() == 255
    assert decode_photo(photo).pixels.max() == 0


def test_a_picture_stays_as_it_was_when_the_next_is_decoded(photo, tmp_path):
    first = decode_photo(photo).pixels
    before = first.copy()
    other = tmp_path / "other.png"
    other.write_bytes(saved(255 - quadrants(), "PNG"))
    second = decode_photo(other).pixels
    np.testing.assert_array_equal(first, before)
    first[:] = 0  # this process's own
    np.testing.assert_array_equal(second, 255 - quadrants())


def test_a_process_left_behind_cannot_change_the_picture(child_does):
    photo = child_does(
        "held = mmap.mmap(memory, 3)\n"
        "result.tell_of({'format': 'JPEG', 'size': [1, 1], 'source': [1, 1]})\n"
        "ready, go = os.pipe()\n"
        "if os.fork() == 0:\n"
        "    os.close(2); os.setsid(); os.write(go, b'.'); time.sleep(5); os._exit(0)\n"
        "os.read(ready, 1)"
    )
    with pytest.raises(DecoderFailed, match="still holds"):
        decode_photo(photo)


def test_the_memory_cannot_be_taken_from_under_its_reader(child_does):
    photo = child_does("os.ftruncate(memory, 0)")
    with pytest.raises(DecoderFailed, match="PermissionError"):
        decode_photo(photo)


def test_a_refusal_leaves_the_decoder_as_it_is_and_a_crash_ends_it(photo, tmp_path, child_does):
    decode_photo(photo)
    first = warm()
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(PHOTO[:200])
    with pytest.raises(PhotoUnreadable):
        decode_photo(bad)
    assert warm() == first
    decoder.close_decoders()
    with pytest.raises(PhotoUnreadable):
        decode_photo(child_does("os.abort()"))
    assert decoder._IDLE._decoders == []


def test_a_decoder_is_replaced_after_its_photos(photo, monkeypatch):
    monkeypatch.setattr(decoder, "MOST_PHOTOS", 2)
    decode_photo(photo)
    first = warm()
    decode_photo(photo)
    assert decoder._IDLE._decoders == []
    assert gone(first)
    assert decode_photo(photo).pixels.shape == (64, 96, 3)
    assert warm() != first


def test_a_decoder_that_was_killed_while_it_waited_is_replaced(photo):
    decode_photo(photo)
    first = warm()
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: gone(first))
    assert decode_photo(photo).pixels.shape == (64, 96, 3)
    assert warm() != first


def test_a_decoder_that_cannot_start_says_why(photo, tmp_path, monkeypatch):
    script = tmp_path / "server.py"
    script.write_text("import a_package_that_is_not_installed")
    monkeypatch.setattr(decoder, "SERVER", script)
    with pytest.raises(DecoderFailed, match="a_package_that_is_not_installed"):
        decode_photo(photo)


# --- whose it is ---------------------------------------------------------------------------------


def open_files() -> set[str]:
    return {entry.name for entry in Path("/proc/self/fd").iterdir()}


def children() -> set[str]:
    return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())


def test_a_photo_that_took_too_long_leaves_no_process_and_no_open_file(child_does):
    photo = child_does("time.sleep(600)")
    before = open_files(), children()
    with pytest.raises(PhotoUnreadable):
        decode_photo(photo, limits=DecodeLimits(wall_seconds=1))
    # What an earlier test forgot to close may be collected meanwhile.
    assert open_files() <= before[0]
    assert children() <= before[1]


def test_photos_leave_no_open_file(photo):
    decode_photo(photo)
    before = open_files()
    for _ in range(3):
        decode_photo(photo)
    assert open_files() <= before


def test_threads_can_decode_at_the_same_time(photo):
    with ThreadPoolExecutor(4) as pool:
        shapes = {found.pixels.shape for found in pool.map(decode_photo, [photo] * 8)}
    assert shapes == {(64, 96, 3)}
    assert len(decoder._IDLE._decoders) <= decoder.MOST_IDLE


def _decode_into(path, answers):
    shape = decode_photo(path).pixels.shape
    answers.put((shape, warm()))


def test_a_daemonic_worker_process_has_a_decoder_of_its_own_which_ends_with_it(photo):
    decode_photo(photo)
    mine = warm()
    context = multiprocessing.get_context("fork")  # as Celery's prefork pool does
    answers = context.Queue()
    worker = context.Process(target=_decode_into, args=(photo, answers), daemon=True)
    worker.start()
    shape, its = answers.get(timeout=30)
    worker.join()
    assert shape == (64, 96, 3)
    assert its != mine
    wait_until(lambda: gone(its))
    assert decode_photo(photo).pixels.shape == (64, 96, 3)
    assert warm() == mine


def test_a_decoder_ends_when_its_owner_is_killed(photo):
    program = (
        "import pathlib, sys, time\n"
        "from participants.imaging import decode, decoder\n"
        "decode.decode_photo(pathlib.Path(sys.argv[1]))\n"
        "print(decoder._IDLE._decoders[0].pid, flush=True)\n"
        "time.sleep(600)"
    )
    command = [sys.executable, "-c", program, str(photo)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as owner:
        assert owner.stdout is not None
        pid = int(owner.stdout.readline())
        assert not gone(pid)
        owner.kill()
    wait_until(lambda: gone(pid))


def test_a_child_ends_by_itself_when_all_others_have_died(child_does, tmp_path):
    told = tmp_path / "pid"
    told.touch()
    photo = child_does(
        "os.setsid()\n"  # out of the owner's reach, which ends the server's whole group
        f"os.rename({str(told)!r}, {str(told)!r} + f'-{{os.getpid()}}')\n"
        "os.kill(os.getppid(), signal.SIGKILL)\n"
        "time.sleep(600)"
    )
    with pytest.raises(DecoderFailed):
        decode_photo(photo, limits=DecodeLimits(wall_seconds=2))
    (pid,) = (int(path.name.partition("-")[2]) for path in tmp_path.glob("pid-*"))
    wait_until(lambda: gone(pid))


def test_the_decoder_loads_the_readers_and_nothing_else_of_the_product(child_does):
    photo = child_does(
        "own = [name for name in sys.modules if name.startswith('participants')]\n"
        "roots = {name.split('.')[0] for name in sys.modules}\n"
        "other = roots - sys.stdlib_module_names - {'participants', '__main__'}\n"
        "other = [name for name in other if not name.startswith('_')]\n"
        "sys.exit('loaded ' + ' '.join([name.rpartition('.')[2] for name in own] + other))"
    )
    with pytest.raises(DecoderFailed) as caught:
        decode_photo(photo)
    own = {"participants", "imaging", "colours", "containers", "conversion", "formats"}
    own |= {"decode_child", "decode_memory", "decode_server"}
    own |= {"described", "heif", "jpeg", "png", "webp"}
    loaded = set(str(caught.value).rsplit("loaded ", 1)[1].split())
    assert own <= loaded
    assert loaded - own <= {"PIL", "pi_heif", "site", "sitecustomize"}
