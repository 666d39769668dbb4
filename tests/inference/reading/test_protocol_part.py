"""Reading studies in a protocol file: written, read back, loaded; nothing said, nothing changed."""

import pytest
from django.test import Client

from inference.reading.models import ReadingStudy
from inference.reading.services import drafting, scaling, seats
from studies.platform.actors import SYSTEM
from studies.protocol.models import Study
from studies.protocol_file import read_protocol, write_protocol
from studies.protocol_file.errors import ProtocolDiffers, ProtocolInvalid
from studies.protocol_file.services import load_protocol, protocol_of
from tests.conftest import Team
from tests.inference.reading.making import make_draft, make_reader

pytestmark = pytest.mark.django_db

FILE = """
format: 1
study: {code: NEW-1, title: New, time_zone: UTC, languages: [en], age: {min: 18}}
conditions: [melasma, wrinkles]
sites: [{code: SG01, name: Singapore}]
visits: [{code: baseline, name: Start, day: 0, window: {before: 0, after: 2}, views: [front]}]
reading_studies:
  - code: READ-1
    title: Melasma
    sample: 40
    strata: {condition: melasma, edges: [20, 50]}
    scales:
      - code: melasma
        title: Melasma
        condition: melasma
        kind: grades
        grades: [{label: None at all}, {label: Some, descriptor: Seen at once.}]
        adjudicate_beyond: 0.5
      - {code: masi, title: MASI, condition: melasma, kind: masi, primary: icc_3_1}
"""


def test_a_draft_with_its_scales_comes_out_and_goes_in_again(team: Team) -> None:
    study = load_protocol(protocol=read_protocol(FILE), by=SYSTEM, manager=team.dewi).study
    row = ReadingStudy.objects.get(study=study)
    assert (row.code, row.sample, row.created_by, row.repeats_percent) == ("READ-1", 40, None, 10)
    assert row.strata == {"condition": "melasma", "edges": [20, 50]}
    graded, masi = row.scales.all()
    assert (graded.primary, graded.adjudicate_beyond) == ("kappa_quadratic", 0.5)
    assert (masi.primary, masi.grades) == ("icc_3_1", [])
    text = write_protocol(protocol_of(study))
    assert "created_by" not in text
    assert "idle_seconds" not in text, "what is as usual is not written"
    again = read_protocol(text)
    assert load_protocol(protocol=again, by=team.dewi).outcome == "unchanged"
    shorter = read_protocol(text.replace("title: MASI", "title: By area"))
    assert load_protocol(protocol=shorter, by=team.dewi).outcome == "updated"
    assert row.scales.get(code="masi").title == "By area"


def test_a_file_that_says_nothing_of_them_changes_none(team: Team) -> None:
    make_draft(team)
    protocol = protocol_of(team.study)
    del protocol["reading_studies"]
    assert load_protocol(protocol=protocol, by=team.dewi).outcome == "unchanged"
    protocol["reading_studies"] = []
    with pytest.raises(ProtocolDiffers, match="reading_studies"):
        load_protocol(protocol=protocol, by=team.dewi)
    assert ReadingStudy.objects.count() == 1


def test_no_person_is_in_the_file(team: Team) -> None:
    study = make_draft(team)
    seats.add_reader(study=study, user=make_reader(team, "Una"), by=team.dewi)
    assert "Una" not in write_protocol(protocol_of(Study.objects.get(pk=team.study.pk)))


def test_a_reader_does_not_learn_how_cases_come_again(team: Team) -> None:
    make_draft(team)
    page = "/studies/MEL-8/protocol/file/"
    for person, told in ((make_reader(team, "Una"), False), (team.dewi, True)):
        client = Client()
        client.force_login(person)
        assert (b"reading_studies" in client.get(page).content) == told


@pytest.mark.parametrize(
    ("there", "instead", "told"),
    [
        ("sample: 40", "sample: many", "whole number"),
        ("code: READ-1", "code: read 1", "capital letters"),
        ("kind: masi", "kind: acne", "one of grades"),
        ("condition: melasma\n        kind", "condition: pores\n        kind", "does not assess"),
        ("sample: 40", "sample: 40\n    visits: [week-4]", "no visit week-4"),
        ("code: masi", "code: melasma", "more than once"),
        ("adjudicate_beyond: 0.5", "adjudicate_beyond: -1", "a number"),
    ],
)
def test_mistakes_are_told_by_line(there: str, instead: str, told: str) -> None:
    with pytest.raises(ProtocolInvalid, match=told):
        read_protocol(FILE.replace(there, instead, 1))


def test_scales_of_a_file_take_the_place_of_others(team: Team) -> None:
    study = drafting.create_reading_study(
        study=team.study, code="READ-3", title="Again", by=team.dewi
    )
    for template in ("line", "count"):
        scaling.add_scale(study=study, template=template, by=team.dewi)
    wanted = [
        {"code": "count", "kind": "count", "condition": "", **_words("Count", "icc_2_1")},
        {"code": "line", "kind": "masi", "condition": "melasma", **_words("L", "icc_2_1")},
    ]
    kept = study.scales.get(code="count").pk
    scaling.set_scales(study=study, scales=wanted, by=team.dewi)
    assert [(s.code, s.kind) for s in study.scales.all()] == [("count", "count"), ("line", "masi")]
    assert study.scales.get(code="count").pk == kept


def _words(title: str, primary: str) -> dict[str, object]:
    return {
        "title": title,
        "question": "",
        "region": "",
        "grades": [],
        "primary": primary,
        "adjudicate_beyond": None,
    }
