"""``register_package``, as somebody at a terminal meets it."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from inference.packages.models import ModelPackage
from tests.inference.pipeline.broken_packages import BROKEN
from tests.inference.pipeline.tiny_package import write_tiny_package


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return write_tiny_package(tmp_path)


@pytest.mark.django_db
def test_a_package_is_registered_from_the_terminal(package: Path) -> None:
    out = StringIO()
    call_command("register_package", str(package), stdout=out)
    assert ModelPackage.objects.get().sha256 in out.getvalue()


@pytest.mark.django_db
def test_a_refusal_is_told_at_the_terminal(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="carries no model card"):
        call_command("register_package", str(BROKEN["missing card"][1](tmp_path)))


@pytest.mark.django_db
def test_the_package_that_ships_is_registered_once(package: Path, settings: Settings) -> None:
    settings.SHIPPED_MODEL_PACKAGE = package
    call_command("register_package", stdout=StringIO())
    call_command("register_package", stdout=StringIO())
    assert ModelPackage.objects.count() == 1
