"""The form engine that phones run, kept warm beside the server in a Node process of its own.

The engine is JavaScript, so that a phone without a line and the server judge by the same code
(docs/decisions/0018-instruments.md). It is started by the first request, given one request at a
time, and replaced after many, after a failure, and after a fork. It keeps the time zone it began
with, so each zone has its own; a study has one.
"""

import atexit
import hashlib
import json
import os
import selectors
import shutil
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Any, Final

from django.conf import settings

from studies.instruments.errors import EngineFailed, FormUnreadable

ENGINE: Final = "@getodk/xforms-engine 0.22.0"  # as package.json pins it
SCRIPT: Final = Path(__file__).with_name("engine.mjs")
MOST_REQUESTS: Final = 2000  # of one process: what a library loses over time is given back
MOST_ENGINES: Final = 2  # kept at once, the latest used
MEMORY_MIB: Final = 384
FULL: Final = (
    240 * 2**20
)  # bytes of its heap, at which a process is replaced before the next request
START_SECONDS: Final = 120  # a busy machine takes long to load libraries
ANSWER_SECONDS: Final = 60
LONGEST: Final = 32 * 2**20  # bytes of an answer


@dataclass(frozen=True)
class Node:
    """A question, group or repeat as the engine sees it.

    ``broken`` is ``required`` or ``constraint`` where its answer breaks that; ``options`` are the
    values and words that can be chosen now; ``ref`` is its path, as ``/data/med[2]/name``.
    """

    ref: str
    kind: str
    relevant: bool
    required: bool
    readonly: bool
    label: str
    hint: str
    value: str
    options: list[tuple[str, str]]
    broken: str
    message: str


@dataclass(frozen=True)
class Evaluation:
    """A form with answers in it. ``ready``: nothing required is missing, no constraint broken."""

    ready: bool
    xml: str
    nodes: list[Node]


def evaluate(
    xform: str,
    *,
    instance: str = "",
    language: str = "",
    at: datetime | None = None,
    zone: str = "UTC",
) -> Evaluation:
    """The form with the answers of ``instance``, or empty, as on ``at`` in ``zone``.

    Raises:
        FormUnreadable: the engine cannot run the form, or take these answers into it.
        EngineFailed: it did not answer in time, or ended.
    """
    request = {
        "sha256": hashlib.sha256(xform.encode()).hexdigest(),
        "instance": instance,
        "language": language,
        "now": at.isoformat() if at is not None else "",
    }
    with _LOCK:
        said = _ask(zone, request)
        if said.get("wanted") == "form":
            said = _ask(zone, {**request, "form": xform})
    if "failure" in said:
        raise FormUnreadable(f"The form engine cannot take this: {said['failure']}")
    nodes = [
        Node(**{**node, "options": [(value, words) for value, words in node["options"]]})
        for node in said["nodes"]
    ]
    return Evaluation(said["ready"], said["xml"], nodes)


def close_engine() -> None:
    """End the processes that wait; the next request starts another."""
    while _ENGINES:
        _ENGINES.popitem()[1].close()


class _Engine:
    """One Node process and the line to it. Not safe for threads."""

    def __init__(self, zone: str) -> None:
        node = shutil.which("node", path=_places())
        if node is None:
            raise _failed("Node is not installed on this machine")
        self.requests = self.heap = 0
        self.process = subprocess.Popen(
            [node, f"--max-old-space-size={MEMORY_MIB}", str(SCRIPT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=settings.BASE_DIR,  # where node_modules lies
            env={"PATH": os.defpath, "LANG": "C.UTF-8", "TZ": zone},  # no secret crosses over
            start_new_session=True,
        )
        self.pending = b""

    @property
    def usable(self) -> bool:
        fresh = self.requests < MOST_REQUESTS and self.heap < FULL
        return fresh and self.process.poll() is None

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """Send one request and wait. Raises EngineFailed."""
        seconds = ANSWER_SECONDS if self.requests else START_SECONDS
        self.requests += 1
        assert self.process.stdin is not None  # noqa: S101 - asked for a pipe
        try:
            self.process.stdin.write(json.dumps(request).encode() + b"\n")
            self.process.stdin.flush()
        except OSError as error:
            raise _failed("it has ended") from error
        answer: dict[str, Any] = json.loads(self._line(monotonic() + seconds))
        self.heap = answer.pop("heap", 0)
        return answer

    def _line(self, until: float) -> bytes:
        assert self.process.stdout is not None  # noqa: S101 - asked for a pipe
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            while b"\n" not in self.pending:
                if not selector.select(max(0.0, until - monotonic())):
                    raise _failed("it took too long")
                piece = os.read(self.process.stdout.fileno(), 1 << 16)
                if not piece or len(self.pending) > LONGEST:
                    raise _failed("it has ended" if not piece else "its answer is too long")
                self.pending += piece
        line, _, self.pending = self.pending.partition(b"\n")
        return line

    def close(self) -> None:
        """End the process and whatever it is doing."""
        with suppress(ProcessLookupError):
            self.process.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        self.process.wait()

    def leave(self) -> None:
        """Drop the copy of this that a fork made; the process goes on for its owner."""
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        self.process.returncode = 0  # not this process's child: nothing to wait for


def _places() -> str:
    """Where Node is looked for: first beside Python, where its wheel puts it."""
    return os.pathsep.join([str(Path(sys.prefix) / "bin"), os.environ.get("PATH", os.defpath)])


def _failed(why: str) -> EngineFailed:
    return EngineFailed(
        f"The form engine did not answer: {why}. Nothing was changed. Try again in a moment; if "
        "it happens again, tell whoever runs this system."
    )


def _ask(zone: str, request: dict[str, Any]) -> dict[str, Any]:
    engine = _ENGINES.pop(zone, None)
    if engine is not None and not engine.usable:
        engine.close()
        engine = None
    while engine is None and len(_ENGINES) >= MOST_ENGINES:
        _ENGINES.pop(next(iter(_ENGINES))).close()
    engine = engine or _Engine(zone)
    try:
        answer = engine.ask(request)
        _ENGINES[zone] = engine  # the latest used stands last
        return answer
    except (EngineFailed, ValueError) as error:
        engine.close()
        if isinstance(error, EngineFailed):
            raise
        raise _failed("its answer cannot be read") from error


def _start_anew() -> None:
    global _LOCK
    _LOCK = threading.Lock()
    while _ENGINES:
        _ENGINES.popitem()[1].leave()


_LOCK = threading.Lock()
_ENGINES: Final[dict[str, _Engine]] = {}
os.register_at_fork(after_in_child=_start_anew)
atexit.register(close_engine)
