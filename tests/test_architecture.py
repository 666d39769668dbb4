"""The shape of the house, as far as no linter knows it."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TOP = {
    ".ci", ".editorconfig", ".gitignore", ".npmrc", ".pre-commit-config.yaml", "CHANGELOG.md",
    "CONTRIBUTING.md", "LICENSE", "Makefile", "README.md", "SECURITY.md", "config", "docs",
    "inference", "manage.py", "package-lock.json", "package.json", "participants", "pyproject.toml",
    "static", "studies", "templates", "tests",
}  # fmt: skip
CODE = sorted(
    path
    for app in ("config", "studies", "participants", "inference")
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
