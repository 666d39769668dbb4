import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from inference.training.importers import card as cards
from inference.training.importers.card import CARDS, MappingCard, read_card
from inference.training.importers.errors import CardInvalid
from inference.training.importers.lines import load_yaml
from participants.imaging.strict_model import published
from tests.junk import VALUES, in_our_words, spoilt

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


def test_the_published_schema_is_what_the_models_say():
    path = Path(cards.__file__).with_name("card.schema.json")
    assert path.read_text(encoding="utf-8") == published(MappingCard)


READ = """\
readings:
  file: readings.csv
  photo: id
  columns: {reader: who}
  grades: {a: none, b: severe, c: not assessable}
  conditions: {w: wrinkles, x: ignore}
"""


def test_readings_are_grades_by_number_and_columns_as_usual_where_not_named(tmp_path):
    text = CARD[: CARD.index("labels:")] + READ + "picture:\n  kind: close_up\n"
    rule = read_card(written(tmp_path, text)).readings
    assert rule.grades == {"a": 0, "b": 3, "c": None}
    assert rule.conditions == {"w": "wrinkles", "x": None}
    assert rule.columns == {
        "photo": "photo_id",
        "reader": "who",
        "condition": "condition",
        "grade": "grade",
        "read_at": "read_at",
    }
    assert (rule.table.file, rule.at_least_readers, rule.ties) == ("readings.csv", 2, "between")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("name: clinic", "name: C", ":2: name: 'C' does not match"),
        ("1: {condition: wrinkles, grade: mild}", "1: {condition: wrinkles}", "needs a condition"),
        (
            "no: negative",
            "no: {negative: [pores], condition: pores}",
            "labels[0].map.no: needs a condition",
        ),
        ("no: negative", "no: bad", "labels[0].map.no: 'bad' is not one of 'ignore' or 'negative'"),
        ("grade: mild", "grade: 1", "labels[0].map.1.grade: must be text or a list, not 1"),
        ("[mild, severe]", "[mild, bad]", "labels[0].map.spots.grade[1]: 'bad' is not one of"),
        ("[mild, severe]", "[mild]", "labels[0].map.spots.grade: is too short: at least 2"),
        ("  column: patient", "  unknown: 1", "person.unknown: must be true or false, not 1"),
        ("  column: patient", "  unknown: false", "person.unknown: must be true or left out"),
        ("  column: patient", "  column: a\n  unknown: true", "person: needs one of column"),
        ("  column: patient", "  pattern: 'a'", "person.pattern: has no bracket"),
        ("  column: patient", f"  pattern: '(a){{{'9' * 30}}}'", "no regular expression"),
        ("kind: close_up", f"kind: close_up\n  width_mm: {'9' * 5000}", "must be a number"),
        ("kind: close_up", f"kind: close_up\n  width_mm: {'9' * 400}.0", "must be a number"),
        ("  name: own", '  name: "\\0"', "clinic.yaml:6: holds a character that cannot be kept"),
        ("  name: own", '  "\\ud800": own', "clinic.yaml:6: holds a character that cannot be kept"),
        ("  name: own", '  name: "\\U99999999"', "clinic.yaml:1: is not valid YAML"),
        ("  name: own", f"  name: {'[' * 5000}", "clinic.yaml:1: is nested or repeated too deep"),
        (
            "  terms: Ours.\n  non_commercial: false\n",
            "",
            "licence: 'terms' is a required property; 'non_commercial' is a required property",
        ),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_what_is_wrong_in_a_card_is_told_by_its_place(tmp_path, old, new, words):
    assert old in CARD
    with pytest.raises(CardInvalid) as refusal:
        read_card(written(tmp_path, CARD.replace(old, new)))
    assert words in str(refusal.value)
    assert in_our_words(str(refusal.value))


def test_columns_of_splits_and_what_they_mean_are_given_together(tmp_path):
    with pytest.raises(CardInvalid, match=r"splits: column and values are given together"):
        read_card(written(tmp_path, CARD + "splits: {column: fold}\n"))


WHOLE = load_yaml(CARDS / "scin.yaml")[0]
WHOLE["labels"] = [{**WHOLE["labels"][0], "map": dict([*WHOLE["labels"][0]["map"].items()][:2])}]


@given(spoilt(WHOLE) | VALUES)
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_the_card_is_it_is_read_or_refused_with_its_line_in_our_words(tmp_path, told):
    path = written(tmp_path, json.dumps(told, indent=1))
    try:
        card = read_card(path)
    except CardInvalid as refusal:
        line, _, message = str(refusal).removeprefix(f"{path}:").partition(": ")
        assert 1 <= int(line) <= 1 + path.read_text(encoding="utf-8").count("\n")
        assert message
        assert in_our_words(message)
        assert len(message) < 1000
    else:
        json.dumps(dict(card.raw), allow_nan=False, ensure_ascii=False).encode()
