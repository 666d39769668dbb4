"""The worker's own decoder: a warm process that waits for photos, and what comes back from it.

`decode_server.py` has everything loaded and forks a child for each photo, so that a photo costs a
fork and not an interpreter, and yet no photo meets what another left: the child begins as the
server was before the first photo, under limits of its own, and takes its memory with it. The server
itself never reads a photo. Its owner is the process that started it: a fork of that process gets
one of its own, and when the owner ends, however it ends, the server does.

Pixels come back in memory without a name (`memfd_create`), made for this one photo and gone with
the last picture that looks into it. It is sealed before it is looked at: nobody can shrink or
change it then, not even a child that was taken over and left a process behind.
"""

from __future__ import annotations

import atexit
import fcntl
import json
import mmap
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, Self

from participants.imaging.errors import DecoderFailed
from participants.imaging.formats import HEADER

SERVER: Final = Path(__file__).with_name("decode_server.py")
LONGEST_LINE: Final = 4096
START_SECONDS: Final = 60  # a busy machine takes long to load libraries
MOST_PHOTOS: Final = 1000  # of one server: whatever a library may lose over the years is given back
MOST_IDLE: Final = 2  # servers that are kept; threads that decode at once have one each meanwhile


@dataclass(frozen=True)
class Outcome:
    """How the child of one photo ended.

    `status` is its exit status, or the number of the signal that ended it, negative. `complaints`
    is the end of what it wrote to standard error, `processor_s` the seconds of processor it took.
    """

    status: int
    complaints: str
    processor_s: float


class TookTooLong(Exception):  # noqa: N818 - says what is the matter
    """The photo's child did not end in time; it and its server are gone."""


class Result:
    """Memory for one photo's pixels and, after `room` bytes of them, a line of JSON."""

    def __init__(self, room: int) -> None:
        step = mmap.ALLOCATIONGRANULARITY
        self.room = -(-room // step) * step
        self.file = _nameless()
        self.file.truncate(self.room + HEADER)
        # A file that a child could shorten would end this process as soon as it looks there.
        self._seal("F_SEAL_SHRINK", "F_SEAL_GROW")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.file.close()

    def close_to_writers(self) -> None:
        """Let nobody write any more. Raises DecoderFailed when somebody still could."""
        try:
            self._seal("F_SEAL_WRITE")
        except OSError as error:
            raise DecoderFailed(f"somebody still holds the photo's memory: {error}") from error

    def header(self) -> dict[str, Any] | None:
        """Return what the child said of the photo; None when that is no object of JSON."""
        place: dict[str, Any] = {"offset": self.room, "access": mmap.ACCESS_READ}
        with mmap.mmap(self.file.fileno(), HEADER, **place) as said:
            line = said[:].partition(b"\n")[0]
        try:
            header = json.loads(line)
        except ValueError:
            return None
        return header if isinstance(header, dict) else None

    def pixels(self, length: int) -> mmap.mmap:
        """Return the first `length` bytes; what is written there stays with this process."""
        return mmap.mmap(self.file.fileno(), length, access=mmap.ACCESS_COPY)

    def _seal(self, *names: str) -> None:
        if not hasattr(os, "memfd_create"):
            return
        seals = 0
        for name in names:
            seals |= getattr(fcntl, name)
        fcntl.fcntl(self.file.fileno(), fcntl.F_ADD_SEALS, seals)


def _nameless() -> IO[bytes]:
    """Return an empty file without a name, in memory where the system has such files."""
    if not hasattr(os, "memfd_create"):
        return tempfile.TemporaryFile(buffering=0)
    return os.fdopen(os.memfd_create("photo", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING), "w+b", 0)


class Decoder:
    """One server and the line to it. Not safe for threads: `borrowed` gives each its own."""

    def __init__(self) -> None:
        self._line, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-I", str(SERVER)],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                cwd="/",
                # No secret crosses over. One arena per thread would eat the address space; large
                # pages save most of the time that fresh memory takes.
                env={
                    "PATH": os.defpath,
                    "LANG": "C.UTF-8",
                    "MALLOC_ARENA_MAX": "2",
                    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
                },
                start_new_session=True,  # Ctrl-C at a terminal lets work in hand finish
            )
        self._photos = 0
        self._line.settimeout(START_SECONDS)
        try:
            self._receive()
        except (DecoderFailed, TookTooLong) as error:
            raise DecoderFailed(f"the decoder did not start: {error}") from error

    @property
    def pid(self) -> int:
        """The server's process."""
        return int(self._process.pid)

    @property
    def alive(self) -> bool:
        """Whether it can be given another photo."""
        return self._photos < MOST_PHOTOS and self._process.poll() is None

    def run(self, source: IO[bytes], result: Result, limits: dict[str, int]) -> Outcome:
        """Have a child with these limits decode one photo into `result`, and wait for its end.

        Raises TookTooLong, and DecoderFailed when the server has gone.
        """
        self._photos += 1
        self._line.settimeout(limits["wall_seconds"])
        request = json.dumps({**limits, "room": result.room}).encode() + b"\n"
        try:
            socket.send_fds(self._line, [request], [source.fileno(), result.file.fileno()])
        except OSError as error:
            raise self._gone() from error
        return Outcome(**self._receive())

    def _receive(self) -> dict[str, Any]:
        line = b""
        try:
            while not line.endswith(b"\n"):
                piece = self._line.recv(LONGEST_LINE)
                if not piece or len(line) > 4 * LONGEST_LINE:
                    raise self._gone()
                line += piece
            answer: dict[str, Any] = json.loads(line)
        except TimeoutError as error:
            self.close()
            raise TookTooLong from error
        except OSError as error:
            raise self._gone() from error
        return answer

    def _gone(self) -> DecoderFailed:
        self._kill()
        assert self._process.stderr is not None  # noqa: S101 - asked for a pipe
        words = self._process.stderr.read().decode(errors="replace").strip()[-500:]
        self.close()
        return DecoderFailed(f"the decoder ended with status {self._process.returncode}: {words}")

    def _kill(self) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)  # it leads a session of its own
        self._process.wait()

    def close(self) -> None:
        """End the server and whatever it is doing."""
        self._kill()
        self._line.close()
        if self._process.stderr is not None:
            self._process.stderr.close()

    def leave(self) -> None:
        """Drop the copy of this that a fork made; the server goes on for its owner."""
        self._line.close()
        if self._process.stderr is not None:
            self._process.stderr.close()
        self._process.returncode = 0  # not this process's child: nothing to wait for


class _Idle:
    """The servers of this process that wait for a photo."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._decoders: list[Decoder] = []
        os.register_at_fork(after_in_child=self._start_anew)

    def _start_anew(self) -> None:
        self._lock = threading.Lock()
        for decoder in self._decoders:
            decoder.leave()
        self._decoders = []

    def take(self) -> Decoder | None:
        while True:
            with self._lock:
                if not self._decoders:
                    return None
                decoder = self._decoders.pop()
            if decoder.alive:
                return decoder
            decoder.close()

    def put(self, decoder: Decoder) -> None:
        with self._lock:
            if decoder.alive and len(self._decoders) < MOST_IDLE:
                self._decoders.append(decoder)
                return
        decoder.close()

    def close(self) -> None:
        with self._lock:
            decoders, self._decoders = self._decoders, []
        for decoder in decoders:
            decoder.close()


_IDLE: Final = _Idle()
atexit.register(_IDLE.close)


def close_decoders() -> None:
    """End the servers of this process that wait; the next photo starts another."""
    _IDLE.close()


@contextmanager
def borrowed() -> Iterator[Decoder]:
    """Lend a decoder for one photo. It is kept for the next unless this one ended in an error."""
    decoder = _IDLE.take() or Decoder()
    try:
        yield decoder
    except BaseException:
        decoder.close()
        raise
    _IDLE.put(decoder)
