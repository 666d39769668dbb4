"""Questionnaires and their alerts in a protocol file, both ways."""

from pathlib import Path

import pytest

from studies.assignments.models import Assignment
from studies.instruments.models import InstrumentVersion
from studies.platform.actors import SYSTEM
from studies.platform.errors import Invalid
from studies.protocol.models import Study
from studies.protocol_file import read_protocol, write_protocol
from studies.protocol_file.errors import ProtocolDiffers, ProtocolInvalid
from studies.protocol_file.services import load_protocol, protocol_of
from tests.studies.instruments.factories import FILES
from tests.studies.protocol_file.written import SMALL, mistakes

ASKED = """
form_files: [skin_week.xlsx]
questionnaires:
  - code: skin
    form: skin_week
    visits: [start, end]
    required: true
    order: before
    alerts:
      - {code: strong, if: "${worst_itch} >= 8", words: Strong itch, told: [coordinator]}
  - {code: diary, form: skin_week, days: {first: 1, every: 2}}
  - {code: ae, form: adverse_event, filled_by: staff, role: adverse_event}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "skin_week.xlsx").write_bytes((FILES / "skin_week.xlsx").read_bytes())
    return tmp_path


def load(text: str, folder: Path | None) -> tuple[Study, str]:
    loaded = load_protocol(protocol=read_protocol(text, folder=folder), by=SYSTEM)
    return loaded.study, loaded.outcome


@pytest.mark.django_db
def test_a_study_with_its_questionnaires_comes_of_a_file_and_goes_back(folder: Path) -> None:
    study, outcome = load(SMALL + ASKED, folder)
    assert outcome == "created"
    skin, diary, event = Assignment.objects.filter(study=study)
    assert (skin.visits, skin.required, skin.order) == (["start", "end"], True, "before")
    assert skin.alert_rules.get().expression == "${worst_itch} >= 8"
    assert (diary.timing, diary.first_day, diary.every, diary.last_day) == ("days", 1, 2, None)
    assert (event.timing, event.role) == ("as_needed", "adverse_event")
    assert load(SMALL + ASKED, folder)[1] == "unchanged"
    written = write_protocol(protocol_of(study))
    assert "form_files" not in written
    assert load(written, None)[1] == "unchanged", "the study has the forms"
    assert InstrumentVersion.objects.filter(state="draft").count() == 0


@pytest.mark.django_db
def test_a_draft_follows_the_file(folder: Path) -> None:
    study, _ = load(SMALL + ASKED, folder)
    other = ASKED.replace("first: 1", "first: 3").replace(">= 8", ">= 9").replace("true", "false")
    other = other[: other.index("  - {code: ae")]
    assert load(SMALL + other, folder) == (study, "updated")
    skin, diary = Assignment.objects.asked().filter(study=study)
    assert (skin.required, diary.first_day) == (False, 3)
    assert skin.alert_rules.in_force().get().expression == "${worst_itch} >= 9"
    Study.objects.filter(pk=study.pk).update(state="active")
    with pytest.raises(ProtocolDiffers, match="questionnaires"):
        load(SMALL + ASKED, folder)


@pytest.mark.django_db
def test_a_form_that_is_nowhere_and_a_rule_that_is_none_load_nothing(folder: Path) -> None:
    with pytest.raises(ProtocolInvalid, match="is in none of form_files"):
        load(SMALL + ASKED.replace("form_files: [skin_week.xlsx]", ""), folder)
    with pytest.raises(Invalid) as refused:
        load(SMALL + ASKED.replace("worst_itch", "itsh"), folder)
    assert "itsh" in str(refused.value.detail)
    assert not Study.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("[start, end]", "[start, later]", "the schedule has no visit later"),
        ("code: diary", "code: skin", "this code stands here twice"),
        ("days: {first: 1, every: 2}", "required: true", "only what is asked at visits"),
        ("required: true\n", "required: true\n    days: {first: 1}\n", "not both"),
        ("told: [coordinator]", "told: []", "told"),
        ("told: [coordinator]", "told: [sponsor]", "one of coordinator, safety_reader"),
        ("filled_by: staff", "filled_by: nobody", "one of participant, staff"),
        ("[skin_week.xlsx]", "[../secret.xlsx]", "an XLSForm"),
        ("[skin_week.xlsx]", "[other.xlsx]", "there is no form other.xlsx"),
    ],
)
def test_a_mistake_is_told_with_its_line(old: str, new: str, expected: str) -> None:
    assert old in ASKED
    found = mistakes(SMALL + ASKED.replace(old, new, 1))
    assert any(expected in line for line in found), found
