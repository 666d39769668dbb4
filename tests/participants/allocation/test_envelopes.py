"""The sealed fallback: opened without the database, one at a time, all of one length."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import InvalidToken
from django.core.management import CommandError, call_command

from participants.allocation import envelopes
from tests.conftest import Team
from tests.participants.allocation.given import allocate, arms_in
from tests.participants.people.factories import ParticipantFactory

PASSPHRASE = "nine slow otters under ice"
ROOT = Path(__file__).parents[3]


def test_an_envelope_opens_without_the_system(
    team: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sun, shade = arms_in(team.study, "SUN", "SHADE")
    first, second = (ParticipantFactory(site=team.sg01) for _ in range(2))
    allocate(first, sun, kit="K1")
    allocate(second, shade)
    out = tmp_path / "envelopes.json"
    monkeypatch.setenv("ENVELOPES_PASSPHRASE", PASSPHRASE)
    call_command("seal_envelopes", "MEL-8", out=out)
    assert out.stat().st_mode & 0o077 == 0
    text = out.read_text()
    assert "Sun arm" not in text
    assert "Shade arm" not in text
    file = json.loads(text)
    # Three letters in a row come up in what is sealed by chance.
    beside = json.dumps({**file, "envelopes": sorted(file["envelopes"])})
    assert "SUN" not in beside
    assert "SHADE" not in beside
    assert len({len(token) for token in file["envelopes"].values()}) == 1
    assert envelopes.opened(file, first.code, PASSPHRASE) == "SUN: Sun arm, kit K1"
    with pytest.raises(InvalidToken):
        envelopes.opened(file, first.code, "another passphrase altogether")
    moved = {**file, "envelopes": {second.code: file["envelopes"][first.code]}}
    with pytest.raises(InvalidToken):
        envelopes.opened(moved, second.code, PASSPHRASE)


def test_it_needs_neither_django_nor_settings() -> None:
    look = "import sys; import participants.allocation.envelopes; print('django' in sys.modules)"
    said = subprocess.run(
        [sys.executable, "-c", look], cwd=ROOT, env={}, capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == "False"


def test_a_short_passphrase_and_an_unknown_study_are_refused(
    team: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENVELOPES_PASSPHRASE", "short")
    with pytest.raises(CommandError, match="20 characters"):
        call_command("seal_envelopes", "MEL-8", out=tmp_path / "a")
    with pytest.raises(CommandError, match="no study"):
        call_command("seal_envelopes", "NONE", out=tmp_path / "a")
