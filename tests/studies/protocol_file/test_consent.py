"""Key points and check questions in a protocol file."""

import pytest

from studies.consent_texts.models import ConsentDocument
from studies.protocol_file import read_protocol, write_protocol
from studies.protocol_file.errors import ProtocolInvalid
from studies.protocol_file.services import protocol_of
from tests.studies.protocol_file.test_file import SMALL, load

pytestmark = pytest.mark.django_db
MORE = """    key_points:
      - You can stop at any time.
    questions:
      - text: May you stop?
        options: ["Yes, at any time", "No"]
        right: 1
        explanation: You may stop at any time.
"""
FULL = SMALL.rstrip("\n") + "\n" + MORE


def test_key_points_and_questions_are_loaded_and_written_again() -> None:
    study = load(FULL)
    document = ConsentDocument.objects.get()
    assert document.key_points == ["You can stop at any time."]
    assert document.questions == [
        {
            "text": "May you stop?",
            "options": ["Yes, at any time", "No"],
            "right": 1,
            "explanation": "You may stop at any time.",
        }
    ]
    assert read_protocol(write_protocol(protocol_of(study))) == read_protocol(FULL)


def test_a_file_without_them_is_as_good_as_before() -> None:
    load(SMALL)
    assert ConsentDocument.objects.get().questions == []


@pytest.mark.parametrize(
    ("old", "new", "mistake"),
    [
        ("right: 1", "right: 3", "there is no such answer"),
        ("right: 1", "right: Yes", "a whole number from 1 to 4"),
        ('"No"]', '"Yes, at any time"]', "stands here more than once"),
        ('"No"]', '"No", "a", "b", "c"]', "four answers at most"),
        (', "No"]', "]", "answers"),
        ("        explanation: You may stop at any time.\n", "", "“explanation” is missing"),
        ("- You can stop at any time.", f"- {'x' * 201}", "200"),
    ],
)
def test_a_mistake_in_them_is_named_with_its_place(old: str, new: str, mistake: str) -> None:
    assert old in FULL
    with pytest.raises(ProtocolInvalid) as refused:
        read_protocol(FULL.replace(old, new, 1))
    assert mistake in "\n".join(refused.value.detail["mistakes"])
    assert "consent[0]" in "\n".join(refused.value.detail["mistakes"])
