"""Files that are no protocol, or made to cost: refused in words, where the limit is met."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from studies.protocol_file.reading import read_source
from tests.studies.protocol_file.written import mistakes, small


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["", "- a", "just words", "a: {b: {c: 1}}", "\x07", "[" * 5000])
def test_what_is_no_protocol_at_all_is_refused_in_words(text: str) -> None:
    assert mistakes(text)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[" * 100_000, "line 1: the file is nested too deeply: at most 20 levels"),
        ("[" * 50_000 + "]" * 50_000, "line 1: the file is nested too deeply"),
        ("{" * 100_000, "line 1: the file is nested too deeply"),
        ("- " * 100_000, "line 1: the file is nested too deeply"),
        ("? " * 100_000, "line 1: the file is nested too deeply"),
        ("\n".join(" " * deep + "a:" for deep in range(1000)), "line 21: the file is nested"),
        ("[" + "[]," * 300_000 + "]", "line 1: the file holds more than 10000 values"),
        ("- a\n" * 15_000, "line 10000: the file holds more than 10000 values"),
        ("#\n" * 400_000, "line 20001: the file has more than 20000 lines"),
        ("a: |\n" + "  x\n" * 200_000, "line 20001: the file has more than 20000 lines"),
        ("a: b\n" * 1_000_000, "line 1: the file is larger than 1 MB"),
        ("a: 1\nb: " + "x" * 900_000, "line 2: a text is longer than 200000 characters"),
        ("a: &a [x]\nb: [*a, *a]", "line 1: references (& and *) are not used"),
        ("a: 1\nb: *a", "line 2: references (& and *) are not used"),
        ("a: 1\nb: !!python/object/apply:os.system [x]", "line 2: tags (!) are not used"),
        ("a: !!bool maybe", "line 1: tags (!) are not used"),
        ("a: 1\nb: \x07", "special characters are not allowed"),
        ('a: 1\nb: "\\U00110000"', "line 2: this is not valid YAML"),
        ('a: 1\nb: "\\UFFFFFFFF"', "line 2: this is not valid YAML"),
    ],
    ids=lambda value: value[:24],
)
def test_a_hostile_file_is_refused_in_words(text: str, said: str) -> None:
    found = mistakes(text)
    assert found[0].startswith(said) or said in found[0]


@pytest.mark.django_db
@pytest.mark.parametrize("number", ["0x" + "f" * 9000, "0b" + "1" * 90_000, "1:" * 50_000 + "1.5"])
def test_a_number_too_long_to_compute_is_refused_where_it_stands(number: str) -> None:
    found = mistakes(small("day: 7", f"day: {number}"))
    assert any("line 14, visits[1].day: expected a whole number" in line for line in found), found


@pytest.mark.django_db
def test_a_file_too_large_to_read_is_not_read_whole(
    tmp_path: Path,
) -> None:
    huge = tmp_path / "huge.yaml"
    huge.write_text("é" * 3_000_000)
    assert len(read_source(huge)) < 1_000_000
    with pytest.raises(CommandError, match="larger than 1 MB"):
        call_command("load_study", str(huge))
