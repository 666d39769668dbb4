"""`manage.py check --deploy` says where photos could not be checked."""

from pathlib import Path

import pytest

from participants.capture.checks import face_networks
from participants.imaging.face_files import ASSETS_VARIABLE


def test_face_networks_that_are_not_there_are_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert face_networks() == []
    monkeypatch.setenv(ASSETS_VARIABLE, str(tmp_path))
    (told,) = face_networks()
    assert str(tmp_path) in str(told.hint)
