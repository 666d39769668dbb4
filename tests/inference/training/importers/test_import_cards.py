import pytest

from inference.training.importers.card import CARDS, read_card
from inference.training.importers.errors import CardInvalid

CARD = """\
schema: gsh-mapping/1
name: clinic
title: A clinic's pictures
citation: none
licence:
  name: own
  terms: Ours.
  non_commercial: false
layout:
  tables:
    - file: labels.csv
  images:
    - path: "{file}"
person:
  column: patient
labels:
  - column: label
    map:
      1: {condition: wrinkles, grade: mild}
      no: negative
      spots: {condition: lentigo, grade: [mild, severe]}
picture:
  kind: close_up
"""


def written(tmp_path, text):
    path = tmp_path / "clinic.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("path", sorted(CARDS.glob("*.yaml")), ids=lambda p: p.stem)
def test_every_card_that_ships_is_valid_and_names_its_licence(path):
    card = read_card(path.stem)
    assert card.path == path
    assert card.licence.name
    assert card.licence.terms


def test_keys_are_the_labels_they_look_like(tmp_path):
    rule = read_card(written(tmp_path, CARD)).labels[0]
    assert list(rule.map) == ["1", "no", "spots"]
    assert rule.map["1"] == {"wrinkles": (1 / 6, 1 / 2)}
    assert rule.map["spots"] == {"lentigo": (1 / 6, 1.0)}
    assert set(rule.map["no"].values()) == {(0.0, 1 / 6)}
    assert len(rule.map["no"]) == 8


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("grade: mild", "grade: bad", 19, "'bad' is not one of"),
        ("condition: lentigo", "condition: acne", 21, "'acne' is not one of"),
        ("grade: [mild, severe]", "grade: [severe, mild]", 21, "lower to the higher"),
        ("  non_commercial: false\n", "", 5, "'non_commercial' is a required property"),
        ("  kind: close_up", "  kind: dermoscopy", 23, "'dermoscopy' is not one of"),
        ("  name: own", "  name: CC BY-NC 4.0", 8, "restricts commercial use"),
        ("      no: negative", "      1: negative", 20, "'1' is given twice"),
        ("  column: patient", "  pattern: '(['", 15, "no regular expression"),
        ("  column: patient", "  column: [patient", 15, "not valid YAML"),
        ("citation: none", "citation: none\nextra: 1", 1, "'extra' was unexpected"),
        ("  kind: close_up", "  kind: face\n  width_mm: 90", 24, "for close-ups"),
    ],
)
def test_a_wrong_card_is_refused_naming_file_and_line(tmp_path, old, new, line, words):
    assert old in CARD
    path = written(tmp_path, CARD.replace(old, new))
    with pytest.raises(CardInvalid) as refusal:
        read_card(path)
    message = str(refusal.value)
    assert words in message
    named = int(message.removeprefix(f"{path}:").split(":")[0])
    assert abs(named - line) <= 1 if words == "not valid YAML" else named == line


def test_shares_of_splits_add_up(tmp_path):
    text = CARD + "splits:\n  shares: {train: 0.9, validation: 0.2, test: 0.1}\n"
    with pytest.raises(CardInvalid, match="add up to 1"):
        read_card(written(tmp_path, text))


def test_a_card_has_labels_or_readings_and_not_neither(tmp_path):
    text = CARD[: CARD.index("labels:")] + "picture:\n  kind: close_up\n"
    with pytest.raises(CardInvalid, match="either labels or readings"):
        read_card(written(tmp_path, text))


def test_a_card_that_repeats_itself_without_end_is_refused(tmp_path):
    bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{b}: &{b} [{', '.join(['*' + a] * 10)}]\n"
        for a, b in zip("abcdef", "bcdefg", strict=True)
    )
    with pytest.raises(CardInvalid, match="too deep"):
        read_card(written(tmp_path, bomb))


def test_a_card_that_is_not_there_is_named(tmp_path):
    with pytest.raises(CardInvalid, match=r"none\.yaml:1: cannot be read"):
        read_card(tmp_path / "none.yaml")
