"""What is told from outside: read strictly, refused in words that name the place."""

import json
from contextlib import suppress
from typing import Annotated

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field, ValidationError, model_validator

from participants.imaging.strict_json import read_json
from participants.imaging.strict_model import (
    BY_KIND,
    LIST,
    TEXT,
    WHOLE,
    Among,
    Different,
    Many,
    Maybe,
    Strict,
    Written,
    Wrong,
    faults,
    in_words,
    published,
)
from tests.junk import VALUES, in_our_words, spoilt


class Leaf(Strict):
    kind: Annotated[str, Among(("oak", "elm"))]
    size: Annotated[int, Field(ge=1), WHOLE] = 1
    names: Annotated[Many[str], Different()] = ()
    notes: Maybe[str] = None
    either: Maybe[Annotated[Annotated[str, TEXT] | Annotated[Many[str], LIST], BY_KIND]] = None

    @model_validator(mode="after")
    def _check_sense(self):
        if self.kind == "elm" and self.size > 9:
            raise Wrong("elms are small", "size")
        return self


class Tree(Strict):
    leaves: Annotated[Many[Leaf], Field(min_length=1)]
    by_name: dict[str, Leaf] = {}
    height: float = 1
    tag: Annotated[int, Written(Annotated[str, Among(("a", "b"))], "ab".index)] = 0


GOOD = {
    "leaves": [{"kind": "oak", "size": 3, "names": ["x"], "notes": "n"}, {"kind": "elm"}],
    "by_name": {"first": {"kind": "oak", "either": ["a"]}, "last": {"kind": "elm", "either": "b"}},
    "height": 2.5,
    "tag": "b",
}


def amiss(told):
    with pytest.raises(ValidationError) as refused:
        Tree.model_validate(told)
    return in_words(refused.value, told)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"a": 1, "b": {"c": 1, "c": 1}}', "'c' is given twice"),
        ('{"a": NaN}', "NaN is not a number"),
        ('{"a": -Infinity}', "-Infinity is not a number"),
        ('{"a": 1e999}', "1e999 is not a number"),
        ('{"a": ' + "9" * 5000 + "}", "999 is not a number"),
        ('{"a": ["\\u0000"]}', "cannot be kept"),
        ('{"\\ud800": 1}', "cannot be kept"),
        ("[" * 100_000, "nested too deep"),
        ('{"a": ' * 5000 + "1" + "}" * 5000, "nested too deep"),
        ("{", "line 1 column 2"),
        (b"\xff\xfe{", "decode"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_json_that_could_be_taken_in_two_ways_or_not_be_kept_is_refused(text, words):
    with pytest.raises(ValueError, match=words) as refused:
        read_json(text)
    assert len(str(refused.value)) < 200


@given(VALUES)
@settings(max_examples=60, deadline=None)
def test_what_is_read_is_what_json_says_and_can_be_written_again(value):
    text = json.dumps(value)
    try:
        told = read_json(text)
    except ValueError:
        return
    json.dumps(told, allow_nan=False, ensure_ascii=False).encode()
    assert told == json.loads(text)


@given(st.text(st.characters(), max_size=60))
@settings(max_examples=60, deadline=None)
def test_no_text_breaks_the_reader(text):
    with suppress(ValueError):
        read_json(text)


def test_a_tree_is_kept_as_told_and_nothing_of_it_changes():
    tree = Tree.model_validate(GOOD)
    assert tree.leaves[0] == Leaf(kind="oak", size=3, names=("x",), notes="n")
    assert (tree.tag, tree.height, tree.by_name["first"].either) == (1, 2.5, ("a",))
    assert Tree.model_validate({"leaves": [{"kind": "oak", "size": 4.0}]}).leaves[0].size == 4
    with pytest.raises(ValidationError):
        tree.height = 3.0


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({}, "'leaves' is a required property"),
        ({**GOOD, "zz": 1}, "'zz' was unexpected"),
        ([], "must be an object, not a list"),
        ({"leaves": []}, "leaves: is too short: at least 1"),
        ({"leaves": [{}]}, "leaves[0]: 'kind' is a required property"),
        ({"leaves": [3]}, "leaves[0]: must be an object, not 3"),
        ({"leaves": {}}, "leaves: must be a list, not an object"),
        ({"leaves": [{"kind": "fir"}]}, "leaves[0].kind: 'fir' is not one of 'oak' or 'elm'"),
        ({"leaves": [{"kind": "oak", "size": 0}]}, "leaves[0].size: 0 is less than 1"),
        (
            {"leaves": [{"kind": "oak", "size": 1.5}]},
            "leaves[0].size: must be a whole number, not 1.5",
        ),
        (
            {"leaves": [{"kind": "oak", "size": True}]},
            "leaves[0].size: must be a whole number, not true",
        ),
        ({"leaves": [{"kind": "elm", "size": 10}]}, "leaves[0].size: elms are small"),
        (
            {"leaves": [{"kind": "oak", "names": ["a", "b", "a"]}]},
            "leaves[0].names: 'a' is given twice",
        ),
        ({"leaves": [{"kind": "oak", "notes": None}]}, "leaves[0].notes: must be text, not null"),
        (
            {"leaves": [{"kind": "oak", "either": 5}]},
            "leaves[0].either: must be text or a list, not 5",
        ),
        (
            {"leaves": [{"kind": "oak", "either": ["a", 5]}]},
            "leaves[0].either[1]: must be text, not 5",
        ),
        ({**GOOD, "by_name": {"a b": 1}}, "by_name.a b: must be an object, not 1"),
        ({**GOOD, "by_name": {"a\nb": 1}}, r"by_name.'a\nb': must be an object, not 1"),
        ({**GOOD, "height": "2"}, "height: must be a number, not '2'"),
        ({**GOOD, "height": float("nan")}, "height: must be a finite number"),
        ({**GOOD, "height": 10**400}, f"height: must be a number, not 1{'0' * 79}…"),
        ({**GOOD, "tag": "c"}, "tag: 'c' is not one of 'a' or 'b'"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_amiss_is_told_with_its_place(told, words):
    assert amiss(told) == words


def test_of_many_faults_the_first_are_told_and_the_rest_counted():
    told = amiss({"leaves": [{}, {}, {}, {}, {}], "height": None})
    assert told.startswith("leaves[0]: 'kind' is a required property; leaves[1]:")
    assert told.endswith("leaves[3]: 'kind' is a required property (and 2 more)")


def test_a_list_is_not_called_short_for_what_is_wrong_in_it():
    with pytest.raises(ValidationError) as refused:
        Tree.model_validate({"leaves": [3]})
    assert [fault.place for fault in faults(refused.value, {"leaves": [3]})] == [("leaves", 0)]


@given(spoilt(GOOD))
@settings(max_examples=150, deadline=None)
def test_whatever_is_wrong_has_a_place_that_is_there_and_words_of_ours(told):
    try:
        Tree.model_validate(told)
    except ValidationError as error:
        found = faults(error, told)
        assert found
        for fault in found:
            assert in_our_words(str(fault))
            assert "not as it should be" not in fault.words
            assert len(str(fault)) < 400
            below = told
            for step in fault.place:
                below = below[step]


def test_the_published_schema_says_what_may_be_left_out_and_what_never_is_null():
    leaf = json.loads(published(Tree))["$defs"]["Leaf"]
    assert leaf["required"] == ["kind"]
    assert leaf["properties"]["notes"] == {"type": "string"}
    assert leaf["properties"]["size"] == {"default": 1, "minimum": 1, "type": "integer"}
    assert leaf["properties"]["names"]["uniqueItems"] is True
    assert leaf["properties"]["kind"]["enum"] == ["oak", "elm"]
