"""Arm and scores leave only with their own rights, whatever the table of roles holds today."""

import pytest

from inference.exports.services.exports import File, Filters, count_rows, export_file
from inference.scoring.models import Run
from participants.people.models import Participant
from studies.access.permissions import ROLE_PERMISSIONS, Permission, Role
from studies.platform.errors import NotAllowed
from tests.conftest import Team
from tests.inference.exports.filled import study as study
from tests.inference.exports.filled import table
from tests.participants.allocation.given import allocate


def take_away(monkeypatch: pytest.MonkeyPatch, permission: Permission) -> None:
    """Let investigators export without ``permission``: no role does, but one may come to."""
    held = ROLE_PERMISSIONS[Role.INVESTIGATOR] - {permission}
    monkeypatch.setitem(ROLE_PERMISSIONS, Role.INVESTIGATOR, held)  # type: ignore[arg-type]


def test_the_arm_is_told_to_who_may_see_arms(study: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    for person in Participant.objects.filter(allocation=None):
        allocate(person, study.study.arms.get())
    assert {row["arm"] for row in table(study, File.LONG)} == {"SUN"}
    take_away(monkeypatch, Permission.ARM_VIEW)
    for file in (File.LONG, File.WIDE):
        rows = table(study, file)
        assert rows, "the scores' right is there"
        assert {row["arm"] for row in rows} == {""}, file
    by_arm = Filters(arms=("SUN",))
    with pytest.raises(NotAllowed, match="arm"):
        export_file(study=study.study, file=File.LONG, filters=by_arm, by=study.chandra)
    with pytest.raises(NotAllowed, match="arm"):
        count_rows(study.study, by_arm, study.chandra)


def test_scores_leave_only_with_their_right(study: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    scored = [row for row in table(study, File.WIDE) if row["melasma_front_severity"]]
    assert scored
    take_away(monkeypatch, Permission.SCORE_VIEW)
    with pytest.raises(NotAllowed, match="score"):
        export_file(study=study.study, file=File.LONG, filters=Filters(), by=study.chandra)
    wide = table(study, File.WIDE)
    assert wide, "visits are exported"
    assert not [name for name in wide[0] if name.endswith(("_severity", "_grade"))], "left out"
    book = table(study, File.CODEBOOK)
    assert "melasma_front_severity" not in {row["column"] for row in book if row["file"] == "wide"}
    assert not Run.objects.visible_to(study.chandra).exists()


def test_the_long_file_has_demographics_when_asked(study: Team) -> None:
    names = ("year_of_birth", "sex", "ethnicity", "fitzpatrick", "monk_tone")
    assert not set(names) & set(table(study, File.LONG)[0])
    row = table(study, File.LONG, demographics=True)[0]
    assert [row[name] for name in names] == ["1986", "female", "malay", "4", "6"]
    book = table(study, File.CODEBOOK, demographics=True)
    labels = {r["column"]: r["allowed"] for r in book if r["file"] == "long"}
    assert "female = Female" in labels["sex"]
    assert count_rows(study.study, Filters(demographics=True), study.chandra) == count_rows(
        study.study, Filters(), study.chandra
    )
