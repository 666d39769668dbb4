"""Each class, function or module the glossary names exists, and each word stands there once."""

import re
from importlib import import_module
from pathlib import Path

import pytest

TEXT = (Path(__file__).resolve().parents[1] / "docs" / "glossary.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`((?:config|studies|participants|inference)(?:\.\w+)+)`", TEXT)
WORDS = re.findall(r"^\| ([^|]+) \|", TEXT, re.MULTILINE)


def found(name: str) -> object:
    """What ``name`` names: its longest importable part, then attributes of that."""
    module, rest = name, []
    while True:
        try:
            thing: object = import_module(module)
            break
        except ModuleNotFoundError:
            module, _, last = module.rpartition(".")
            rest.insert(0, last)
    for part in rest:
        thing = getattr(thing, part)
    return thing


@pytest.mark.parametrize("name", sorted(set(NAMED)))
def test_what_the_glossary_names_exists(name: str) -> None:
    assert found(name) is not None


def test_a_name_that_leads_nowhere_is_found() -> None:
    with pytest.raises(AttributeError):
        found("studies.platform.work.Bell")


def test_each_word_has_one_line() -> None:
    words = [word for word in WORDS if word != "word"]
    assert len(words) > 40
    assert len(words) == len(set(words))
