"""Processor time of this process and of its database connection together."""

import os
import time
from pathlib import Path

from django.db import connection

_TICK = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


def processor_ms() -> float:
    """Milliseconds so far: Python's own, and of PostgreSQL this connection's process with the
    parallel workers that have ended. Only the difference of two is of use."""
    return time.process_time() * 1000 + _backend_ms()


def _backend_ms() -> float:
    if connection.vendor != "postgresql":
        return 0.0
    connection.ensure_connection()
    pid = connection.connection.info.backend_pid
    own = int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e6
    parent = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1]
    reaped = Path(f"/proc/{parent}/stat").read_text().rsplit(")", 1)[1].split()
    return own + (int(reaped[13]) + int(reaped[14])) * 1000 / _TICK


def resident_mib(which: str = "VmRSS") -> float:
    """Resident memory of this process; ``VmHWM`` is its peak since ``forget_peak``."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(which))


def forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def temporary_bytes() -> int:
    """What this database has written into temporary files since it was made."""
    if connection.vendor != "postgresql":
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("SELECT temp_bytes FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])
