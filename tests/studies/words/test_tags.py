"""How templates put text and lists into words."""

import pytest

from studies.words.tags import listed, markdown


def test_markdown_never_becomes_a_script() -> None:
    html = markdown(
        "# Title\n\n<script>alert(1)</script> [x](javascript:alert(1)) ![y](https://e.org/p.png)"
    )
    assert "<script" not in html
    assert "<img" not in html
    assert 'href="javascript' not in html
    assert "<h2>Title</h2>" in html


@pytest.mark.parametrize(
    ("values", "words"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), ("abc", "a, b and c")]
)
def test_lists_read_as_sentences(values: list[str], words: str) -> None:
    assert listed(values) == words
