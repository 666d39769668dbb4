"""A small protocol as a file, and what reading it comes to."""

import pytest

from studies.platform.actors import SYSTEM
from studies.protocol.models import Study
from studies.protocol_file import read_protocol
from studies.protocol_file.errors import ProtocolInvalid
from studies.protocol_file.services import load_protocol

SMALL = """
format: 1
study:
  code: ACNE-1
  title: Acne
  time_zone: Asia/Singapore
  languages: [en]
conditions: [pores]
sites:
  - code: SG01
    name: Clinic
visits:
  - {code: start, name: Start, day: 0, window: {after: 2}}
  - {code: end, name: End, day: 7, window: {before: 1, after: 1}}
consent:
  - language: en
    version: "1.0"
    title: Taking part
    choices:
      - {code: ai_scoring, text: Software scores my photos., required: true}
    body: You send photos.
"""


def small(old: str = "", new: str = "") -> str:
    assert old in SMALL
    return SMALL.replace(old, new, 1)


def load(text: str) -> Study:
    return load_protocol(protocol=read_protocol(text), by=SYSTEM).study


def mistakes(text: str) -> list[str]:
    with pytest.raises(ProtocolInvalid) as refused:
        read_protocol(text)
    found = refused.value.detail["mistakes"]
    assert isinstance(found, list)
    return found
