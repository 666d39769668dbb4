"""Codes are parts of addresses: what would break one is refused by model, page and file alike."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from studies.access.models import User
from studies.platform.errors import Invalid
from studies.protocol.models import Arm, EligibilityCriterion, Site, Study, VisitDefinition
from studies.protocol.services.arms import ARMS
from studies.protocol.services.criteria import CRITERIA
from studies.protocol.services.schedule import VISITS
from studies.protocol.services.sites import SITES
from studies.protocol.services.studies import create_study, edit_study
from studies.protocol_file import read_protocol
from studies.protocol_file.errors import ProtocolInvalid
from tests.conftest import Team

SignIn = Callable[[User], Client]
BAD = [
    "a/b", "A/B", "a b", "A?", "A#1", "A%41", ".", "..", "-A", "-a", "_a", "A\\B", "ＡＢ01", "АB01",
    "É", "\u202eA", "A\u200b", "😀", "a:b", "A&B", '"A"', "add", "A\nB", "",
]  # fmt: skip
PARTS: dict[str, tuple[Any, dict[str, Any]]] = {
    "sites": (SITES, {"name": "Clinic"}),
    "arms": (ARMS, {"name": "Sunscreen"}),
    "visits": (VISITS, {"name": "Week 1", "day_offset": 7, "views": ["front"]}),
    "screening": (CRITERIA, {"kind": "inclusion", "text": "Adult"}),
}
FILE = """format: 1
study:
  code: {study}
  title: Acne
  time_zone: Asia/Singapore
  languages: [en]
conditions: [pores]
sites:
  - code: {site}
    name: Clinic
arms:
  - code: {arm}
    name: Sunscreen
visits:
  - code: {visit}
    name: Start
    day: 0
screening:
  inclusion:
    - code: {criterion}
      text: Adult
"""
GOOD = {"study": "ACNE-1", "site": "SG01", "arm": "SUN", "visit": "day-7", "criterion": "adult"}
PLACES = {
    "study": "line 3, study.code",
    "site": "line 9, sites[0].code",
    "arm": "line 12, arms[0].code",
    "visit": "line 15, visits[0].code",
    "criterion": "line 20, screening.inclusion[0].code",
}


def quoted(code: str) -> str:
    escaped = code.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


@pytest.mark.parametrize("code", BAD)
@pytest.mark.parametrize("part", PARTS)
def test_a_part_with_such_a_code_is_refused_in_words(team: Team, part: str, code: str) -> None:
    rules, values = PARTS[part]
    with pytest.raises(Invalid) as refused:
        rules.add(study=team.study, by=team.dewi, reason="Another", code=code, **values)
    assert set(refused.value.detail["fields"]) == {"code"}  # type: ignore[call-overload]


@pytest.mark.parametrize("code", BAD)
def test_a_study_with_such_a_code_is_refused_in_words(team: Team, code: str) -> None:
    team.dewi.is_superuser = True
    with pytest.raises(Invalid) as refused:
        create_study(code=code, title="Acne", by=team.dewi)
    assert set(refused.value.detail["fields"]) == {"code"}  # type: ignore[call-overload]


@pytest.mark.parametrize("code", BAD)
@pytest.mark.parametrize("noun", GOOD)
def test_a_file_with_such_a_code_is_refused_with_its_line(db: None, noun: str, code: str) -> None:
    source = FILE.format(**{**GOOD, noun: quoted(code)})
    with pytest.raises(ProtocolInvalid) as refused:
        read_protocol(source)
    [mistake] = refused.value.detail["mistakes"]  # type: ignore[misc]
    assert str(mistake).startswith(f"{PLACES[noun]}: expected ")


def test_a_file_with_usual_codes_is_read(db: None) -> None:
    assert read_protocol(FILE.format(**GOOD))["sites"][0]["code"] == "SG01"


@pytest.mark.parametrize("model", [Study, Site, Arm, VisitDefinition, EligibilityCriterion])
def test_no_code_ends_in_a_line_break(team: Team, model: type[Any]) -> None:
    """``$`` in a pattern lets one through; services tidy it away, other writers do not."""
    names = {
        Study: "study", Site: "site", Arm: "arm", VisitDefinition: "visit",
        EligibilityCriterion: "criterion",
    }  # fmt: skip
    field = model._meta.get_field("code")
    good = GOOD[names[model]]
    field.run_validators(good)
    with pytest.raises(Exception, match="Use "):
        field.run_validators(f"{good}\n")


@pytest.mark.parametrize("part", PARTS)
def test_the_page_refuses_it_beside_the_field(team: Team, as_person: SignIn, part: str) -> None:
    sent = {**PARTS[part][1], "code": "a/b", "reason": "Amendment 2"}
    sent |= {"enrolment_target": 0, "window_before": 0, "window_after": 0}
    answer = as_person(team.dewi).post(f"/studies/MEL-8/protocol/{part}/add/", sent)
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"code"}


@pytest.mark.parametrize(
    ("part", "heading"),
    [
        ("sites", "Add a site"),
        ("arms", "Add an arm"),
        ("visits", "Add a visit"),
        ("screening", "Add a criterion"),
    ],
)
def test_the_page_has_the_right_article(
    team: Team, as_person: SignIn, part: str, heading: str
) -> None:
    page = as_person(team.dewi).get(f"/studies/MEL-8/protocol/{part}/add/").content.decode()
    assert heading in page


class TestOlderRows:
    """Made before these rules, or past them: the rest of the row can still change."""

    @pytest.mark.parametrize("part", PARTS)
    @pytest.mark.parametrize("code", ["a/b", "..", "add"])
    def test_a_part_is_edited_and_removed_on_its_page(
        self, team: Team, as_person: SignIn, part: str, code: str
    ) -> None:
        rules, values = PARTS[part]
        row = rules.model(study=team.study, code=code, **values)
        row.save()
        client = as_person(team.dewi)
        page = client.get("/studies/MEL-8/protocol/").content.decode()
        part_of_address = {"a/b": "a%252Fb", "..": "%252E%252E", "add": "%2561%2564%2564"}[code]
        address = f"/studies/MEL-8/protocol/{part}/{part_of_address}/"
        assert address in page
        form = client.get(address).context["form"]
        typed = {name: form[name].value() for name in form.fields}
        sent = {name: "" if value is None else value for name, value in typed.items()}
        word = "text" if part == "screening" else "name"
        sent |= {word: "Another", "reason": "Amendment 2"}
        answer = client.post(address, sent)
        assert answer.status_code == 302, answer.context and answer.context["form"].errors
        row.refresh_from_db()
        assert getattr(row, word) == "Another"
        assert client.post(f"{address}remove/", {"reason": "Amendment 3"}).status_code == 302
        assert not rules.model.objects.filter(pk=row.pk).exists()

    def test_a_study_is_edited(self, team: Team) -> None:
        Study.objects.filter(pk=team.study.pk).update(code="A/8")
        study = Study.objects.get(pk=team.study.pk)
        edit_study(study=study, by=team.dewi, title="Another", reason="Amendment 2")
        study.refresh_from_db()
        assert study.title == "Another"

    def test_another_code_is_judged(self, team: Team) -> None:
        row = Arm(study=team.study, code="a/b", name="Sunscreen")
        row.save()
        with pytest.raises(Invalid):
            ARMS.edit(row, by=team.dewi, code="c/d", reason="Amendment 2")
