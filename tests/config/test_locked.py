"""One locked file serves every Python of ``requires-python``, from Debian 12's 3.11.2 on.

Nothing is fetched: what each package needs is read from the installed copy of that very version,
with its markers answered as each Python would. A package whose pin is for other Pythons than this
one is not installed here, so its own needs are not followed.
"""

import re
import tomllib
from functools import cache
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ROOT / "config" / "requirements"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PYTHONS = ["3.11.0", "3.11.2", "3.11.3", "3.12.0", "3.13.0", "3.13.99"]


def on(python: str, extra: str = "") -> dict[str, str]:
    """What markers are answered with: CPython of this version on Linux."""
    return {
        "python_version": ".".join(python.split(".")[:2]),
        "python_full_version": python,
        "implementation_version": python,
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "sys_platform": "linux",
        "platform_system": "Linux",
        "os_name": "posix",
        "extra": extra,
    }


@cache
def lines(lock: str) -> list[Requirement]:
    """The requirements of a lock, without their hashes."""
    text = (LOCKS / f"{lock}.txt").read_text()
    return [
        Requirement(line.rstrip("\\ ")) for line in re.findall(r"^[a-z0-9].*$", text, re.MULTILINE)
    ]


def pins(lock: str, python: str) -> dict[str, str]:
    """The version of each package that this Python would be given."""
    found = [r for r in lines(lock) if r.marker is None or r.marker.evaluate(on(python))]
    names = [canonicalize_name(r.name) for r in found]
    assert len(names) == len(set(names))
    return {name: str(r.specifier).removeprefix("==") for name, r in zip(names, found, strict=True)}


def needs(requirement: Requirement, python: str) -> list[Requirement]:
    """What the installed copy of a package, with the extras asked for, needs on this Python."""
    try:
        asked = metadata.requires(requirement.name) or []
    except metadata.PackageNotFoundError:
        return []
    extras = ["", *requirement.extras]
    return [
        need
        for need in map(Requirement, asked)
        if need.marker is None or any(need.marker.evaluate(on(python, e)) for e in extras)
    ]


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("lock", ["base", "dev"])
def test_every_need_is_locked_for_the_lowest_python_and_the_highest(lock: str, python: str) -> None:
    locked = pins(lock, python)
    asked = [*PROJECT["dependencies"]]
    if lock == "dev":
        asked += PROJECT["optional-dependencies"]["dev"]
    waiting, seen = [Requirement(text) for text in asked], set()
    while waiting:
        need = waiting.pop()
        if (known := str(need)) in seen:
            continue
        seen.add(known)
        version = locked.get(canonicalize_name(need.name))
        assert version is not None, f"{need} is not locked"
        assert need.specifier.contains(version, prereleases=True), (need, version)
        waiting += needs(need, python)
    assert {canonicalize_name(Requirement(text).name) for text in seen} == locked.keys()


@pytest.mark.parametrize("python", PYTHONS)
def test_every_locked_package_takes_every_python_it_is_locked_for(python: str) -> None:
    assert SpecifierSet(PROJECT["requires-python"]).contains(python)
    for name in pins("dev", python):
        try:
            wanted = metadata.metadata(name)["Requires-Python"]
        except metadata.PackageNotFoundError:
            continue
        assert wanted is None or SpecifierSet(wanted).contains(python), (name, wanted)


def test_redis_has_its_timeouts_on_debians_python() -> None:
    assert "async-timeout" in pins("base", "3.11.2")
    assert "async-timeout" not in pins("base", "3.11.3")


def test_every_python_gets_the_same_versions_and_the_tests_those_of_production() -> None:
    for python in PYTHONS:
        assert pins("base", python).items() <= pins("dev", python).items()
    for lock in ("base", "dev"):
        names = [canonicalize_name(requirement.name) for requirement in lines(lock)]
        assert len(names) == len(set(names)), "two versions of one package"


def test_uv_itself_is_pinned() -> None:
    assert [str(requirement.specifier)[:2] for requirement in lines("uv")] == ["=="]
    assert [requirement.name for requirement in lines("uv")] == ["uv"]
