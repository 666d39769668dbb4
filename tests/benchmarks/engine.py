"""``python -m tests.benchmarks.engine``: what the phone's landmark engine weighs, file by file.

Bytes as they lie there, and as they are sent with Brotli (quality 9, as ``config/staticfiles.py``
compresses large files). The package's packed assets are told beside those that are sent instead.
"""

import os
import sys
from pathlib import Path

import brotli
import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("GSH_ENV", "test")
django.setup()

from django.contrib.staticfiles import finders  # noqa: E402

from participants.capture.finders import NAMES  # noqa: E402
from participants.capture.views import engine  # noqa: E402
from participants.imaging.face_files import default_assets  # noqa: E402
from tests.benchmarks.tables import table  # noqa: E402


def weighed(path: Path) -> tuple[int, int]:
    """Bytes of a file, and as sent."""
    content = path.read_bytes()
    return len(content), len(brotli.compress(content, quality=9))


def main() -> None:
    rows, before, now = [], (0, 0), (0, 0)
    for address in engine.wanted():
        path = Path(str(finders.find(address.removeprefix("/static/"))))
        mine = weighed(path)
        packages = weighed(default_assets() / path.name) if path.name in NAMES else mine
        before = before[0] + packages[0], before[1] + packages[1]
        now = now[0] + mine[0], now[1] + mine[1]
        rows.append([path.name, *(f"{number:,}" for number in (*packages, *mine))])
    rows.append(["together", *(f"{number:,}" for number in (*before, *now))])
    header = ["file", "in the package", "sent", "as given to phones", "sent"]
    sys.stdout.write(table(header, rows) + "\n")


if __name__ == "__main__":
    main()
