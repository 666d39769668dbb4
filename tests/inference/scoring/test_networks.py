"""How the settings say networks are run."""

import os
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.checks import run_checks
from pytest_django.fixtures import Settings

from config.celery import ShareCores, app
from inference.pipeline.errors import PackageRefused
from inference.pipeline.processor import has_int8
from inference.scoring.models import Run
from inference.scoring.services import networks, runs, scoring
from studies.platform.work import perform
from tests.conftest import Team
from tests.inference.pipeline.tiny_package import write_tiny_package
from tests.inference.scoring.photos import make_visit, real_photo, score_now, tiny, use


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(networks._Shared, "processes", 1)


def problems() -> list[str]:
    return [f"{found.id} {found.msg}" for found in run_checks() if "inference" in str(found.id)]


def test_the_settings_as_shipped_are_sound() -> None:
    assert problems() == []


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("INFERENCE_PRECISION", "int4", "E001 INFERENCE_PRECISION is 'int4', not auto, float32"),
        ("INFERENCE_PROVIDERS", ["cuda"], "E002 INFERENCE_PROVIDERS: The installed onnxruntime"),
        ("INFERENCE_PROVIDERS", ["gpu"], "E002 INFERENCE_PROVIDERS: 'gpu' is no provider known"),
        ("INFERENCE_THREADS", -1, "E003 INFERENCE_THREADS is negative"),
    ],
)
def test_a_setting_that_cannot_be_acted_on_is_a_configuration_error(
    name: str, value: object, told: str, settings: Settings
) -> None:
    setattr(settings, name, value)
    assert [told in one for one in problems()] == [True]


def test_a_worker_of_several_processes_shares_the_cores_among_them(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)))
    assert ShareCores in app.steps["worker"]
    assert networks.scoring_threads() == 8
    ShareCores(SimpleNamespace(concurrency=4))
    assert networks.scoring_threads() == 2
    ShareCores(SimpleNamespace(concurrency=20))
    assert networks.scoring_threads() == 1
    settings.INFERENCE_THREADS = 6
    assert networks.scoring_threads() == 6


def test_a_network_is_opened_once_a_process_and_again_when_the_settings_change(
    tmp_path: Path, settings: Settings
) -> None:
    path = str(write_tiny_package(tmp_path, int8=True))
    settings.INFERENCE_PRECISION, settings.INFERENCE_THREADS = "int8", 1
    network = networks.open_file(path, None)
    assert networks.open_file(path, None) is network
    assert network.runtime()["precision"] == "int8"
    settings.INFERENCE_PRECISION = "float32"
    assert networks.open_file(path, None).runtime()["precision"] == "float32"
    assert networks.open_file(path, None)._threads == 1


def test_int8_that_the_package_lacks_is_refused(tmp_path: Path, settings: Settings) -> None:
    settings.INFERENCE_PRECISION = "int8"
    with pytest.raises(PackageRefused):
        networks.open_file(str(write_tiny_package(tmp_path)), None)


@pytest.mark.django_db
def test_a_run_keeps_provider_and_precision(team: Team, tmp_path: Path) -> None:
    use(team.study, tiny(tmp_path, int8=True))
    (run,) = score_now(real_photo(make_visit(team.sg01)))
    assert run.runtime.endswith(f" (CPU, {'int8' if has_int8() else 'float32'})")


@pytest.mark.django_db
def test_a_provider_that_is_missing_quarantines_with_words(
    team: Team, tmp_path: Path, settings: Settings
) -> None:
    use(team.study, tiny(tmp_path))
    settings.INFERENCE_PROVIDERS = ["cuda"]
    (run,) = runs.queue_runs(real_photo(make_visit(team.sg01)))
    perform(Run, run.pk, scoring.score)
    run.refresh_from_db()
    assert run.state == "quarantined"
    assert "does not offer cuda" in run.last_error
