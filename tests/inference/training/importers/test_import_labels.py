import pytest

from inference.training.importers.labels import Tally, labels_of, tone_of
from inference.training.importers.meanings import ABSENT, PRESENT, LabelRule, interval_of
from inference.training.importers.parts import Fitzpatrick, Scale
from inference.training.importers.tables import Row

MAP = {
    "Eczema": {"condition": "dermatitis", "present": True},
    "Contact": {"condition": "dermatitis", "present": True},
    "Nevus": {"condition": "dermatitis", "present": False},
    "Mild": {"condition": "dermatitis", "grade": "mild"},
    "Severe": {"condition": "dermatitis", "grade": "severe"},
    "Acne": "ignore",
}


def rule_of(column, kind, *, at_least=0.5, ignore_rest=False):
    otherwise = {"otherwise": "ignore"} if ignore_rest else {}
    return LabelRule(column=column, format=kind, at_least=at_least, map=MAP, **otherwise)


def found(cell, kind="weights", *, ignore_rest=True, at_least=0.5):
    tally = Tally()
    rule = rule_of("label", kind, at_least=at_least, ignore_rest=ignore_rest)
    return labels_of(Row({"label": cell}, "table.csv:2"), [rule], tally), tally


def test_weights_of_diagnoses_that_mean_one_condition_add_up():
    assert found("{'Eczema': 0.3, 'Contact': 0.3, 'Psoriasis': 0.4}")[0] == {"dermatitis": PRESENT}
    assert found("{'Eczema': 0.3, 'Psoriasis': 0.7}")[0] == {}


def test_absence_needs_that_nothing_speaks_for_presence():
    assert found('{"Nevus": 1.0}')[0] == {"dermatitis": ABSENT}
    assert found("{'Nevus': 0.8, 'Eczema': 0.2}")[0] == {}


def test_labels_of_a_list_that_exclude_each_other_are_told_and_not_used():
    labels, tally = found("['Eczema', 'Nevus']", "list")
    assert labels == {}
    assert [p.reason for p in tally.problems] == ["contradiction"]
    assert found("['Eczema', 'Mild']", "list")[0] == {"dermatitis": interval_of(1)}
    assert found("['Mild', 'Severe']", "list")[1].problems[0].reason == "contradiction"


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        ("__import__('os')", "list"),
        ("{'Eczema': 'x'}", "weights"),
        ("{'Eczema': -1}", "weights"),
        ("{'Eczema': NaN}", "weights"),
        ("[1", "list"),
        ("['Eczema']", "weights"),
        ("[" * 5000, "list"),
    ],
)
def test_a_cell_of_another_shape_is_told_and_not_used(cell, kind):
    labels, tally = found(cell, kind)
    assert labels == {}
    assert [(p.reason, p.place) for p in tally.problems] == [("unreadable-label", "table.csv:2")]


def test_an_unknown_label_is_listed_unless_the_card_ignores_the_rest():
    labels, tally = found("Psoriasis", "plain", ignore_rest=False)
    assert labels == {}
    assert [p.reason for p in tally.problems] == ["unknown-label"]
    _, tally = found("Psoriasis", "plain")
    assert tally.problems == []
    assert tally.ignored["Psoriasis"] == 1
    assert found("Acne", "plain", ignore_rest=False)[1].problems == []


def test_two_columns_narrow_each_other():
    rules = [rule_of(name, "plain") for name in ("first", "second")]
    tally = Tally()
    row = Row({"first": "Eczema", "second": "Severe"}, "t:2")
    assert labels_of(row, rules, tally) == {"dermatitis": interval_of(3)}
    row = Row({"first": "Nevus", "second": "Severe"}, "t:3")
    assert labels_of(row, rules, tally) == {}
    assert [p.place for p in tally.problems] == ["t:3"]


def test_the_tone_is_the_upper_median_of_those_who_said():
    scale = Fitzpatrick(columns=("a", "b", "c"), values={f"FST{k}": k for k in range(1, 7)})
    tally = Tally()

    def tone(*cells):
        return tone_of(Row(dict(zip("abc", cells, strict=True)), "t:2"), scale, tally)

    assert tone("FST2", "FST4", "") == 4
    assert tone("FST2", "FST5", "FST4") == 4
    assert tone("", "nan", "") == 0
    assert tally.problems == []
    assert tone("FST9", "FST1", "") == 1
    assert [p.reason for p in tally.problems] == ["unknown-tone"]


def test_a_scale_without_values_takes_its_own_numbers():
    scale, tally = Scale(columns=("a",)), Tally()
    assert tone_of(Row({"a": "3.0"}, "t:2"), scale, tally) == 3
    assert tone_of(Row({"a": "11"}, "t:3"), scale, tally) == 0
    assert [p.place for p in tally.problems] == ["t:3"]
