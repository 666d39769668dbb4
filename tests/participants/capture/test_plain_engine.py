"""The phone's landmark engine: whole, but for the network that nobody uses."""

import shutil
from pathlib import Path

import brotli
import pytest
from django.contrib.staticfiles import finders
from django.core.management import call_command
from pytest_django.fixtures import Settings

from participants.capture.finders import NAMES, PREFIX, PlainEngineFinder, made
from participants.capture.views import engine
from participants.imaging import face_files
from participants.imaging.face_files import DETECTOR, MESH, FaceModelsMissing


@pytest.fixture
def folder(settings: Settings, tmp_path: Path) -> Path:
    settings.VAR_DIR = tmp_path
    found = made()
    assert found is not None
    return found


@pytest.mark.parametrize("name", [DETECTOR, MESH])
def test_both_networks_are_the_servers(folder: Path, name: str) -> None:
    package = face_files.default_assets()
    assert face_files.read_network(folder, name) == face_files.read_network(package, name)


def test_what_nobody_uses_is_not_in_it(folder: Path) -> None:
    loader = (folder / face_files.LOADER).read_text()
    packed = folder / face_files.PACKED
    assert face_files.UNUSED not in loader
    assert f'"remote_package_size": {packed.stat().st_size},' in loader
    whole = (face_files.default_assets() / face_files.PACKED).stat().st_size
    assert packed.stat().st_size < 0.4 * whole


def test_a_phone_is_sent_three_megabytes() -> None:
    """As Brotli sends it; it was five with the attention network."""
    paths = [finders.find(address.removeprefix("/static/")) for address in engine.wanted()]
    sent = sum(len(brotli.compress(Path(str(path)).read_bytes(), quality=9)) for path in paths)
    assert sent < 3_000_000
    assert sum(engine.sizes()[address] for address in engine.wanted()) == sum(
        Path(str(path)).stat().st_size for path in paths
    )


def test_only_the_two_files_are_found() -> None:
    finder = PlainEngineFinder()
    assert {name for name, _storage in finder.list(None)} == set(NAMES)
    for path in (NAMES[0], f"{PREFIX}../{NAMES[0]}", f"{PREFIX}face_mesh.js", PREFIX):
        assert finder.find(path) == []


def test_collecting_puts_them_where_phones_ask(settings: Settings, tmp_path: Path) -> None:
    settings.VAR_DIR, settings.STATIC_ROOT = tmp_path / "var", tmp_path / "static"
    settings.STATICFILES_FINDERS = ["participants.capture.finders.PlainEngineFinder"]
    finders.get_finder.cache_clear()
    call_command("collectstatic", "--noinput", "--verbosity=0")
    assert {path.name for path in (tmp_path / "static" / PREFIX).iterdir()} == set(NAMES)


def test_without_the_package_there_are_none(settings: Settings, tmp_path: Path) -> None:
    settings.VAR_DIR = settings.FACE_ASSETS = tmp_path
    assert made() is None
    assert list(PlainEngineFinder().list(None)) == []


def test_a_package_packed_otherwise_is_refused(tmp_path: Path) -> None:
    package = face_files.default_assets()
    shutil.copy(package / face_files.PACKED, tmp_path)
    loader = (package / face_files.LOADER).read_text()
    (tmp_path / face_files.LOADER).write_text(loader.replace(face_files.UNUSED, "other.tflite"))
    with pytest.raises(FaceModelsMissing, match=face_files.UNUSED):
        face_files.packed_without(tmp_path, face_files.UNUSED)
