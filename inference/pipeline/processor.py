"""What the processor can do: whether int8 products have instructions of their own.

Without them an int8 network is no faster than a float32 one and may be slower.
"""

from __future__ import annotations

import platform
from functools import cache
from pathlib import Path

CPUINFO = Path("/proc/cpuinfo")
# As Linux names them: x86 VNNI and AMX under `flags`, ARM dot product and matrix under `Features`.
INT8_INSTRUCTIONS = (
    "amx_int8",
    "avx512_vnni",
    "avx_vnni",
    "avx_vnni_int8",
    "asimddp",
    "i8mm",
)


def int8_instructions(cpuinfo: str, system: str = "Linux", machine: str = "") -> tuple[str, ...]:
    """Return which instructions for int8 products a processor has, as Linux names them.

    `cpuinfo` is the text of /proc/cpuinfo (a virtual machine shows what it may use there), `system`
    and `machine` are `platform`'s: every Apple arm64 processor that runs macOS has `asimddp`.
    """
    if system == "Darwin" and machine == "arm64":
        return ("asimddp",)
    words: set[str] = set()
    for line in cpuinfo.splitlines():
        name, _, value = line.partition(":")
        if name.strip() in {"flags", "Features"}:
            words.update(value.split())
    return tuple(name for name in INT8_INSTRUCTIONS if name in words)


@cache
def has_int8() -> bool:
    """Whether this machine's processor multiplies int8 faster than float32."""
    text = CPUINFO.read_text(errors="replace") if CPUINFO.exists() else ""
    return bool(int8_instructions(text, platform.system(), platform.machine()))
