"""The process at the other end of a move, which fills the new installation (``receive_move``)."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any

from django.conf import settings

from studies.backup.errors import CannotMove
from studies.backup.row_hashes import RowHash

Say = Callable[[str], None]


class Other:
    """What it is asked, a line of JSON each, and what it answers."""

    def __init__(self, process: "subprocess.Popen[bytes]", errors: IO[bytes]) -> None:
        if process.stdin is None or process.stdout is None:
            raise ValueError("a process with pipes is wanted")
        self._process, self._errors = process, errors
        self._in, self._out = process.stdin, process.stdout

    def leave(self) -> None:
        """Let it end: there is nothing more to do."""
        with suppress(BrokenPipeError):
            self._in.close()
        self._out.close()
        self._process.wait()

    def ask(self, what: str, say: Say) -> dict[str, Any]:
        """Have something done over there; what it answers.

        Raises:
            CannotMove: it could not be done, or the process ended.
        """
        self._send(json.dumps({"do": what}).encode() + b"\n")
        return self._answer(say)

    def held(self, say: Say) -> Iterator[tuple[str, RowHash]]:
        """The table of each row that it holds, the row's key and hash. Raises as ``ask``."""
        self._send(json.dumps({"do": "hold"}).encode() + b"\n")
        label = ""
        while "done" not in (answer := self._answer(say)):
            if "table" in answer:
                label = answer["table"]
            else:
                key, digest = answer["row"]
                yield label, RowHash(key, bytes.fromhex(digest))

    def send_rows(self, what: str, lines: Iterable[bytes], say: Say) -> dict[str, Any]:
        """Send rows; what is there now. Raises as ``ask``."""
        self._send(json.dumps({"do": what}).encode() + b"\n")
        for line in lines:
            if not self._send(line):
                break
        return self._answer(say)

    def _send(self, line: bytes) -> bool:
        try:
            self._in.write(line)
            if not line.startswith(b"["):
                self._in.flush()
        except BrokenPipeError:  # why, its last answer tells
            return False
        return True

    def _answer(self, say: Say) -> dict[str, Any]:
        for line in self._out:
            try:
                answer = json.loads(line)
            except ValueError:
                say(line.decode(errors="replace").rstrip())
                continue
            if "say" in answer:
                say(answer["say"])
            elif "refused" in answer:
                raise CannotMove(answer["refused"])
            else:
                return dict(answer)
        self._process.wait()
        raise CannotMove(f"The other end stopped: {self._last_words()}")

    def _last_words(self) -> str:
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else f"exit code {self._process.returncode}. Run it again."


@contextmanager
def other_end(here: str, database: str, files: str) -> Iterator[Other]:
    """The other end, with the new addresses; ``here`` says which database it is filled from."""
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "receive_move", here]
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            command,
            env=_environment(database, files),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
        )
        other = Other(process, errors)
        try:
            yield other
        finally:
            other.leave()


def _environment(database: str, files: str) -> dict[str, str]:
    """That of this process, with the new addresses; a secret kept in a file gives way to them."""
    stores = settings.STORAGES
    former = {"former": stores["private"], "former_anchors": stores["anchors"]}
    new = {"DATABASE_URL": database, "STORAGE_URL": files}
    for name in ("ACCESS_KEY", "SECRET_KEY"):
        if value := os.environ.get(f"MOVE_{name}"):
            new[f"STORAGE_{name}"] = value
    variables = {"VAR_DIR": str(settings.VAR_DIR), "GSH_MOVED_FROM": json.dumps(former)}
    return {**os.environ, **new, **{f"{name}_FILE": "" for name in new}, **variables}
