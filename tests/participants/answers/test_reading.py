"""Answers in words: choices, days and moments."""

import pytest
from django.utils import timezone

from participants.answers.services.reading import in_words, lines_of
from studies.instruments.definition import Definition, Item
from tests.studies.instruments.factories import SMALL


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        ("date", "2026-03-01", "1 Mar 2026"),
        ("datetime", "2026-03-02T10:00:00.000+08:00", "2 Mar 2026, 10:00"),
        ("date", "soon", "soon"),
        ("text", "2026-03-01", "2026-03-01"),
    ],
)
def test_days_are_read_as_pages_write_them(kind: str, value: str, words: str) -> None:
    form = Definition(form_id="x", title="X", items=[Item(name="q", type=kind)])
    with timezone.override("Asia/Singapore"):
        assert in_words(form, form.items[0], value) == words


def test_choices_are_read_by_their_words_and_scores_are_marked() -> None:
    answers = {"/data/itch[1]": "2", "/data/score[1]": "4"}
    itch, score = lines_of(SMALL, answers)
    assert (itch.question, itch.answer) == ("How much does it itch?", "Much")
    assert (score.question, score.computed) == ("score", True)
