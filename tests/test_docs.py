"""What the pages name in the repository is there: links between pages, and paths in backticks."""

import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
TOP = {path.name for path in ROOT.iterdir() if path.is_dir()} - {"var", "node_modules", ".venv"}
CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
# A path from the top: letters, a placeholder such as <study>, or a pattern; no address, no type.
PATH = re.compile(r"[\w.<>*-]+(/[\w.<>*-]+)*/?")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def spelt_out(word: str) -> Iterator[str]:
    """Each name that ``a/{b,c}.py`` stands for."""
    if together := re.fullmatch(r"(.*)\{([^{}]+)\}(.*)", word):
        before, between, after = together.groups()
        for part in between.split(","):
            yield from spelt_out(f"{before}{part}{after}")
    else:
        yield word


def missing(page: Path, text: str) -> Iterator[str]:
    """What ``text``, a page lying at ``page``, names and is not there."""
    text = FENCE.sub("", text)
    for target in LINK.findall(text):
        bare = target.partition("#")[0]
        if bare and not re.match(r"[a-z]+:", bare) and not (page.parent / bare).exists():
            yield target
    for words in CODE.findall(text):
        for word in chain.from_iterable(map(spelt_out, words.split())):
            name = word.partition("::")[0].rstrip(".,;:")
            if "/" not in name or not PATH.fullmatch(name) or name.split("/")[0] not in TOP:
                continue
            pattern = re.sub(r"<[^>]*>", "*", name).rstrip("/")
            if not any(ROOT.glob(pattern)):
                yield name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_names_is_there(page: Path) -> None:
    assert sorted(set(missing(page, page.read_text(encoding="utf-8")))) == []


def test_a_name_that_is_not_there_is_found() -> None:
    text = (
        "[gone](docs/gone.md) `tests/gone.py` `tests/go/*.py` `python tests/gone/x.py::test` "
        "[here](docs/design.md#frames) `tests/test_docs.py` `templates/<app>/<room>/` `/my/data/` "
        "[web](https://example.org/x) `and/or` `Char(12)/x` "
        "`tests/{s3,lost}.py`"
    )
    assert list(missing(ROOT / "README.md", text)) == [
        "docs/gone.md",
        "tests/gone.py",
        "tests/go/*.py",
        "tests/gone/x.py",
        "tests/lost.py",
    ]
