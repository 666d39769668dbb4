"""The models page of a study: in use, side by side, scoring earlier photos."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from inference.packages.models import ModelPackage, StudyModel
from inference.scoring.models import Rescore, Run
from inference.scoring.services import rescores, study_models
from studies.access.models import User
from studies.platform.work import perform
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.inference.packages.factories import ModelPackageFactory
from tests.inference.scoring.factories import RunFactory
from tests.inference.scoring.photos import make_visit, real_photo, use
from tests.typed import opened, typed, words

SignIn = Callable[[User], Client]


def models_url() -> str:
    return reverse("inference:models", args=["MEL-8"])


def activate_url() -> str:
    return reverse("inference:activate", args=["MEL-8"])


def deactivate_url(package: ModelPackage) -> str:
    return reverse("inference:deactivate", args=["MEL-8", package.pk])


def test_the_page_shows_what_is_in_use_available_and_past(team: Team, as_person: SignIn) -> None:
    active, past, free = (ModelPackageFactory(name=n) for n in ("active", "past", "free"))
    use(team.study, active)
    StudyModel.objects.create(
        study=team.study,
        package=past,
        activated_at="2026-01-01T00:00:00Z",
        deactivated_at="2026-02-01T00:00:00Z",
    )
    page = as_person(team.chandra).get(models_url()).content.decode()
    assert '<li aria-current="page">Models</li>' in page
    in_use, others = page.split("Registered, not in use here")
    assert active.sha256 in in_use
    assert free.sha256 not in in_use
    assert str(free) in others
    assert str(past) in others.split("Used before")[1]
    assert "Demonstrator: trained on generated skin; not for clinical use" in in_use


def test_the_manager_takes_a_model_into_use_with_a_reason(team: Team, as_person: SignIn) -> None:
    package = ModelPackageFactory()
    sent = {"package": package.pk, "reason": "Protocol amendment 2"}
    response = as_person(team.dewi).post(activate_url(), sent)
    assert response["Location"] == models_url()
    assert StudyModel.objects.get().package == package
    event = AuditEvent.objects.get(action="model.activate")
    assert (event.contents.reason, event.source) == ("Protocol amendment 2", "web")


def test_without_a_reason_the_form_comes_back(team: Team, as_person: SignIn) -> None:
    package = ModelPackageFactory()
    response = as_person(team.dewi).post(activate_url(), {"package": package.pk, "reason": " "})
    assert response.status_code == 422
    assert "This field is required" in response.content.decode()
    assert not StudyModel.objects.exists()


def test_a_model_is_taken_out_of_use_and_its_runs_stay(team: Team, as_person: SignIn) -> None:
    package = ModelPackageFactory()
    use(team.study, package)
    run = RunFactory(photo__visit=make_visit(team.sg01), package=package)
    client = as_person(team.dewi)
    assert client.post(deactivate_url(package), {"reason": ""}).status_code == 422
    assert StudyModel.objects.get().deactivated_at is None
    assert client.post(deactivate_url(package), {"reason": "Faulty"}).status_code == 302
    assert StudyModel.objects.get().deactivated_at is not None
    run.refresh_from_db()
    assert run.state == "done"


def test_only_the_manager_sees_and_uses_the_buttons(team: Team, as_person: SignIn) -> None:
    package = ModelPackageFactory()
    for person in (team.amina, team.chandra, team.ewa):
        client = as_person(person)
        page = client.get(models_url())
        assert page.status_code == 200
        assert activate_url() not in page.content.decode()
        sent = {"package": package.pk, "reason": "I want it"}
        assert client.post(activate_url(), sent).status_code == 403
    farid = as_person(team.farid)
    assert farid.get(models_url()).status_code == 404
    assert farid.post(activate_url(), {"package": package.pk, "reason": "x"}).status_code == 404
    assert not StudyModel.objects.exists()


def test_a_package_never_used_in_the_study_cannot_be_taken_out_of_it(
    team: Team, as_person: SignIn
) -> None:
    package = ModelPackageFactory()
    use(team.other_study, package)
    client = as_person(team.dewi)
    assert client.post(deactivate_url(package), {"reason": "Faulty"}).status_code == 404
    assert StudyModel.objects.get().deactivated_at is None


# --- Side by side ------------------------------------------------------------------------------


def test_the_page_says_which_model_is_the_primary(team: Team, as_person: SignIn) -> None:
    first, second = ModelPackageFactory(name="first"), ModelPackageFactory(name="second")
    client = as_person(team.dewi)
    for package in (first, second):
        assert (
            client.post(activate_url(), {"package": package.pk, "reason": "x"}).status_code == 302
        )
    page = client.get(models_url()).content.decode()
    primary, beside = page.split(f'id="model-{first.pk}"')[1].split(f'id="model-{second.pk}"')
    assert "Primary" in primary.split("</article>")[0]
    assert "Beside it" in beside.split("</article>")[0]


def test_the_manager_makes_another_the_primary(team: Team, as_person: SignIn) -> None:
    first, second = ModelPackageFactory(), ModelPackageFactory()
    client = as_person(team.dewi)
    for package in (first, second):
        client.post(activate_url(), {"package": package.pk, "reason": "x"})
    address = reverse("inference:make_primary", args=["MEL-8", second.pk])
    assert client.post(address, {"reason": ""}).status_code == 422
    assert StudyModel.objects.get(primary=True).package == first
    assert client.post(address, {"reason": "Better"})["Location"] == models_url()
    assert StudyModel.objects.get(primary=True).package == second
    assert client.post(address, {"reason": "Better"}).status_code == 409


@pytest.mark.parametrize("act", ["activate", "make_primary", "deactivate"])
def test_whoever_changes_the_models_second_is_told_what_the_first_did(
    team: Team, as_person: SignIn, act: str
) -> None:
    first, second, third, free = (ModelPackageFactory(name=n) for n in "abcd")
    for package in (first, second):
        study_models.activate(study=team.study, package=package, reason="x", by=team.dewi)
    client = as_person(team.dewi)
    address = (
        activate_url()
        if act == "activate"
        else reverse(f"inference:{act}", args=["MEL-8", second.pk])
    )
    mine = {**opened(client, models_url(), address), "package": free.pk, "reason": "Mine"}
    assert mine["seen"]
    study_models.activate(study=team.study, package=third, reason="Faster", by=team.dewi)
    before = set(StudyModel.objects.values_list("package", "primary", "deactivated_at"))
    answer = client.post(address, mine)
    assert answer.status_code == 409
    said = words(answer)
    assert f"Nothing was saved: {team.dewi.name} changed this" in said
    assert "Models in use are others now." in said
    assert "Nothing was changed yet" not in said, "one sentence"
    assert set(StudyModel.objects.values_list("package", "primary", "deactivated_at")) == before
    again = typed(answer, address)
    assert again["reason"] == "Mine"
    assert client.post(address, {"package": free.pk, **again}).status_code == 302


# --- Scoring earlier photos --------------------------------------------------------------------

START = "/studies/MEL-8/models/rescores/start/"
PROGRESS = "/studies/MEL-8/models/rescores/"


def test_the_manager_has_earlier_photos_scored(team: Team, as_person: SignIn) -> None:
    package = ModelPackageFactory()
    use(team.study, package)
    real_photo(make_visit(team.sg01))
    client = as_person(team.dewi)
    assert "1 accepted photo" in client.get(models_url()).content.decode()
    sent = {"package": package.pk, "reason": "They came before the model"}
    for person, status in ((team.chandra, 403), (team.farid, 404)):
        assert as_person(person).post(START, sent).status_code == status
    assert not Rescore.objects.exists()
    assert client.post(START, sent)["Location"] == models_url()
    assert perform(Rescore, Rescore.objects.get().pk, rescores.feed)
    assert Run.objects.get().package == package
    page = client.get(models_url()).content.decode()
    assert "0 of 1" in page
    assert "They came before the model" in page


def test_without_a_reason_the_form_to_score_again_comes_back(team: Team, as_person: SignIn) -> None:
    package = ModelPackageFactory()
    response = as_person(team.dewi).post(START, {"package": package.pk, "reason": ""})
    assert response.status_code == 422
    assert "This field is required" in response.content.decode()
    assert not Rescore.objects.exists()


def test_a_retired_package_cannot_be_chosen_to_score_again(team: Team, as_person: SignIn) -> None:
    package = ModelPackageFactory(state="retired")
    response = as_person(team.dewi).post(START, {"package": package.pk, "reason": "x"})
    assert response.status_code == 422
    assert not Rescore.objects.exists()


def test_the_progress_looks_again_only_while_there_is_some(team: Team, as_person: SignIn) -> None:
    client = as_person(team.ewa)
    headers = {"HX-Request": "true"}
    job = rescores.start_rescore(
        study=team.study, package=ModelPackageFactory(), reason="x", by=team.dewi
    )
    fragment = client.get(PROGRESS, headers=headers).content.decode()
    assert 'hx-trigger="every 2s"' in fragment
    assert "Under way" in fragment
    assert "Stop" not in fragment, "a monitor stops nothing"
    rescores.stop_rescore(rescore=job, by=team.dewi)
    fragment = client.get(PROGRESS, headers=headers).content.decode()
    assert 'hx-trigger="every 5s"' in fragment
    assert "Stopped by Dewi" in fragment
    assert client.get(PROGRESS)["Location"] == models_url()


def test_the_manager_stops_it(team: Team, as_person: SignIn) -> None:
    job = rescores.start_rescore(
        study=team.study, package=ModelPackageFactory(), reason="x", by=team.dewi
    )
    address = reverse("inference:rescore_stop", args=["MEL-8", job.pk])
    assert as_person(team.chandra).post(address).status_code == 403
    elsewhere = reverse("inference:rescore_stop", args=["FEAS-2", job.pk])
    assert as_person(team.farid).post(elsewhere).status_code == 404
    assert as_person(team.dewi).post(address).status_code == 302
    assert as_person(team.dewi).post(address).status_code == 409
    job.refresh_from_db()
    assert job.stopped_by == team.dewi
