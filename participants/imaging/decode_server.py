"""The warm decoder: loads what decoding needs, then forks a child for each photo.

Run by `decoder.Decoder` as `python -I decode_server.py`, never imported by it. Standard input is a
socket: a line of JSON with the limits comes with two files, the photo and the memory for the
result; back goes a line that says how the photo's child ended. Of the photo itself this process
reads not a byte. Each child begins as this process was before the first photo, sets its own limits,
and is gone before the next begins, with all memory it had; so a photo cannot act on another, not
even through a flaw in an image library. The line to the owner is closed in it before it reads.

When the owner ends, the line ends, and with it this process.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import socket
import sys
import traceback
from pathlib import Path
from typing import Final, NoReturn

# Last, and behind everything installed: only this program's own plain modules come from there.
if (_root := str(Path(__file__).resolve().parents[2])) not in sys.path:
    sys.path.append(_root)

from participants.imaging import decode_child

LONGEST_LINE: Final = 4096
KEPT_COMPLAINTS: Final = 2000  # bytes
FILES: Final = 2
MOST_FILES: Final = 64  # that this process may ever have open
DUMPABLE, NO_NEW_PRIVILEGES = 4, 38  # prctl(2)


def close_off() -> None:
    """Keep a child that was taken over from reading or driving this process, its like in rights."""
    if sys.platform == "linux":
        prctl = ctypes.CDLL(None).prctl
        prctl(DUMPABLE, 0, 0, 0, 0)
        prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)


def request(line: socket.socket) -> tuple[dict[str, int], list[int]] | None:
    """Wait for the next photo: its limits, and the files. None when the owner has gone."""
    data, files, _, _ = socket.recv_fds(line, LONGEST_LINE, FILES)
    while data and not data.endswith(b"\n"):
        more = line.recv(LONGEST_LINE)
        if not more:
            return None
        data += more
    return (json.loads(data), files) if data and len(files) == FILES else None


def serve(line: socket.socket, limits: dict[str, int], files: list[int]) -> None:
    """Have one photo decoded by a child, and say how that ended."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(1, 0)  # the line; standard output leads nowhere
        os.dup2(writing, 2)
        keep_only(files)
        decode_alone(limits, *files)
    os.close(writing)
    for file in files:
        os.close(file)
    complaints = drain(reading)
    _, status, usage = os.wait4(child, 0)
    answer = {
        "status": os.waitstatus_to_exitcode(status),
        "complaints": complaints.decode(errors="replace")[-500:],
        "processor_s": usage.ru_utime + usage.ru_stime,
    }
    line.sendall(json.dumps(answer).encode() + b"\n")


def keep_only(files: list[int]) -> None:
    """Close all but the standard files and these."""
    begin = 3
    for file in (*sorted(files), MOST_FILES):
        os.closerange(begin, file)
        begin = file + 1


def drain(pipe: int) -> bytes:
    """Read until every writer has gone; only the end is kept."""
    kept = b""
    with os.fdopen(pipe, "rb", buffering=0) as file:
        while piece := file.read(65_536):
            kept = (kept + piece)[-KEPT_COMPLAINTS:]
    return kept


def decode_alone(limits: dict[str, int], source: int, memory: int) -> NoReturn:
    """Be the child of one photo. Anything unforeseen leaves a traceback and a non-zero status."""
    status = 1
    try:
        work(limits, source, memory)
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


def work(limits: dict[str, int], source: int, memory: int) -> None:
    """Limit this process, then decode."""
    decode_child.limit_self(limits)
    decode_child.answer_into(source, memory, limits)


def main() -> None:
    """Serve until the owner has gone."""
    line = socket.socket(fileno=os.dup(0))
    close_off()
    decode_child.load_libraries()
    gc.collect()
    gc.freeze()  # a collection in a child would copy every page of it
    line.sendall(b"{}\n")
    while (asked := request(line)) is not None:
        serve(line, *asked)


if __name__ == "__main__":
    main()
