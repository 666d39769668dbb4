"""The shape of the house, as far as no linter knows it."""

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
TOP = {
    ".ci", ".editorconfig", ".gitignore", ".npmrc", ".pre-commit-config.yaml", "CHANGELOG.md",
    "CONTRIBUTING.md", "LICENSE", "Makefile", "README.md", "SECURITY.md", "config", "docs",
    "inference", "manage.py", "package-lock.json", "package.json", "participants", "pyproject.toml",
    "static", "studies", "templates", "tests",
}  # fmt: skip
APPS = ("studies", "participants", "inference")
CODE = sorted(
    path
    for app in ("config", *APPS)
    for path in (ROOT / app).rglob("*.py")
    if "migrations" not in path.parts
)


def tracked() -> list[str]:
    out = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return out.stdout.splitlines()


def test_the_top_level_holds_only_what_nothing_else_can() -> None:
    assert {name.split("/")[0] for name in tracked()} == TOP


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_grows_beyond_a_screenful_of_ideas(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 400


def test_no_committed_file_names_a_registrys_address() -> None:
    locks = [n for n in tracked() if n.endswith((".txt", "package-lock.json", ".toml", ".npmrc"))]
    assert len(locks) >= 5
    for name in locks:
        text = (ROOT / name).read_text()
        assert not re.search(r"--(extra-)?index-url|--find-links|\"resolved\"|file:///", text), name


def test_what_is_locked_is_locked_by_hash() -> None:
    for name in ("base", "dev"):
        text = (ROOT / "config" / "requirements" / f"{name}.txt").read_text()
        pins = re.findall(r"^[a-z0-9][^ =]*==", text, flags=re.MULTILINE)
        assert len(pins) > 40
        assert text.count("--hash=sha256:") >= len(pins)


def contract(begins: str) -> dict[str, Any]:
    """The import contract whose name begins so."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    [found] = [one for one in contracts["contracts"] if one["name"].startswith(begins)]
    return dict(found)


def rooms(*apps: str) -> set[str]:
    return {
        f"{app}.{path.name}"
        for app in apps
        for path in (ROOT / app).iterdir()
        if (path / "__init__.py").exists() and path.name not in {"management", "migrations"}
    }


# Plain code over arrays has no views and no services; the demo has its command and its own order.
PLAIN = {*contract("The imaging, pipeline")["source_modules"], "inference.cells", "inference.demo"}


def test_the_order_inside_a_room_holds_for_every_room() -> None:
    """A layers contract is exhaustive within a container; which containers, it is told by hand."""
    assert set(contract("Inside a room")["containers"]) == rooms(*APPS) - PLAIN


def test_every_room_of_inference_that_serves_pages_is_kept_from_training() -> None:
    named = {".".join(name.split(".")[:2]) for name in contract("The web")["source_modules"]}
    assert rooms("inference") - PLAIN <= named
    assert set(APPS) - {"inference"} <= named


def test_the_page_names_every_signal_and_who_hears_it() -> None:
    owners: dict[str, str] = {}
    hearers: dict[str, set[str]] = {}
    for path in CODE:
        room, text = path.parent.name, path.read_text()
        if path.name == "signals.py":
            owners |= dict.fromkeys(re.findall(r"^(\w+) = Signal\(\)", text, re.MULTILINE), room)
        if path.name == "receivers.py":
            for listed in re.findall(r"^@receiver\((\[[^]]*\]|\w+)", text, re.MULTILINE):
                for name in re.findall(r"\w+", listed):
                    hearers.setdefault(name, set()).add(room)
    page = (ROOT / "docs" / "architecture.md").read_text()
    page = page.partition("### What goes by signal")[2].partition("\n## ")[0]
    table = re.findall(r"^\| `(\w+)`, (?:studies )?`(\w+)` \| ([^|]*) \|", page, re.MULTILINE)
    named = {name: (owner, set(re.findall(r"`(\w+)`", heard))) for name, owner, heard in table}
    assert named == {name: (room, hearers[name]) for name, room in owners.items()}
