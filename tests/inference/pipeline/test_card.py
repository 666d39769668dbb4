"""The model card against whatever a file may carry in its place."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings

from inference.pipeline import card as cards
from inference.pipeline.anatomy import REGIONS
from inference.pipeline.assessed import CONDITIONS
from inference.pipeline.card import Card, parse_card
from inference.pipeline.errors import PackageRefused
from participants.imaging.strict_model import published
from tests.inference.pipeline.tiny_package import INT8, POOLED, tiny_card
from tests.junk import VALUES, in_our_words, spoilt

WHOLE = tiny_card(
    int8=INT8,
    description="Of use to tests.",
    calibration={"wrinkles": {"temperature": 1.2, "shift": [0.1, 0, 0, -0.2]}},
    repeatability={
        "data": "Drawn people.",
        "conditions": {
            "pores": {
                "face": {"sd": 4.0, "people": 24, "photos": 72},
                "regions": {"nose": {"sd": 6.5, "people": 24, "photos": 72}},
            }
        },
    },
    **POOLED,
)


def pooling(**changes):
    return {"pooling": {**POOLED["pooling"], **changes}}


def refused(**changes):
    with pytest.raises(PackageRefused) as refusal:
        parse_card(json.dumps(tiny_card(**changes)))
    assert refusal.value.code == "incomplete-card"
    return refusal.value.message.removeprefix("The model card is not complete: ")


def changed(part, **changes):
    return {part: {**tiny_card()[part], **changes}}


def test_the_published_schema_is_what_the_models_say():
    path = Path(cards.__file__).with_name("card.schema.json")
    assert path.read_text(encoding="utf-8") == published(Card)
    output = json.loads(published(Card))["$defs"]["CardOutput"]["properties"]
    assert output["condition"]["enum"] == list(CONDITIONS)
    assert output["regions"]["items"]["enum"] == list(REGIONS)


def test_a_card_is_kept_as_written_beside_what_it_means():
    card = parse_card(json.dumps({**WHOLE, "training": {**WHOLE["training"], "people": 0}}))
    assert card.raw == {**WHOLE, "training": {**WHOLE["training"], "people": 0}}
    assert card.input.mean == (0.5, 0.5, 0.5)
    assert card.outputs[0].grades == ("none", "mild", "moderate", "severe")
    assert card.performance.conditions["pores"].weighted_kappa.value == 0.5
    assert card.calibration["wrinkles"].shift == (0.1, 0.0, 0.0, -0.2)


def test_a_whole_number_may_be_written_with_a_point_as_json_has_it():
    size = parse_card(json.dumps(tiny_card(**changed("input", size=64.0)))).input.size
    assert (size, type(size)) == (64, int)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (changed("input", size="64"), "input.size: must be a whole number, not '64'."),
        (changed("input", size=True), "input.size: must be a whole number, not true."),
        (changed("input", size=64.5), "input.size: must be a whole number, not 64.5."),
        (changed("input", window_mm=10**399), "input.window_mm: must be a number, not 1000"),
        (changed("input", mean=[0.5, 0.5]), "input.mean: is too short: at least 3."),
        (changed("input", depth=3), "input: 'depth' was unexpected."),
        (changed("training", generated=1), "training.generated: must be true or false, not 1."),
        ({"description": None}, "description: must be text, not null."),
        ({"int8": None}, "int8: must be an object, not null."),
        ({"version": "1.0.0\n"}, "version: '1.0.0\\n' does not match"),
        ({"version": f"1.0.0-{'a' * 40}"}, "version: is too long: at most 40 characters."),
        ({"title": ""}, "title: '' is too short: at least 1."),
        (
            pooling(face={"pores": {"temperature": 1.2, "shift": [0.1, -0.1]}}),
            "pooling.face.pores.shift: 4 grades need as many shifts, not 2.",
        ),
        (
            pooling(focal={"pores": {"low": 0.4, "high": 0.4}}),
            "pooling.focal.pores: low must lie below high.",
        ),
        (pooling(method="mean"), "pooling.method: must be 'log', not 'mean'."),
        ({"mirror": 1}, "mirror: must be true or false, not 1."),
        ({"calibration": {"acne": {}}}, "calibration.acne: 'acne' is not one of 'dryness'"),
        (
            {"outputs": [{**WHOLE["outputs"][0], "grades": ["none", "bad", "bad"]}]},
            "outputs[0].grades: 'bad' is given twice.",
        ),
        (
            {"outputs": [*WHOLE["outputs"][:2], {**WHOLE["outputs"][2], "name": "dryness"}]},
            "outputs: one output name is given twice.",
        ),
        (
            {"outputs": [{**WHOLE["outputs"][0], "map": "dryness"}]},
            "outputs: one output name is given twice.",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_wrong_in_a_card_is_told_by_its_place(changes, words):
    assert refused(**changes).startswith(words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"name": "a", "name": "b"}', "'name' is given twice"),
        ('{"title": "a\\u0000b"}', "cannot be kept"),
        ('{"title": "\\ud83d"}', "cannot be kept"),
        ('{"input": {"window_mm": 1e999}}', "1e999 is not a number"),
        ('{"a":' * 20_000, "too deep"),
        ("\ud800", "not valid JSON"),
        (f'{{"title": "{"ä" * 140_000}"}}', "256 KiB"),
    ],
    ids=lambda value: str(value)[:20].encode("ascii", "replace").decode(),
)
def test_a_card_that_cannot_be_read_in_one_way_or_kept_is_broken(text, words):
    with pytest.raises(PackageRefused, match=words) as refusal:
        parse_card(text)
    assert refusal.value.code == "broken-card"


@given(spoilt(WHOLE) | VALUES)
@settings(max_examples=200, deadline=None)
def test_whatever_the_card_is_it_is_read_or_refused_in_our_words(told):
    try:
        card = parse_card(json.dumps(told))
    except PackageRefused as refusal:
        code, message = refusal.code, refusal.message
    else:
        assert card.raw == told
        json.dumps(dict(card.raw), allow_nan=False, ensure_ascii=False).encode()
        return
    assert code in {"broken-card", "incomplete-card"}
    assert in_our_words(message)
    assert len(message) < 2000
