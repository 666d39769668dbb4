"""In which language a form is shown: the reader's where it has it, its own where it has not."""

import pytest

from participants.answers.asked import language_for
from participants.words.languages import LANGUAGES
from studies.instruments.definition import Definition


def form(*languages: str) -> Definition:
    return Definition(
        form_id="f", title="F", languages=list(languages), default_language=languages[0]
    )


@pytest.mark.parametrize(
    ("languages", "reader", "key", "tag", "foreign"),
    [
        (("English (en)", "ไทย (th)"), "th", "ไทย (th)", "th", False),
        (("English", "Tamil"), "ta", "Tamil", "ta", False),
        (("en", "zh-CN"), "zh-hans", "zh-CN", "zh-Hans", False),
        (("English (en)", "தமிழ்"), "ta", "தமிழ்", "ta", False),
        (("English (en)", "Deutsch (de)"), "vi", "English (en)", "en", True),
        (("Deutsch (de)",), "en", "Deutsch (de)", "de", True),
        (("default",), "ms", "", "", False),
        (("default", "Bahasa Indonesia (id)"), "id", "Bahasa Indonesia (id)", "id", False),
    ],
)
def test_the_forms_language(
    languages: tuple[str, ...], reader: str, key: str, tag: str, foreign: bool
) -> None:
    found = language_for(form(*languages), LANGUAGES[reader])
    assert (found.key, found.tag, found.foreign) == (key, tag, foreign)
