"""Figures in a page of the docs, between marks that say which command wrote them."""

from pathlib import Path

from tests.stack import ROOT

MEASUREMENTS = ROOT / "docs" / "phone" / "measurements.md"


def write_between(path: Path, name: str, text: str) -> None:
    """Replace what stands between ``<!-- name: start -->`` and ``<!-- name: end -->``.

    Raises:
        ValueError: the page has no such marks.
    """
    start, end = f"<!-- {name}: start -->", f"<!-- {name}: end -->"
    before, _, rest = path.read_text(encoding="utf-8").partition(start)
    _, mark, after = rest.partition(end)
    if not mark:
        raise ValueError(f"{path} has no {start} and {end}")
    path.write_text(f"{before}{start}\n\n{text.strip()}\n\n{end}{after}", encoding="utf-8")
