"""Which scores count."""

import re
from datetime import timedelta

import pytest
from django.db import connection

from inference.packages.models import ModelPackage, StudyModel
from inference.scoring.models import Run, Score
from inference.scoring.services.scores import counting as counting_in
from inference.scoring.services.scores import current_scores, sources, with_is_current
from participants.capture.models import Photo
from studies.protocol.models import Condition
from tests.conftest import Team
from tests.factories import NOW, sha256
from tests.inference.packages.factories import ModelPackageFactory
from tests.inference.scoring.factories import RunFactory, ScoreFactory
from tests.inference.scoring.photos import make_visit
from tests.participants.capture.factories import PhotoFactory


@pytest.fixture
def photo(team: Team) -> Photo:
    return PhotoFactory(visit=make_visit(team.sg01))


def in_use(
    team: Team, days: int = 0, *, until: int | None = None, primary: str = ""
) -> ModelPackage:
    """A package taken into use ``days`` after the start, and out of it ``until`` days after.

    ``primary``: it is the primary and grades these conditions.
    """
    package = ModelPackageFactory()
    package.conditions.set(primary.split())
    StudyModel.objects.create(
        study=team.study,
        package=package,
        activated_at=NOW + timedelta(days=days),
        deactivated_at=None if until is None else NOW + timedelta(days=until),
        primary=bool(primary),
    )
    return package


def scored(
    photo: Photo, package: ModelPackage, *conditions: str, hours: int = 1, **given: str
) -> Run:
    at = NOW + timedelta(hours=hours)
    run: Run = RunFactory(photo=photo, package=package, finished_at=at, **given)
    for condition in conditions or ("melasma",):
        ScoreFactory(run=run, condition_id=condition)
        ScoreFactory(run=run, condition_id=condition, region="chin")
    return run


def counting(team: Team) -> set[tuple[int, str]]:
    """(run, condition) of what counts, asked in both ways."""
    found = set(current_scores(Score.objects.all(), team.study.pk).values_list("run", "condition"))
    marked = with_is_current(Score.objects.all(), team.study.pk).filter(is_current=True)
    assert set(marked.values_list("run", "condition")) == found
    return found


def test_the_run_of_the_model_in_use_counts_with_all_its_regions(team: Team, photo: Photo) -> None:
    run = scored(photo, in_use(team))
    assert counting(team) == {(run.pk, "melasma")}
    assert current_scores(Score.objects.all(), team.study.pk).count() == 2


def test_of_two_models_in_use_the_one_taken_into_use_last_counts(team: Team, photo: Photo) -> None:
    newer = scored(photo, in_use(team, 5), hours=1)
    scored(photo, in_use(team, 1), hours=2)  # an older model whose worker was slower
    assert counting(team) == {(newer.pk, "melasma")}


def test_each_condition_counts_from_the_newest_model_that_grades_it(
    team: Team, photo: Photo
) -> None:
    old = scored(photo, in_use(team, 1), "melasma", "pores")
    new = scored(photo, in_use(team, 5), "melasma")
    assert counting(team) == {(new.pk, "melasma"), (old.pk, "pores")}


def test_the_primary_counts_whichever_was_taken_into_use_last(team: Team, photo: Photo) -> None:
    run = scored(photo, in_use(team, 1, primary="melasma"))
    scored(photo, in_use(team, 5), hours=9)
    assert counting(team) == {(run.pk, "melasma")}


def test_where_the_primary_has_not_scored_yet_nothing_stands_in_for_it(
    team: Team, photo: Photo
) -> None:
    in_use(team, 5, primary="melasma pores")
    scored(photo, in_use(team, 1), "melasma")
    assert counting(team) == set()


def test_what_the_primary_does_not_grade_comes_from_another(team: Team, photo: Photo) -> None:
    main = scored(photo, in_use(team, 1, primary="melasma"), "melasma")
    beside = scored(photo, in_use(team, 5), "melasma", "pores")
    assert counting(team) == {(main.pk, "melasma"), (beside.pk, "pores")}


def test_pages_are_told_whose_scores_they_show(team: Team) -> None:
    main, also, idle = in_use(team, 1, primary="melasma"), in_use(team, 2), in_use(team, 3)
    also.conditions.set(["melasma", "pores"])
    idle.conditions.set(["melasma"])
    found = sources(team.study.pk)
    assert (found.primary, found.others) == (main, [also])


def test_a_newer_model_counts_only_once_its_run_is_done(team: Team, photo: Photo) -> None:
    old = scored(photo, in_use(team, 1))
    RunFactory(photo=photo, package=in_use(team, 5), state="queued")
    assert counting(team) == {(old.pk, "melasma")}


def test_a_model_out_of_use_no_longer_counts(team: Team, photo: Photo) -> None:
    scored(photo, in_use(team, 1, until=2))
    assert counting(team) == set()


def test_a_model_in_use_elsewhere_does_not_count_here(team: Team, photo: Photo) -> None:
    package = ModelPackageFactory()
    StudyModel.objects.create(study=team.other_study, package=package, activated_at=NOW)
    scored(photo, package)
    assert counting(team) == set()


@pytest.mark.parametrize("state", ["retake_wanted", "replaced"])
def test_a_photo_turned_down_has_no_current_scores(team: Team, photo: Photo, state: str) -> None:
    scored(photo, in_use(team))
    Photo.objects.update(state=state)
    assert counting(team) == set()


def test_a_model_used_twice_counts_once(team: Team, photo: Photo) -> None:
    package = in_use(team, 1, until=2)
    StudyModel.objects.create(
        study=team.study, package=package, activated_at=NOW + timedelta(days=3)
    )
    run = scored(photo, package)
    assert counting(team) == {(run.pk, "melasma")}
    assert current_scores(Score.objects.all(), team.study.pk).count() == 2


def test_what_counts_is_asked_from_the_photos_own_runs(team: Team, photo: Photo) -> None:
    """The other plan reads every run of the study for every score: minutes instead of moments."""
    scored(photo, in_use(team))
    plan = current_scores(Score.objects.all(), team.study.pk).explain()
    if connection.vendor == "sqlite":  # PostgreSQL chooses by its statistics
        assert re.search(r"SEARCH \w+ USING INDEX \S+ \(photo_id=\?", plan), plan


def test_where_the_primary_grades_all_a_score_is_not_compared_with_others(
    team: Team, photo: Photo
) -> None:
    """Before all scores of a study are read it is asked once whether any photo was run again."""
    everything = " ".join(Condition.objects.values_list("pk", flat=True))
    package = in_use(team, 1, primary=everything)
    run = scored(photo, package, "melasma", "pores")
    scored(photo, in_use(team, 5), "melasma")
    now = counting_in(team.study.pk, many=True)
    found = current_scores(Score.objects.all(), team.study.pk, now=now)
    assert now.simple
    assert str(found.query).count("SELECT") == 1
    assert set(found.values_list("run", "condition")) == {(run.pk, "melasma"), (run.pk, "pores")}
    assert counting(team) == {(run.pk, "melasma"), (run.pk, "pores")}
    said = {"condition": "melasma", "photo_state": "accepted"}
    assert now.counts(package=package.pk, **said)
    assert not now.counts(package=package.pk + 1, **said)
    assert not now.counts(package=package.pk, **{**said, "photo_state": "replaced"})


def test_of_two_runs_of_the_primary_the_later_counts(team: Team, photo: Photo) -> None:
    everything = " ".join(Condition.objects.values_list("pk", flat=True))
    package = in_use(team, 1, primary=everything)
    scored(photo, package, hours=1)
    later = scored(photo, package, hours=2, recipe_sha256=sha256("another"))
    now = counting_in(team.study.pk, many=True)
    assert not now.simple
    assert counting(team) == {(later.pk, "melasma")}
    found = current_scores(Score.objects.all(), team.study.pk, now=now)
    assert set(found.values_list("run", "condition")) == {(later.pk, "melasma")}
