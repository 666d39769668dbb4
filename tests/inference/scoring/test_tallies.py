"""What was counted of each participant is what the rows say, whoever wrote them and however."""

from collections.abc import Callable
from datetime import date

import pytest
from django.core.management import call_command
from django.db import connection

from inference.dashboards.services.work import counts_by_kind
from inference.exports.services.exports import Filters, count_rows
from inference.packages.models import ModelPackage
from inference.scoring import marks
from inference.scoring.models import Run, Score, Tally, TallyMark
from inference.scoring.services import runs, study_models, tallies
from participants.capture.models import Photo, PhotoCheck
from participants.capture.services import retakes
from participants.people.models import Participant
from studies.access.models import User
from studies.access.permissions import Permission
from studies.platform.actors import SYSTEM
from studies.platform.work import WorkState, claim
from studies.protocol.models import VisitDefinition
from tests.conftest import Team
from tests.factories import NOW
from tests.inference.packages.factories import ModelPackageFactory
from tests.inference.scoring.factories import RunFactory, ScoreFactory, StudyModelFactory
from tests.inference.scoring.photos import make_visit
from tests.participants.capture.factories import PhotoFactory
from tests.participants.people.factories import ParticipantFactory
from tests.participants.privacy.erasing import ask_to_erase, carry_out

pytestmark = pytest.mark.django_db


@pytest.fixture
def first() -> ModelPackage:
    return ModelPackageFactory()


@pytest.fixture
def scored(team: Team, first: ModelPackage) -> Team:
    """Two participants at SG01 and one at KL01: two visits each, checked, scored by two models."""
    second = ModelPackageFactory()
    StudyModelFactory(study=team.study, package=first, primary=True)
    StudyModelFactory(study=team.study, package=second)
    first.conditions.set(["melasma"])
    second.conditions.set(["melasma"])
    for place, (site, code) in enumerate(
        ((team.sg01, "SG01-0001"), (team.sg01, "SG01-0002"), (team.kl01, "KL01-0001"))
    ):
        for week in (0, 4):
            visit = make_visit(site, code=code, visit=f"week-{week}", day=7 * week)
            photo = PhotoFactory(visit=visit, view="front")
            PhotoCheck.objects.create(photo=photo, state="done")
            for package, more in ((first, 0), (second, 40)):
                run = RunFactory(photo=photo, package=package, finished_at=NOW)
                ScoreFactory(run=run, severity=10.0 * place + week + more)
                ScoreFactory(run=run, region="chin", severity=1.0)
    tallies.count_anew()
    return team


def _photo(team: Team) -> Photo:
    return Photo.objects.filter(visit__participant__code="SG01-0001").order_by("-visit")[0]


def _turned_down(team: Team) -> None:
    photo = _photo(team)
    retakes.ask_retake(photo=photo, reason_code="blurred", by=team.amina)


def _run_claimed_and_done(team: Team) -> None:
    photo = PhotoFactory(visit=_photo(team).visit, view="left")
    run = RunFactory(photo=photo, package=ModelPackage.objects.order_by("pk")[0], state="queued")
    taken = claim(Run, run.pk)
    assert taken is not None
    with taken.completing():
        regions = ("face", "chin")
        Score.objects.bulk_create([ScoreFactory.build(run=run, region=one) for one in regions])


def _other_primary(team: Team) -> None:
    package = ModelPackage.objects.order_by("pk")[1]
    study_models.make_primary(study=team.study, package=package, reason="Better", by=SYSTEM)


def _deactivated(team: Team) -> None:
    package = ModelPackage.objects.order_by("pk")[0]
    study_models.deactivate(study=team.study, package=package, reason="Worse", by=SYSTEM)


def _other_order_of_visits(team: Team) -> None:
    VisitDefinition.objects.filter(code="week-0").update(day_offset=99)


def _scored_anew(team: Team) -> None:
    photo, package = _photo(team), ModelPackage.objects.order_by("pk")[0]
    run = RunFactory(photo=photo, package=package, recipe_sha256="b" * 64, finished_at=NOW)
    ScoreFactory(run=run, severity=77.0)


def _erased(team: Team) -> None:
    participant = Participant.objects.get(code="SG01-0001")
    assert carry_out(ask_to_erase(participant)).state == "done"


def _by_hand(team: Team) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE inference_score SET severity = 5 WHERE region = 'face'")


WRITERS: dict[str, Callable[[Team], object]] = {
    "a photo more": lambda team: PhotoFactory(visit=_photo(team).visit, view="left"),
    "a photo turned down": _turned_down,
    "photos moved at once": lambda team: Photo.objects.update(state="excluded"),
    "a photo kept out": lambda team: Photo.objects.update(kept_out=True),
    "a check done": lambda team: PhotoCheck.objects.create(
        photo=PhotoFactory(visit=_photo(team).visit, view="left"), state="done"
    ),
    "checks by UPDATE": lambda team: PhotoCheck.objects.update(state="quarantined"),
    "checks removed": lambda team: PhotoCheck.objects.all().delete(),
    "a run claimed and done": _run_claimed_and_done,
    "runs in bulk": lambda team: Run.objects.update(state="quarantined"),
    "a run removed": lambda team: Run.objects.filter(photo=_photo(team)).delete(),
    "scores removed": lambda team: Score.objects.all().delete(),
    "a photo scored again": _scored_anew,
    "another primary": _other_primary,
    "a model out of use": _deactivated,
    "another order of visits": _other_order_of_visits,
    "erased": _erased,
    "by hand": _by_hand,
}


@pytest.mark.parametrize("writer", WRITERS.values(), ids=WRITERS.keys())
def test_every_kind_of_writer_is_noticed(scored: Team, writer: Callable[[Team], object]) -> None:
    people = list(Participant.objects.values_list("pk", flat=True))
    before = {pk: tallies.numbers_of([pk])[pk] for pk in people}
    writer(scored)
    changed = [pk for pk in people if tallies.numbers_of([pk])[pk] != before[pk]]
    assert changed, "the writer changes a number, or it proves nothing"
    tallies.count_anew()
    assert not TallyMark.objects.exists()
    assert tallies.wrong(people) == []


def test_what_the_primary_grades_is_noticed(scored: Team, first: ModelPackage) -> None:
    """Of a condition it does not grade, the other model's scores are current."""
    visit = make_visit(scored.sg01, visit="week-8", day=56)
    run = RunFactory(photo__visit=visit, package=ModelPackage.objects.order_by("pk")[1])
    ScoreFactory(run=run, severity=88.0)
    tallies.count_anew()
    assert tallies.numbers_of([visit.participant_id])[visit.participant_id].severities == {
        "melasma": 4.0
    }
    first.conditions.set(["pores"])
    tallies.count_anew()
    assert Tally.objects.get(participant=visit.participant).severities == {"melasma": 88.0}


def test_nothing_is_counted_again_that_did_not_change(scored: Team) -> None:
    assert tallies.count_anew() == 0
    PhotoFactory(visit=_photo(scored).visit, view="left")
    assert tallies.count_anew() == 1


def test_the_triggers_are_all_there_and_a_lost_one_is_set_up_again(scored: Team) -> None:
    assert marks.missing(connection) == []
    marks.take_down(connection)
    assert len(marks.missing(connection)) == 3 * len(marks.WATCHED)
    Score.objects.all().delete()
    tallies.count_anew()
    call_command("migrate", verbosity=0)
    assert marks.missing(connection) == []
    assert TallyMark.objects.count() == 3, "what was written unwatched is counted anew"
    tallies.count_anew()
    assert {tally.scores for tally in Tally.objects.all()} == {0}


# --- Rights ------------------------------------------------------------------------------------


def _sees(team: Team, user: User) -> tuple[int, int, int]:
    """Runs done, rows of the long file, severities of melasma."""
    study = team.study
    done = counts_by_kind(study=study, user=user)["run"]["done"]
    rows = count_rows(study, Filters(), user)["long"]
    return done, rows, len(tallies.latest_severities(study=study, user=user).get("melasma", []))


def test_each_counts_the_sites_they_may_see(scored: Team) -> None:
    assert _sees(scored, scored.dewi) == (12, 24, 3)
    done, _, severities = _sees(scored, scored.amina)
    assert (done, severities) == (8, 2)
    done, _, severities = _sees(scored, scored.budi)
    assert (done, severities) == (4, 1)
    assert _sees(scored, scored.farid) == (0, 0, 0)


def test_a_right_that_is_not_held_counts_nothing(scored: Team) -> None:
    for person in (scored.amina, scored.chandra, scored.dewi, scored.ewa):
        for permission in (Permission.EXPORT, Permission.SCORE_VIEW, Permission.WORK_VIEW):
            found = tallies.totals(study=scored.study, user=person, permission=permission)
            seen = Score.objects.visible_to(person, permission).count()
            assert found.scores == seen, (person, permission)


def test_of_whose_data_are_locked_nothing_is_counted(scored: Team) -> None:
    Participant.objects.filter(code="SG01-0001").update(data_use="restricted")
    assert _sees(scored, scored.dewi) == (8, 16, 2)
    assert tallies.unscored(study=scored.study, package=0) == 4


def test_another_studys_numbers_are_not_added(scored: Team) -> None:
    elsewhere = ParticipantFactory()
    visit = make_visit(elsewhere.site, code=elsewhere.code)
    ScoreFactory(run=RunFactory(photo__visit=visit, package=ModelPackageFactory()))
    assert _sees(scored, scored.dewi) == (12, 24, 3)


def test_erasure_leaves_no_tally(scored: Team) -> None:
    participant = Participant.objects.get(code="SG01-0001")
    assert Tally.objects.get(participant=participant).severities
    carry_out(ask_to_erase(participant))
    assert not Tally.objects.filter(participant=participant).exists()
    tallies.count_anew()
    assert not Tally.objects.filter(participant=participant).exists()


# --- What pages read ---------------------------------------------------------------------------


def test_the_long_files_rows_are_summed_as_they_would_be_counted(scored: Team) -> None:
    _turned_down(scored)
    for filters in (Filters(), Filters(sites=("SG01",)), Filters(sites=("SG01", "KL01"))):
        asked = count_rows(scored.study, filters, scored.dewi)
        # A filter that leaves nothing out makes the same rows be counted one by one.
        everything = Filters(sites=filters.sites, received_from=date(2000, 1, 1))
        counted = count_rows(scored.study, everything, scored.dewi)
        assert (asked["long"], asked["photos"]) == (counted["long"], counted["photos"])


def test_unscored_is_what_the_photos_without_a_run_are(scored: Team, first: ModelPackage) -> None:
    PhotoFactory(visit=_photo(scored).visit, view="left")
    RunFactory(
        photo=PhotoFactory(visit=_photo(scored).visit, view="right"), package=first, state="queued"
    )
    for package in ModelPackage.objects.all():
        found = runs.unscored(study=scored.study, package=package).count()
        assert tallies.unscored(study=scored.study, package=package.pk) == found
    assert tallies.unscored(study=scored.study, package=first.pk) == 1


def test_the_version_changes_with_any_row(scored: Team) -> None:
    version = tallies.version_of(scored.study)
    assert tallies.version_of(scored.study) == version
    Run.objects.filter(photo=_photo(scored)).update(state=WorkState.RUNNING)
    assert tallies.version_of(scored.study) != version


def test_the_command_proves_and_mends(scored: Team, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("count_again", check=True)
    assert "as their rows say" in capsys.readouterr().out
    Tally.objects.filter(participant__code="SG01-0002").update(scores=5)
    with pytest.raises(SystemExit):
        call_command("count_again", check=True)
    assert "SG01-0002" in capsys.readouterr().err
    call_command("count_again")
    call_command("count_again", check=True)
