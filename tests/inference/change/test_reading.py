"""Whose scores are in the figures, which visits count, and why somebody has no change."""

import dataclasses
from datetime import date

import pytest

from inference.change.figures.responders import verdict
from inference.change.services.of_participant import of_participant
from inference.change.services.over_time import OverTime, over_time
from inference.change.services.reading import Asked, Series, series_of
from inference.change.wording import choices
from inference.scoring.models import Score
from participants.allocation.models import Allocation
from participants.people.models import Participant
from participants.visits.models import Visit
from studies.access.models import User
from studies.access.permissions import Permission
from studies.platform.errors import NotAllowed
from studies.protocol.models import Study, VisitDefinition
from studies.randomisation.models import Scheme
from tests.factories import NOW
from tests.inference.change.changing import NOISE, Changing
from tests.inference.packages.factories import ModelPackageFactory
from tests.inference.scoring.factories import StudyModelFactory
from tests.participants.allocation.given import blinded, person
from tests.studies.protocol.factories import VisitDefinitionFactory

pytestmark = pytest.mark.django_db


def asked(changing: Changing, user: User | None = None, **options: object) -> Asked:
    team = changing.team
    return dataclasses.replace(
        Asked(team.study, user or team.dewi, "melasma", "face", "front"), **options
    )


def read(changing: Changing, user: User | None = None, **options: object) -> Series:
    return series_of(asked(changing, user, **options))


def found(changing: Changing, user: User | None = None, **options: object) -> OverTime:
    return over_time(asked(changing, user, **options))


def reasons(changing: Changing, who: Participant, **options: object) -> dict[str, str]:
    [one] = [s for s in read(changing, **options).subjects if s.key == who.pk]
    return one.reasons


def test_a_change_is_from_the_first_planned_visit(changing: Changing) -> None:
    changing.person({"week-0": 50.0, "week-4": 44.0, "week-8": 61.0})
    series = read(changing)
    [one] = series.subjects
    assert [column.code for column in series.columns] == ["week-0", "week-4", "week-8"]
    assert [one.change(code, "week-0") for code in ("week-4", "week-8")] == [-6.0, 11.0]
    assert one.smallest == pytest.approx(NOISE)


def test_each_missing_change_has_its_reason(changing: Changing) -> None:
    missed = changing.person({"week-0": 50.0, "week-4": None})
    none = changing.person({"week-0": None, "week-4": 40.0})
    planned = changing.person({"week-0": 50.0})
    waits = changing.visit(planned, "week-4", "scheduled")
    Visit.objects.filter(pk=waits.pk).update(closes_on=date(2026, 4, 1))
    changing.visit(planned, "week-8", "cancelled")
    unread = changing.person({"week-0": 50.0})
    changing.score(changing.visit(unread, "week-4", "complete"), None)
    changing.visit(unread, "week-8", "complete")
    assert reasons(changing, missed) == {
        "week-0": "",
        "week-4": "missed",
        "week-8": "not_planned",
    }
    assert reasons(changing, none)["week-4"] == "no_baseline"
    assert reasons(changing, planned)["week-4"] == "to_come"
    assert reasons(changing, planned)["week-8"] == "cancelled"
    assert reasons(changing, unread)["week-4"] == "not_assessable"
    assert reasons(changing, unread)["week-8"] == "not_scored"


def test_what_was_open_and_is_past_was_missed(changing: Changing) -> None:
    somebody = changing.person({"week-0": 50.0})
    visit = changing.visit(somebody, "week-4", "due")
    Visit.objects.filter(pk=visit.pk).update(closes_on=date(2026, 1, 1))
    assert reasons(changing, somebody)["week-4"] == "missed"


def test_repeats_and_unscheduled_visits_are_in_no_figure(changing: Changing) -> None:
    somebody = changing.person({"week-0": 50.0, "week-4": 45.0})
    study = changing.team.study
    for code, kind in (("again", {"repeat": True}), ("u-9", {})):
        changing.definitions[code] = VisitDefinitionFactory(
            study=study, code=code, name=code, day_offset=9, unscheduled=True, **kind
        )
        changing.score(changing.visit(somebody, code, "complete"), 99.0)
    series = read(changing)
    assert [column.code for column in series.columns] == ["week-0", "week-4", "week-8"]
    assert series.unscheduled == 1
    assert series.subjects[0].severities == {"week-0": 50.0, "week-4": 45.0}


def test_nobody_changes_between_two_models(changing: Changing) -> None:
    """The second grades what the first one, which counts alone where it has graded, did not."""
    somebody = changing.person({"week-0": 50.0})
    other = ModelPackageFactory(version="9.9.9")
    StudyModelFactory(study=changing.team.study, package=other, primary=False)
    visit = changing.visit(somebody, "week-4", "complete")
    changing.score(visit, 20.0, package=other)
    assert reasons(changing, somebody)["week-4"] == "other_model"
    assert not found(changing).changed


def test_other_views_regions_and_conditions_are_others(changing: Changing) -> None:
    somebody = changing.person({"week-0": 50.0})
    visit = changing.visit(somebody, "week-4", "complete")
    changing.score(visit, 20.0, view="left")
    changing.score(visit, 21.0, region="chin")
    assert reasons(changing, somebody)["week-4"] == "not_scored"


def test_locked_data_are_in_nothing_and_counted(changing: Changing) -> None:
    people = [changing.person({"week-0": 50.0, "week-4": 40.0}) for _ in range(3)]
    Participant.objects.filter(pk=people[0].pk).update(state="withdrawn", data_use="restricted")
    Participant.objects.filter(pk=people[1].pk).update(state="withdrawn")
    series = read(changing)
    assert {one.key for one in series.subjects} == {people[1].pk, people[2].pk}
    assert series.locked == 1


def test_who_was_never_enrolled_is_not_counted(changing: Changing) -> None:
    changing.person({}, state="screening", enrolled_on=None)
    assert read(changing).subjects == []


def test_once_anybody_has_an_arm_only_who_has_one_is_in(changing: Changing) -> None:
    changing.person({"week-0": 50.0})
    assert len(read(changing).subjects) == 1
    given = changing.person({"week-0": 40.0}, arm=0)
    series = read(changing)
    assert [one.key for one in series.subjects] == [given.pk]
    assert series.without_arm == 1


def test_a_coordinator_reads_their_own_site(changing: Changing) -> None:
    changing.person({"week-0": 50.0})
    there = changing.person({"week-0": 40.0}, site=changing.team.kl01)
    assert [one.key for one in read(changing, changing.team.budi).subjects] == [there.pk]
    assert len(read(changing).subjects) == 2


def test_only_who_may_export_is_in_what_is_taken_out(changing: Changing) -> None:
    changing.person({"week-0": 50.0})
    assert read(changing, changing.team.ewa, permission=Permission.EXPORT).subjects == []
    assert len(read(changing, changing.team.chandra, permission=Permission.EXPORT).subjects) == 1


# --- Arms --------------------------------------------------------------------------------------


def test_by_arm_each_group_has_its_own_figures(trial: Changing) -> None:
    shown = found(trial, by_arm=True, against="SUN")
    numbers = {
        line.group: [round(mean.value or 0, 2) or 0 for _visit, mean in line.means]
        for line in shown.lines
    }
    assert numbers == {"SUN": [1.33, 0], "SHADE": [-10.0, -23.0]}
    one = shown.adjusted[0][1]
    assert set(one.differences) == {"SHADE"}
    assert one.differences["SHADE"].high < -9
    improved = {(r.group, r.visit.code): r.improved.count for r in shown.responses}
    assert improved["SUN", "week-8"] == 0
    assert improved["SHADE", "week-8"] == 12
    assert [r.apart for r in shown.responses if r.group == "SUN"] == [None, None]


def test_all_together_says_nothing_of_arms(trial: Changing) -> None:
    shown = found(trial)
    assert [line.group for line in shown.lines] == [""]
    assert {one.group for one in shown.series.subjects} == {""}
    assert shown.adjusted[0][1].differences == {}


@pytest.mark.parametrize("role", ["manager", "investigator", "data_manager", "monitor"])
def test_in_a_blinded_study_arms_are_refused(trial: Changing, role: str) -> None:
    blinded(trial.team.study)
    somebody = person(trial.team.study, role, "Blind")
    with pytest.raises(NotAllowed, match="which arm while the study is blinded"):
        read(trial, somebody, by_arm=True)
    assert len(read(trial, somebody).subjects) == 24


def test_the_unblinded_statistician_may_and_all_once_it_is_unblinded(trial: Changing) -> None:
    study = trial.team.study
    blinded(study)
    stella = person(study, "statistician", "Stella")
    assert set(read(trial, stella, by_arm=True).groups) == {"SUN", "SHADE"}
    Study.objects.filter(pk=study.pk).update(unblinded_at=NOW)
    study.refresh_from_db()
    assert len(read(trial, trial.team.dewi, by_arm=True).of("SUN")) == 12


def test_who_knows_the_arms_of_a_part_of_the_sites_is_shown_none(trial: Changing) -> None:
    """Else what is left over of the pooled figures would be the arms of the others."""
    trial.person({"week-0": 50.0}, site=trial.team.kl01, arm=0)
    study = trial.team.study
    blinded(study)
    somebody = person(study, "investigator", "Ines")
    person(study, "statistician", "Site", site=trial.team.sg01)
    study.memberships.create(user=somebody, role="statistician", site=trial.team.sg01)
    with pytest.raises(NotAllowed):
        read(trial, somebody, by_arm=True)


# --- Strata, peers, warnings -------------------------------------------------------------------


def test_strata_are_as_they_were_when_the_arm_was_given(changing: Changing) -> None:
    study = changing.team.study
    factors = [{"name": "site", "levels": ["SG01"]}, {"name": "sex", "levels": ["female", "male"]}]
    Scheme.objects.create(
        study=study, method="blocks", state="in_force", factors=factors, made_at=NOW
    )
    who = changing.person({"week-0": 50.0}, arm=0, sex="female")
    Allocation.objects.filter(participant=who).update(stratum="site=SG01;sex=male")
    by_hand = changing.person({"week-0": 50.0}, arm=0, sex="female")
    odd = changing.person({"week-0": 50.0}, arm=0, sex="other")
    series = read(changing)
    assert series.strata == ("site", "sex")
    levels = {one.key: one.strata["sex"] for one in series.subjects}
    assert levels == {who.pk: "male", by_hand.pk: "female", odd.pk: "not known"}
    assert any("sex" in one for one in choices(found(changing)))


def test_few_people_and_gaps_are_told(changing: Changing) -> None:
    changing.person({"week-0": 50.0, "week-4": 45.0})
    for _ in range(2):
        changing.person({"week-0": 50.0, "week-4": None})
    told = " ".join(found(changing).warnings)
    assert "Fewer than 10 people have a change at Week 4" in told
    assert "Week 4: 67% of those who could have one" in told


def test_without_a_noise_nobody_is_a_responder(changing: Changing) -> None:
    changing.package.card = {}
    changing.package.save()
    changing.person({"week-0": 50.0, "week-4": 5.0})
    shown = found(changing)
    assert (shown.responses, shown.band) == ([], None)
    assert "nobody can be called a responder" in " ".join(shown.warnings)


def test_a_study_without_scores_or_visits_has_no_figures(changing: Changing) -> None:
    assert not found(changing).changed
    changing.person({})
    assert not found(changing).series.scored
    VisitDefinition.every.filter(study=changing.team.study).exclude(code="week-0").delete()
    changing.person({"week-0": 50.0})
    only = found(changing)
    assert (only.series.later, only.changed, only.lines[0].baseline.n) == ([], False, 1)
    Score.objects.all().delete()
    Visit.objects.all()
    assert found(changing, view="left").lines[0].baseline.n == 0


def test_peers_are_of_the_same_age_and_skin(changing: Changing) -> None:
    for k in range(31):
        changing.person({"week-0": float(k)}, year_of_birth=1990, fitzpatrick=3 + k % 2)
    changing.person({"week-0": 99.0}, year_of_birth=1990, fitzpatrick=6)
    shown = found(changing)
    assert [(line.age, line.skin, line.n) for line in shown.cells] == [("30–39", "III–IV", 31)]
    assert (shown.small_cells, shown.largest_cell) == (1, 31)


# --- One person --------------------------------------------------------------------------------


def test_one_person_is_told_changes_and_a_place(changing: Changing) -> None:
    for k in range(30):
        changing.person({"week-0": float(k), "week-4": 2.0 * k}, year_of_birth=1990, fitzpatrick=3)
    who = changing.person({"week-0": 14.5, "week-4": 30.0}, year_of_birth=1991, fitzpatrick=4)
    told = of_participant(participant=who, user=changing.team.dewi, smallest={"melasma": NOISE})
    assert told is not None
    [melasma] = told.conditions
    assert (told.age, told.skin, told.peers) == ("30–39", "III–IV", 30)
    assert [(step.visit, step.change, step.verdict) for step in melasma.steps] == [
        ("Week 4", 15.5, "worsened"),
        ("Week 8", None, None),
    ]
    assert melasma.at_first is not None
    assert melasma.at_latest is not None
    assert melasma.at_first.percentile == pytest.approx(50)
    assert (melasma.latest, melasma.at_latest.percentile) == ("Week 4", pytest.approx(51.6667))
    assert verdict(15.5, NOISE) == "worsened"


def test_one_person_has_no_place_among_twenty_nine(changing: Changing) -> None:
    for k in range(29):
        changing.person({"week-0": float(k)}, year_of_birth=1990, fitzpatrick=3)
    changing.person({"week-0": 7.0}, year_of_birth=1990, fitzpatrick=3, site=changing.team.kl01)
    who = Participant.objects.order_by("pk").first()
    assert who is not None
    dewi = of_participant(participant=who, user=changing.team.dewi, smallest={})
    assert dewi is not None
    assert (dewi.peers, dewi.placed, dewi.conditions[0].smallest) == (29, False, None)
    amina = of_participant(participant=who, user=changing.team.amina, smallest={})
    assert amina is not None
    assert amina.peers == 28


def test_one_person_without_a_first_score_is_told_nothing(changing: Changing) -> None:
    who = changing.person({"week-0": None, "week-4": 40.0})
    assert of_participant(participant=who, user=changing.team.dewi, smallest={}) is None
