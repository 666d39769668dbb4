"""Taking packages into use in a study, the primary among them, and out of use."""

import pytest

from inference.packages.models import StudyModel
from inference.scoring.errors import AlreadyActive, AlreadyPrimary, NotActive
from inference.scoring.models import Rescore, Run
from inference.scoring.services import study_models
from studies.platform.errors import NotAllowed, ReasonMissing
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.inference.packages.factories import ModelPackageFactory
from tests.inference.scoring.factories import RunFactory
from tests.inference.scoring.photos import make_visit, use

WHY = "The demonstrator runs alongside the readers."


def test_activating_is_recorded_with_its_reason(team: Team) -> None:
    package = ModelPackageFactory()
    in_use = study_models.activate(study=team.study, package=package, reason=WHY, by=team.dewi)
    assert in_use.deactivated_at is None
    event = AuditEvent.objects.get(action="model.activate", study_code="MEL-8")
    assert (event.contents.reason, event.contents.new["sha256"]) == (WHY, package.sha256)


@pytest.mark.parametrize("name", ["amina", "chandra", "ewa", "farid"])
def test_only_the_studys_manager_changes_its_models(team: Team, name: str) -> None:
    package = ModelPackageFactory()
    person = getattr(team, name)
    with pytest.raises(NotAllowed):
        study_models.activate(study=team.study, package=package, reason=WHY, by=person)
    in_use = use(team.study, package)
    with pytest.raises(NotAllowed):
        study_models.deactivate(study=team.study, package=package, reason=WHY, by=person)
    in_use.refresh_from_db()
    assert in_use.deactivated_at is None


@pytest.mark.parametrize("reason", ["", "  \n "])
def test_a_change_without_a_reason_is_refused(team: Team, reason: str) -> None:
    package = ModelPackageFactory()
    with pytest.raises(ReasonMissing):
        study_models.activate(study=team.study, package=package, reason=reason, by=team.dewi)
    assert not StudyModel.objects.exists()


def test_a_package_in_use_is_not_taken_into_use_twice(team: Team) -> None:
    package = ModelPackageFactory()
    study_models.activate(study=team.study, package=package, reason=WHY, by=team.dewi)
    with pytest.raises(AlreadyActive):
        study_models.activate(study=team.study, package=package, reason=WHY, by=team.dewi)
    assert StudyModel.objects.count() == 1


def test_a_package_taken_out_of_use_can_come_back(team: Team) -> None:
    package = ModelPackageFactory()
    study_models.activate(study=team.study, package=package, reason=WHY, by=team.dewi)
    study_models.deactivate(study=team.study, package=package, reason="A newer one", by=team.dewi)
    with pytest.raises(NotActive):
        study_models.deactivate(study=team.study, package=package, reason="Again", by=team.dewi)
    study_models.activate(study=team.study, package=package, reason="Back", by=team.dewi)
    assert StudyModel.objects.filter(deactivated_at=None).count() == 1
    assert StudyModel.objects.count() == 2


def test_taking_a_model_out_of_use_takes_back_what_nobody_began(team: Team) -> None:
    package = ModelPackageFactory()
    use(team.study, package)
    visit = make_visit(team.sg01)
    waiting = RunFactory(photo__visit=visit, package=package, state="queued")
    begun = RunFactory(photo__visit=visit, photo__view="left", package=package, state="running")
    tried = RunFactory(
        photo__visit=visit, photo__view="right", package=package, state="queued", attempts=1
    )
    elsewhere = RunFactory(package=package, state="queued")
    study_models.deactivate(study=team.study, package=package, reason="Faulty", by=team.dewi)
    assert set(Run.objects.all()) == {begun, tried, elsewhere}
    assert waiting.pk
    assert AuditEvent.objects.get(action="model.deactivate").contents.new["runs_dropped"] == 1


def test_activating_scores_earlier_photos_only_when_asked(team: Team) -> None:
    first, second = ModelPackageFactory(), ModelPackageFactory()
    study_models.activate(study=team.study, package=first, reason=WHY, by=team.dewi)
    assert not Rescore.objects.exists()
    study_models.activate(
        study=team.study, package=second, reason=WHY, by=team.dewi, score_accepted=True
    )
    assert Rescore.objects.get().package == second


def test_taking_a_model_out_of_use_stops_scoring_again_with_it(team: Team) -> None:
    package = ModelPackageFactory()
    study_models.activate(
        study=team.study, package=package, reason=WHY, by=team.dewi, score_accepted=True
    )
    study_models.deactivate(study=team.study, package=package, reason="Faulty", by=team.dewi)
    assert Rescore.objects.get().stopped_by == team.dewi


# --- The primary --------------------------------------------------------------------------------


def primaries(team: Team) -> list[str]:
    rows = StudyModel.objects.filter(study=team.study, primary=True)
    return [row.package.name for row in rows.select_related("package")]


@pytest.fixture
def two(team: Team) -> list[StudyModel]:
    """Old and new, side by side in MEL-8."""
    return [
        study_models.activate(
            study=team.study, package=ModelPackageFactory(name=name), reason=WHY, by=team.dewi
        )
        for name in ("old", "new")
    ]


def test_the_first_model_is_the_primary_and_a_later_one_runs_beside_it(
    team: Team, two: list[StudyModel]
) -> None:
    assert primaries(team) == ["old"]


def test_making_another_the_primary_is_recorded_with_its_reason(
    team: Team, two: list[StudyModel]
) -> None:
    study_models.make_primary(
        study=team.study, package=two[1].package, reason="Agrees with the readers", by=team.dewi
    )
    assert primaries(team) == ["new"]
    event = AuditEvent.objects.get(action="model.make_primary", study_code="MEL-8")
    assert event.contents.reason == "Agrees with the readers"
    assert event.contents.old == {"primary": str(two[0].package)}
    assert event.contents.new["primary"] == str(two[1].package)


@pytest.mark.parametrize("name", ["amina", "chandra", "ewa", "farid"])
def test_only_the_studys_manager_chooses_the_primary(
    team: Team, two: list[StudyModel], name: str
) -> None:
    with pytest.raises(NotAllowed):
        study_models.make_primary(
            study=team.study, package=two[1].package, reason=WHY, by=getattr(team, name)
        )
    assert primaries(team) == ["old"]


def test_only_a_model_in_use_becomes_the_primary_once_and_with_a_reason(
    team: Team, two: list[StudyModel]
) -> None:
    for package, reason, refusal in (
        (two[0].package, WHY, AlreadyPrimary),
        (two[1].package, " ", ReasonMissing),
        (ModelPackageFactory(), WHY, NotActive),
    ):
        with pytest.raises(refusal):
            study_models.make_primary(
                study=team.study, package=package, reason=reason, by=team.dewi
            )
    assert primaries(team) == ["old"]


def test_when_the_primary_leaves_the_newest_that_stays_takes_over(
    team: Team, two: list[StudyModel]
) -> None:
    study_models.deactivate(
        study=team.study, package=two[0].package, reason="Superseded", by=team.dewi
    )
    assert primaries(team) == ["new"]
    event = AuditEvent.objects.get(action="model.deactivate")
    assert event.contents.new["primary"] == str(two[1].package)
    study_models.deactivate(
        study=team.study, package=two[1].package, reason="Superseded", by=team.dewi
    )
    assert primaries(team) == []


def test_when_another_leaves_the_primary_stays(team: Team, two: list[StudyModel]) -> None:
    study_models.deactivate(
        study=team.study, package=two[1].package, reason="Not better", by=team.dewi
    )
    assert primaries(team) == ["old"]
