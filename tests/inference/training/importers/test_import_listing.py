import pytest

from inference.training.importers.card import read_card
from inference.training.importers.errors import ImportRefused
from inference.training.importers.listing import list_pictures, split_of

CARD = """\
schema: gsh-mapping/1
name: clinic
title: A clinic's pictures
citation: none
licence: {name: own, terms: Ours., non_commercial: false}
layout:
  tables:
    - file: labels.csv
  images:
    - path: "pictures/{file}"
person:
  column: patient
labels:
  - column: wrinkles
    map:
      "0": {condition: wrinkles, grade: none}
      "1": {condition: wrinkles, grade: mild}
      "?": ignore
picture:
  kind: close_up
"""


def listed(tmp_path, rows, *, card=CARD, header="file,patient,wrinkles,side"):
    (tmp_path / "card.yaml").write_text(card, encoding="utf-8")
    (tmp_path / "labels.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    folder = tmp_path / "pictures"
    folder.mkdir(exist_ok=True)
    for row in rows:
        name = row.split(",")[0]
        if name.endswith(".jpg") and "/" not in name:
            (folder / name).write_text(name.removeprefix("copy-"), encoding="utf-8")
    return list_pictures(read_card(tmp_path / "card.yaml"), tmp_path)


def reasons(listing):
    return [(p.reason, p.place) for p in listing.problems]


def test_a_person_has_one_split_that_stays_when_pictures_are_added(tmp_path):
    rows = [f"{k}.jpg,P{k % 7},{k % 2},a" for k in range(40)]
    few, many = listed(tmp_path, rows[:20]), listed(tmp_path, rows)
    splits = {item.person: item.split for item in many.items}
    assert all(item.split == splits[item.person] for item in [*few.items, *many.items])
    assert len(splits) == 7


def test_the_shares_of_the_splits_come_out(tmp_path):
    (tmp_path / "card.yaml").write_text(CARD, encoding="utf-8")
    card = read_card(tmp_path / "card.yaml")
    found = [split_of(card, f"person {k}") for k in range(4000)]
    assert found.count("train") / 4000 == pytest.approx(0.8, abs=0.02)
    assert found.count("test") / 4000 == pytest.approx(0.1, abs=0.02)
    given = {split_of(card, f"person {k}", "train+validation") for k in range(400)}
    assert given == {"train", "validation"}
    assert split_of(card, "person 1", "test") == "test"


def test_people_who_share_a_picture_are_taken_for_one(tmp_path):
    rows = [
        "a.jpg,P1,1,x",
        "b.jpg,P2,0,x",
        "c.jpg,P3,0,x",
        "copy-a.jpg,P2,1,x",
        "copy-b.jpg,P3,0,x",
    ]
    listing = listed(tmp_path, rows)
    assert [item.image for item in listing.items] == [f"pictures/{name}.jpg" for name in "abc"]
    assert {item.person for item in listing.items} == {"person P1"}
    assert reasons(listing) == [("duplicate", "labels.csv:5"), ("duplicate", "labels.csv:6")]


def test_the_same_picture_with_two_labels_is_used_for_neither(tmp_path):
    listing = listed(tmp_path, ["a.jpg,P1,1,x", "copy-a.jpg,P1,0,x", "b.jpg,P1,0,x"])
    assert [item.image for item in listing.items] == ["pictures/b.jpg"]
    assert reasons(listing) == [("contradiction", "labels.csv:3")]


def test_a_person_on_two_sides_of_the_data_s_own_split_is_refused(tmp_path):
    card = CARD + "splits:\n  column: side\n  values: {tr: train, te: test}\n"
    with pytest.raises(ImportRefused, match=r"labels\.csv:3: person P1 is in the test split and"):
        listed(tmp_path, ["a.jpg,P1,1,tr", "b.jpg,P1,1,te"], card=card)
    listing = listed(tmp_path, ["a.jpg,P1,1,tr", "b.jpg,P2,1,te"], card=card)
    assert [item.split for item in listing.items] == ["train", "test"]


def test_what_is_amiss_is_counted_with_its_line_and_never_dropped_in_silence(tmp_path):
    rows = [
        "a.jpg,P1,1,x",
        "b.jpg,P1,7,x",
        "c.jpg,P1,?,x",
        "../secret.jpg,P1,1,x",
        "/etc/passwd,P1,1,x",  # below the folder all the same
        "e.jpg,,1,x",
        "gone.png,P1,1,x",
    ]
    listing = listed(tmp_path, rows)
    assert [item.image for item in listing.items] == ["pictures/a.jpg", "pictures/e.jpg"]
    assert listing.items[1].person == "picture pictures/e.jpg"
    assert sorted(reasons(listing), key=lambda found: found[1]) == [
        ("unknown-label", "labels.csv:3"),
        ("no-label", "labels.csv:3"),
        ("no-label", "labels.csv:4"),
        ("outside", "labels.csv:5"),
        ("missing", "labels.csv:6"),
        ("no-person", "labels.csv:7"),
        ("missing", "labels.csv:8"),
    ]


def test_rows_are_kept_and_dropped_by_the_card_s_filters(tmp_path):
    card = CARD.replace("person:\n", "  drop: {side: [back]}\nperson:\n", 1)
    listing = listed(tmp_path, ["a.jpg,P1,1,front", "b.jpg,P1,1,back"], card=card)
    assert ([item.image for item in listing.items], listing.filtered) == (["pictures/a.jpg"], 1)


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("column: patient", "column: person", 12, "no column 'person' in labels.csv"),
        ("column: wrinkles", "column: label", 14, "no column 'label' in labels.csv"),
        ("{file}", "{name}", 10, "no column 'name' in labels.csv"),
    ],
)
def test_a_column_that_is_not_there_is_named_with_the_card_s_line(tmp_path, old, new, line, words):
    with pytest.raises(ImportRefused) as refusal:
        listed(tmp_path, ["a.jpg,P1,1,x"], card=CARD.replace(old, new, 1))
    assert str(refusal.value).startswith(f"{tmp_path / 'card.yaml'}:{line}: ")
    assert words in str(refusal.value)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (["a.jpg,P1,1,x", "b.jpg,P1"], r"labels\.csv:3: 2 cells where 4 are named"),
        (['a.jpg,"P1,1,x'], r"labels\.csv:2: unexpected end of data"),
        ([], r"labels\.csv:1: holds no rows"),
    ],
)
def test_a_broken_table_is_refused_with_its_line(tmp_path, rows, words):
    with pytest.raises(ImportRefused, match=words):
        listed(tmp_path, rows)


def test_an_import_of_nothing_says_why(tmp_path):
    with pytest.raises(ImportRefused, match="no picture is left to import: 0 filtered, no-label 1"):
        listed(tmp_path, ["a.jpg,P1,?,x"])
