import pytest

from inference.training.real_faces import people as people_module
from inference.training.real_faces.errors import PhotographsRefused
from inference.training.real_faces.people import PARTS, number_of, people_set
from inference.training.real_faces.photographs import Photographs, read_pixels
from tests.inference.training.real_faces.drawn import folder_of_people, people


def test_nobody_is_in_two_parts_of_the_split_and_every_part_has_people():
    split = people_set().split
    every = [person for part in PARTS for person in split[part]]
    assert len(every) == len(set(every)) == 81
    assert [len(split[part]) for part in PARTS] == [48, 13, 20]
    assert people_set().part_of(split["test"][0]) == "test"
    assert people_set().part_of("999") is None


def test_a_split_with_somebody_in_two_parts_is_refused(tmp_path, monkeypatch):
    twice = people_module.PEOPLE.read_text("utf-8").replace('"009"', '"001"')
    (tmp_path / "people.json").write_text(twice, encoding="utf-8")
    monkeypatch.setattr(people_module, "PEOPLE", tmp_path / "people.json")
    with pytest.raises(ValueError, match="more than one part"):
        people_set.__wrapped__()


def test_people_have_numbers_of_their_own_apart_from_generated_ones():
    every = [number_of(person) for part in PARTS for person in people_set().split[part]]
    assert len(set(every)) == len(every)
    assert min(every) >= 900_000_000


def test_a_part_has_both_photographs_of_its_own_people_and_no_others(tmp_path):
    folder = Photographs(folder_of_people(tmp_path), people())
    assert [one.name for one in folder.of("train")] == [
        "neutral/001", "neutral/002", "smiling/001", "smiling/002",
    ]  # fmt: skip
    assert [one.name for one in folder.of("test", "neutral")] == ["neutral/004"]
    assert folder.of("train")[1].person.gender == "male"


def test_people_whom_the_split_does_not_name_are_left_out(tmp_path):
    folder = Photographs(folder_of_people(tmp_path, ("001", "002", "003", "004", "777")), people())
    assert "777" not in {one.person.id for one in folder.photographs}


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (lambda folder: folder / "away", "no folder"),
        (lambda folder: (folder / "people.csv").unlink(), "no people.csv"),
        (lambda folder: (folder / "people.csv").write_text("id,age\n1,2\n"), "no column"),
        (lambda folder: (folder / "smiling").rename(folder / "other"), "no folder smiling"),
        (lambda folder: (folder / "neutral" / "003_03.jpg").unlink(), "no neutral photograph"),
    ],
)
def test_a_folder_that_is_missing_or_laid_out_otherwise_says_so(tmp_path, broken, said):
    folder = folder_of_people(tmp_path)
    asked = broken(folder)
    with pytest.raises(PhotographsRefused, match=said) as refusal:
        Photographs(asked if said == "no folder" else folder, people())
    assert "docs/real-faces.md" in str(refusal.value)


def test_a_folder_with_another_photograph_has_another_digest(tmp_path):
    one = Photographs(folder_of_people(tmp_path / "a"), people())
    other = Photographs(folder_of_people(tmp_path / "b"), people())
    assert one.digest == other.digest
    path = tmp_path / "b" / "neutral" / "001_03.jpg"
    path.write_bytes(path.read_bytes() + b"\0")
    assert Photographs(tmp_path / "b", people()).digest != one.digest


def test_what_is_no_photograph_is_refused(tmp_path):
    (tmp_path / "x.jpg").write_bytes(b"no picture")
    with pytest.raises(PhotographsRefused, match="cannot be read"):
        read_pixels(tmp_path / "x.jpg")
