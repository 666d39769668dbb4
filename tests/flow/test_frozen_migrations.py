"""Migrations are added, never changed or removed: databases of before would not reach this version.

``older/migrations.txt`` has the SHA-256 of each, as sha256sum writes it; a release adds its own.
"""

from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).parents[2]
FROZEN = dict(
    reversed(line.split())
    for line in (Path(__file__).parent / "older" / "migrations.txt").read_text().splitlines()
)


def test_they_are_what_they_were() -> None:
    assert len(FROZEN) >= 20
    changed = [
        name
        for name, digest in FROZEN.items()
        if not (ROOT / name).exists() or sha256((ROOT / name).read_bytes()).hexdigest() != digest
    ]
    assert changed == [], "Add a migration instead; these databases have had the former one."
