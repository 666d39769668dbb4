"""Of several reasons the participant reads the one that is true of all of them."""

from participants.imaging.profiles import SENTENCES
from participants.imaging.telling import RANK, main_reason


def reasons(*codes: str) -> list[dict[str, str]]:
    return [{"code": code, "message": code.upper()} for code in codes]


def test_in_the_dark_only_the_dark_is_told():
    found = reasons("eyes_closed", "monochrome", "too_dark", "mouth_covered")
    assert main_reason(found) == reasons("too_dark")


def test_a_file_that_cannot_be_read_and_a_persons_word_come_first():
    assert main_reason(reasons("blurred", "damaged")) == reasons("damaged")


def test_one_alone_and_none():
    assert main_reason(reasons("blurred")) == reasons("blurred")
    assert main_reason([]) == []


def test_each_reason_of_the_check_has_a_place():
    assert set(RANK) == set(SENTENCES)
    assert len(set(RANK)) == len(RANK)
