"""Consent texts in files of their own, beside the protocol that names them."""

from pathlib import Path

import pytest

from studies.protocol_file import read_protocol
from studies.protocol_file.errors import ProtocolInvalid
from studies.protocol_file.schema import Protocol

pytestmark = pytest.mark.django_db

PROTOCOL = """\
format: 1
study:
  code: ACNE-1
  title: Acne
  time_zone: Asia/Singapore
  languages: [en, ta]
conditions: [pores]
consent_files: [{file}]
"""
TAMIL = """\
language: ta
version: "1.0"
title: ஒப்புதல்
choices:
  - code: ai_scoring
    text: சம்மதிக்கிறேன்
    required: true
body: உரை
"""


def read(folder: Path, file: str) -> Protocol:
    return read_protocol(PROTOCOL.format(file=file), folder=folder)


def mistake(folder: Path | None, file: str) -> str:
    with pytest.raises(ProtocolInvalid) as refused:
        read_protocol(PROTOCOL.format(file=file), folder=folder)
    return refused.value.message


def test_a_file_beside_the_protocol_is_one_of_its_texts(tmp_path: Path) -> None:
    (tmp_path / "acne").mkdir()
    (tmp_path / "acne" / "consent.ta.yaml").write_text(TAMIL)
    protocol = read(tmp_path, "acne/consent.ta.yaml")
    assert [text["language"] for text in protocol["consent"]] == ["ta"]
    assert "consent_files" not in protocol


def test_a_mistake_in_it_names_the_file_and_its_line(tmp_path: Path) -> None:
    (tmp_path / "consent.ta.yaml").write_text(TAMIL.replace("language: ta", "language: xx"))
    told = mistake(tmp_path, "consent.ta.yaml")
    assert "line 1, consent.ta.yaml.language: expected one of" in told


def test_a_language_the_study_does_not_offer_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "consent.th.yaml").write_text(TAMIL.replace("language: ta", "language: th"))
    assert "th is not among study.languages" in mistake(tmp_path, "consent.th.yaml")


def test_a_file_that_is_not_there_is_a_mistake(tmp_path: Path) -> None:
    assert "there is no file consent.ta.yaml" in mistake(tmp_path, "consent.ta.yaml")


@pytest.mark.parametrize("file", ["../consent.ta.yaml", "/etc/passwd", "a/b/c.yaml", "..yaml"])
def test_nothing_outside_the_folder_is_ever_opened(tmp_path: Path, file: str) -> None:
    (tmp_path / "consent.ta.yaml").write_text(TAMIL)
    (tmp_path / "study").mkdir()
    assert "expected a file beside this one" in mistake(tmp_path / "study", file)


def test_a_protocol_that_came_without_a_folder_names_no_files(tmp_path: Path) -> None:
    assert "there is no file" in mistake(None, "consent.ta.yaml")
