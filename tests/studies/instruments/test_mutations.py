"""Whatever is done to a true submission: refused, or equal to what the form makes of its answers.

The judge restores what was sent. Here the same engine is given the answers alone, typed into an
empty form without what it computes, and what comes out has to be what was sent. ``make prove``
tries thousands (``GSH_PROVE``), every run other ones with ``GSH_PROVE_SEED``.
"""

import json
import os
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal, InvalidOperation
from xml.etree.ElementTree import tostring
from zoneinfo import ZoneInfo

import pytest
from defusedxml.ElementTree import fromstring

from studies.instruments.answers import instance_of, typed
from studies.instruments.definition import NUMBERS, UNASKED, Definition
from studies.instruments.engine import close_engine, evaluate
from studies.instruments.errors import FormUnreadable
from studies.instruments.judging import Answers, flatten, judge
from studies.instruments.reading.sheets import read_sheets
from studies.instruments.reading.writing import workbook_of, xform_of
from studies.instruments.reading.xlsform import read_xlsform
from studies.instruments.report import Report
from studies.instruments.shipped import SHIPPED
from tests.studies.instruments.factories import FILES
from tests.studies.instruments.mutating import MUTATIONS, mutations_of

MANY = int(os.environ.get("GSH_PROVE", "0")) or 60
SEED = int(os.environ.get("GSH_PROVE_SEED", "1"))
AT = datetime(2026, 11, 28, 21, 2, tzinfo=ZoneInfo("Asia/Singapore"))
NOTED = frozenset({"start", "end", "today"})
EVENT = {
    "event/kind": "swelling",
    "event/description": "Left eyelid",
    "event/start_known": "day",
    "event/start": "2026-03-01",
    "event/ongoing": "yes",
    "grading/severity": "severe",
    **{f"grading/{name}": "no" for name in ("death", "threat", "disability", "birth", "important")},
    "grading/hospital": "yes",
    "grading/known_since": "2026-03-02T10:00:00.000+08:00",
    "assessment/causality": "possible",
    "assessment/action": "paused",
    "assessment/treated": "yes",
    "assessment/outcome": "recovering",
}


@pytest.fixture(scope="module", autouse=True)
def engine_closed() -> Iterator[None]:
    yield
    close_engine()


def skin_week() -> tuple[Definition, str, str]:
    form = read_xlsform(
        read_sheets((FILES / "skin_week.xlsx").read_bytes()), Report(), file_name="skin_week"
    )
    true = json.loads((FILES / "skin_week_instances.json").read_text())["ok"]["instance"]
    return form, xform_of(form), true


def adverse_event() -> tuple[Definition, str, str]:
    data = workbook_of(SHIPPED["adverse_event"])
    form = read_xlsform(read_sheets(data), Report(), file_name="adverse_event")
    xform = xform_of(form)
    values = {f"/data/{name}": text for name, text in EVENT.items()}
    instance = instance_of(form, values, repeats=(), at=AT)
    return form, xform, evaluate(xform, instance=instance, at=AT, zone="Asia/Singapore").xml


def normal(form: Definition, answers: Answers) -> dict[str, object]:
    """Answers by path, numbers as numbers, several choices as a set; not the form's own number."""
    types = {item.name: item.type for item in form.questions}
    return {
        path: _normal(types.get(path.rpartition("/")[2].partition("[")[0], ""), text)
        for path, text in answers.items()
        if "instanceID" not in path
    }


def _normal(kind: str, text: str) -> object:
    if kind == "select_multiple":
        return sorted(text.split())
    if kind in NUMBERS:
        try:
            return Decimal(text)
        except InvalidOperation:
            return text
    return text


def made_anew(form: Definition, xform: str, sent: str) -> dict[str, object] | None:
    """What an empty form makes of the answers that somebody types; ``None``: it is not complete."""
    answers = flatten(fromstring(sent))
    items = {item.name: item for item in form.questions}
    by_hand, noted = {}, {}
    for path, text in answers.items():
        name = path.rpartition("/")[2].partition("[")[0]
        kind = items[name].type if name in items else ""
        if kind in NOTED:
            noted[name] = text
        elif kind not in UNASKED:
            by_hand[path] = text
    values, repeats = typed(form, by_hand)
    whole = typed(form, answers)[1]  # a repeat of which nothing was answered is there, too
    root = fromstring(instance_of(form, values, repeats=repeats | whole, at=AT))
    for one in root.iter():
        if one.tag in noted:
            one.text = noted[str(one.tag)]
    instance = tostring(root, encoding="unicode")
    made = evaluate(xform, instance=instance, at=AT, zone="Asia/Singapore")
    return normal(form, flatten(fromstring(made.xml))) if made.ready else None


@pytest.mark.parametrize("make", [skin_week, adverse_event], ids=lambda make: make.__name__)
def test_a_changed_submission_is_refused_or_what_the_form_makes_of_its_answers(make) -> None:  # type: ignore[no-untyped-def]
    form, xform, true = make()
    assert judge(form, xform, true, at=AT, zone="Asia/Singapore").accepted
    outcomes: Counter[str] = Counter()
    for what, sent in mutations_of(true, form, number=MANY, seed=SEED):
        judged = judge(form, xform, sent, at=AT, zone="Asia/Singapore")
        if not judged.accepted:
            assert all(problem.text for problem in judged.problems), what
            outcomes["refused"] += 1
            continue
        try:
            anew = made_anew(form, xform, sent)
        except FormUnreadable:
            anew = None
        assert anew == normal(form, judged.answers), f"{what}\n{sent}"
        same = normal(form, judged.answers) == normal(form, flatten(fromstring(true)))
        outcomes["the same" if same else "other true answers"] += 1
    print(dict(outcomes))
    assert outcomes["refused"] > MANY * 0.4, "most of what is done to it is seen"
    assert outcomes["the same"], "what changes nothing is taken"


def test_every_kind_of_change_is_tried() -> None:
    form, _xform, true = skin_week()
    done = {
        name
        for what, _sent in mutations_of(true, form, number=MANY, seed=SEED)
        for name in what.partition(": ")[2].split(", ")
    }
    assert done == {mutation.__name__ for mutation in MUTATIONS}
