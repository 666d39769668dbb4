"""Expressions of forms: read, written again, and taken from REDCap."""

import pytest

from studies.instruments.expressions import Unreadable, parse, write
from studies.instruments.reading.redcap_logic import translate_calculation, translate_logic


@pytest.mark.parametrize(
    "text",
    [
        "${a} - (2 - 3)",
        "2 - 3 - 4",
        "${a} = '' or ${b} = '' and ${c} > 1",
        "(${a} = '' or ${b} = '') and ${c} > 1",
        "not(selected(., 'none') and count-selected(.) > 1)",
        "-2 * (3 - 1 - 1)",
        "if(${s} < 3, 'none', if(${s} < 8, \"it's mild\", 'severe'))",
        "position(..) = 1",
        "${a} div 2 mod 3",
    ],
)
def test_what_is_read_is_written_the_same(text: str) -> None:
    assert write(parse(text)) == text


def test_an_operator_before_a_bracket_is_no_function() -> None:
    assert write(parse("${a} = 1 and (${b} = 2 or(${c} = 3))")) == (
        "${a} = 1 and (${b} = 2 or ${c} = 3)"
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("${a} >", "ends too early"),
        ("if(${a}, 1", "not closed"),
        ("${a} ${b}", "left over"),
        ("{a} = 1", "cannot be read"),
        ("${a} = 'x", "cannot be read"),
        ("(" * 100 + "1" + ")" * 100, "inside each other"),
        ("1" * 20_000, "characters"),
    ],
)
def test_what_cannot_be_read_says_why(text: str, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        parse(text)


@pytest.mark.parametrize(
    ("redcap", "here"),
    [
        ("[itch] <> '0'", "${itch} != '0'"),
        ("[a] = 1 AND ([b] = '2' OR [c] > 3)", "${a} = 1 and (${b} = '2' or ${c} > 3)"),
        ("[used(3)] = '1'", "selected(${used}, '3')"),
        ("[used(3)] = '0'", "not(selected(${used}, '3'))"),
        ('[used(3)] <> "1"', "not(selected(${used}, '3'))"),
        ("'1' = [used(-9)] or([a] = 1)", "selected(${used}, '-9') or ${a} = 1"),
        (
            "datediff([d], 'today', 'd') > 7",
            ("abs(decimal-date-time(today()) - decimal-date-time(${d})) > 7"),
        ),
    ],
)
def test_branching_logic_of_redcap_is_said_in_xpath(redcap: str, here: str) -> None:
    assert translate_logic(redcap) == here


@pytest.mark.parametrize(
    ("redcap", "why"),
    [
        ("[baseline_arm_1][itch] = 1", "another visit"),
        ("[event-name] = 'x'", "smart variable"),
        ("[user-name] = 'x'", "smart variable"),
        ("[used(3)] = '2'", "1 or 0 only"),
        ("median([a], [b]) > 1", "nothing of the same meaning"),
        ("datediff([a], [b], 'w') > 1", "a unit"),
    ],
)
def test_what_redcap_alone_can_say_is_refused(redcap: str, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        translate_logic(redcap)


def test_a_calculation_is_blank_where_an_answer_it_needs_is() -> None:
    assert translate_calculation("[a] + [b]") == (
        "if(string(${a} + ${b}) = 'NaN', '', ${a} + ${b})"
    )
