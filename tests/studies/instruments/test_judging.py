"""The server's judgement of submissions, by the engine that phones run."""

import json
from datetime import UTC, datetime

import pytest

from studies.instruments import engine
from studies.instruments.answers import instance_of, with_repeat, without_repeat
from studies.instruments.definition import Definition, Item
from studies.instruments.engine import close_engine, evaluate
from studies.instruments.errors import FormUnreadable
from studies.instruments.judging import Judgement, judge
from studies.instruments.reading.redcap_logic import translate_calculation
from studies.instruments.reading.sheets import read_sheets
from studies.instruments.reading.writing import xform_of
from studies.instruments.reading.xlsform import read_xlsform
from studies.instruments.report import Report
from tests.studies.instruments.factories import FILES, SMALL, SMALL_XFORM

AT = datetime(2026, 11, 28, 13, 1, tzinfo=UTC)
XFORM = (FILES / "skin_week.xml").read_text()
SUBMISSIONS = json.loads((FILES / "skin_week_instances.json").read_text())


@pytest.fixture(scope="module")
def skin() -> Definition:
    data = (FILES / "skin_week.xlsx").read_bytes()
    return read_xlsform(read_sheets(data), Report(), file_name="skin_week")


@pytest.fixture(scope="module", autouse=True)
def engine_closed() -> "object":
    yield
    close_engine()


def small(**values: str) -> Judgement:
    given = {f"/data/{name}": value for name, value in values.items()}
    sent = instance_of(SMALL, given, repeats=(), at=AT)
    return judge(SMALL, SMALL_XFORM, sent, at=AT)


@pytest.mark.parametrize("name", SUBMISSIONS)
def test_of_eleven_submissions_the_true_one_is_taken(skin: Definition, name: str) -> None:
    judged = judge(skin, XFORM, SUBMISSIONS[name]["instance"], at=AT)
    assert judged.accepted is (SUBMISSIONS[name]["server_should"] == "accept"), judged.problems


@pytest.mark.parametrize(
    ("old", "new", "taken"),
    [
        (">8</sleep_hours>", ">8.0</sleep_hours>", True),
        (">8</sleep_hours>", ">NaN</sleep_hours>", False),
        (">sun</used>", ">sun moist</used>", True),
        (">sun</used>", ">moist  sun</used>", True),
        (">sun</used>", ">sun sun</used>", False),
        (">2</itch_days>", ">2.0</itch_days>", False),
        (">13</score>", ">13.0</score>", True),
        (">13</score>", "></score>", False),
        (">2</itch_days>", ">3</itch_days>", False),
        (">2026-01-02</med_start>", ">2026-11-29</med_start>", False),
        (">2026-01-02</med_start>", ">2 January</med_start>", False),
        ('version="2026112801"', 'version="2026112800"', False),
        ('id="skin_week"', 'id="other"', False),
        ("<intro/>", "<intro>Words</intro>", False),
        ("</data>", "</data><data/>", False),
        ("<data ", '<!DOCTYPE d [<!ENTITY a "b">]><data ', False),
    ],
)
def test_a_submission_that_was_changed_is_refused_unless_it_says_the_same(
    skin: Definition, old: str, new: str, taken: bool
) -> None:
    true = SUBMISSIONS["ok"]["instance"]
    assert old in true
    judged = judge(skin, XFORM, true.replace(old, new, 1), at=AT)
    assert judged.accepted is taken, judged.problems


def test_today_is_the_submission_s_own_day(skin: Definition) -> None:
    sent = SUBMISSIONS["ok"]["instance"].replace(">2026-02-01</med_stop>", "></med_stop>")
    sent = sent.replace(">2026-01-02</med_start>", ">2026-11-28</med_start>")
    assert judge(skin, XFORM, sent, at=AT).accepted
    earlier = judge(skin, XFORM, sent, at=datetime(2026, 11, 27, 12, tzinfo=UTC))
    assert [problem.text for problem in earlier.problems] == ["Not in the future"]
    # In Singapore the 28th has begun while it is the 27th in UTC.
    late = datetime(2026, 11, 27, 17, tzinfo=UTC)
    assert judge(skin, XFORM, sent, at=late, zone="Asia/Singapore").accepted


def test_an_answer_says_what_is_wrong_with_it() -> None:
    assert small(itch="1", days="3", score="2").accepted
    assert small(itch="0", score="0").accepted
    missing = small()
    assert [(problem.ref, problem.text) for problem in missing.problems] == [
        ("/data/itch", "An answer is needed.")
    ]
    assert not small(itch="1", days="100", score="2").accepted
    assert not small(itch="0", days="3", score="0").accepted
    assert not small(itch="1", days="3", score="3").accepted


def test_a_form_the_engine_cannot_run_is_refused_and_the_next_one_still_answered() -> None:
    with pytest.raises(FormUnreadable, match="engine cannot take this"):
        evaluate("<nothing/>")
    assert len(evaluate(SMALL_XFORM).nodes) > 3


def test_repeats_are_added_and_taken_out_with_their_answers(skin: Definition) -> None:
    values = {"/data/med[1]/med_name": "A", "/data/med[2]/med_name": "B"}
    repeats = with_repeat({"/data/med", "/data/med[1]"}, "/data/med", 1)
    sent = instance_of(skin, values, repeats=repeats, at=AT)
    assert [node.value for node in evaluate(XFORM, instance=sent).nodes if "name" in node.ref][
        :2
    ] == ["A", "B"]
    kept, left = without_repeat(values, repeats, "/data/med[1]")
    assert kept == {"/data/med[1]/med_name": "B"}
    assert left == {"/data/med", "/data/med[1]"}


CALCULATIONS = {  # of a = 3, b blank, c = 4, d = 1 March 2026, e = 11 March 2026
    "[a] + [c]": "7",
    "[a] + [b]": "",
    "sum([a], [b], [c])": "7",
    "sum([b])": "",
    "mean([a], [b], [c])": "3.5",
    "round([a] / [c], 1)": "0.8",
    "rounddown([a] / [c], 1)": "0.7",
    "roundup([a] / [c], 1)": "0.8",
    "[a] ^ 2": "9",
    "datediff([d], [e], 'd')": "10",
    "datediff([e], [d], 'd')": "10",
    "datediff([e], [d], 'd', true)": "-10",
    "datediff([d], [e], 'h')": "240",
    "if([a] > 2, 'yes', 'no')": "yes",
    "abs([a] - [c])": "1",
}


def test_calculations_of_redcap_come_out_as_redcap_s_help_says() -> None:
    kinds = {"a": "integer", "b": "integer", "c": "integer", "d": "date", "e": "date"}
    asked = [Item(name=name, type=kind, labels={"default": name}) for name, kind in kinds.items()]
    computed = [
        Item(name=f"calc_{number}", type="calculate", calculation=translate_calculation(text))
        for number, text in enumerate(CALCULATIONS)
    ]
    form = Definition(form_id="calc", title="Calc", version="1", items=asked + computed)
    values = {"a": "3", "c": "4", "d": "2026-03-01", "e": "2026-03-11"}
    sent = instance_of(
        form, {f"/data/{name}": value for name, value in values.items()}, repeats=(), at=AT
    )
    nodes = {node.ref: node.value for node in evaluate(xform_of(form), instance=sent, at=AT).nodes}
    found = [nodes[f"/data/calc_{number}"] for number in range(len(CALCULATIONS))]
    assert dict(zip(CALCULATIONS, found, strict=True)) == CALCULATIONS


DIARY = Definition(
    form_id="night",
    title="Night",
    version="1",
    items=[
        Item(name="asleep", type="time", labels={"default": "When did you fall asleep?"}),
        Item(name="itched", type="datetime", labels={"default": "When did it itch?"}),
    ],
)


@pytest.mark.parametrize("seconds", ["", ":00.000"])
def test_times_are_taken_as_a_browser_sends_them(seconds: str) -> None:
    """``<input type="time">`` leaves the seconds out, and the engine drops what has none."""
    sent = {"/data/asleep": f"23:05{seconds}", "/data/itched": f"2026-03-02T02:10{seconds}"}
    instance = instance_of(DIARY, sent, repeats=(), at=AT)
    seen = evaluate(xform_of(DIARY), instance=instance, language="default", at=AT, zone="UTC")
    kept = {node.ref: node.value for node in seen.nodes}
    assert kept["/data/asleep"].startswith("23:05:00")
    assert kept["/data/itched"].startswith("2026-03-02T02:10:00")


def test_an_engine_whose_heap_is_full_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    small(itch="1", days="2")
    first = engine._ENGINES["UTC"]
    assert first.heap > 0, "it tells how full it is"
    monkeypatch.setattr(engine, "FULL", 1)
    small(itch="1", days="2")
    assert engine._ENGINES["UTC"] is not first
