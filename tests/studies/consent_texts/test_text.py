"""A consent text in sections, and what two versions say differently, word by word."""

from studies.consent_texts.changes import Changes, SectionChange, changes
from studies.consent_texts.markup import body_html, sections
from studies.consent_texts.models import ConsentDocument

CHOICES = [{"code": "ai_scoring", "text": "Software may score my photos.", "required": True}]
BODY = """Welcome.

## What you do

- Five times you take photos.
- You use a cream.

## Risks

None at all that we know of.
"""


def document(body: str = BODY, **values: object) -> ConsentDocument:
    return ConsentDocument(title="The study", body=body, **{"choices": CHOICES, **values})


def compare(body: str, **values: object) -> Changes:
    return changes(document(), document(body, **values))


def marked(change: SectionChange) -> str:
    """The change as text: {+added+} and [-removed-]."""
    around = {"same": "{}", "added": "{{+{}+}}", "removed": "[-{}-]"}
    lines = (
        "".join(around[p.mark].format(p.text) for p in block.pieces) for block in change.blocks
    )
    return "\n".join(lines)


# --- Sections ----------------------------------------------------------------------------------


def test_a_text_is_cut_at_its_highest_headings_and_loses_nothing() -> None:
    found = sections(BODY)
    assert [section.title for section in found] == ["", "What you do", "Risks"]
    assert found[1].html == (
        "<ul>\n<li>Five times you take photos.</li>\n<li>You use a cream.</li>\n</ul>\n"
    )
    assert [block.kind for block in found[1].blocks] == ["li", "li"]


def test_lesser_headings_stay_inside_their_section() -> None:
    found = sections("# One\n\ntext\n\n### Inner\n\nmore\n\n# Two\n\nend")
    assert [section.title for section in found] == ["One", "Two"]
    assert "<h4>Inner</h4>" in found[0].html


def test_a_text_without_headings_is_one_section() -> None:
    found = sections("Only *this*.")
    assert [(section.title, section.blocks[0].text) for section in found] == [("", "Only this.")]


def test_html_in_a_text_is_shown_and_pictures_are_not_fetched() -> None:
    body = "## A\n\n<script>alert(1)</script> ![x](http://example.org/x.png)"
    for html in (body_html(body), sections(body)[0].html):
        assert "<script" not in html
        assert "<img" not in html


# --- What changed ------------------------------------------------------------------------------


def test_reworded_sections_are_marked_word_by_word_and_the_rest_counted() -> None:
    found = compare(BODY.replace("Five times", "Six times, in ten weeks,"))
    assert [(c.kind, c.title, c.number) for c in found.sections] == [("reworded", "What you do", 1)]
    assert "[-Five-] {+Six+} times{+, in ten weeks,+} you take photos." in marked(found.sections[0])
    assert "{+" not in marked(found.sections[0]).splitlines()[1]
    assert found.unchanged == 2


def test_new_sections_and_those_taken_out_are_told_apart() -> None:
    found = compare(BODY.replace("## Risks\n\nNone at all that we know of.", "## Money\n\nFifty."))
    kinds = {(change.kind, change.title) for change in found.sections}
    assert kinds == {("added", "Money"), ("removed", "Risks")}


def test_a_section_under_another_heading_is_the_same_section_reworded() -> None:
    found = compare(BODY.replace("## Risks", "## What could go wrong"))
    assert [change.kind for change in found.sections] == ["reworded"]
    assert marked(found.sections[0]).splitlines()[0] == "[-Risks-]{+What could go wrong+}"


def test_a_paragraph_written_anew_is_shown_whole_not_as_a_salad() -> None:
    found = compare(BODY.replace("None at all that we know of.", "The skin can become red or dry."))
    assert marked(found.sections[0]) == (
        "[-None at all that we know of.-]{+The skin can become red or dry.+}"
    )


def test_key_points_and_points_to_agree_to_are_compared_too() -> None:
    choices = [
        {**CHOICES[0], "text": "Software may measure my photos."},
        {"code": "new", "text": "Something more.", "required": False},
    ]
    found = compare(BODY, choices=choices, key_points=["You can stop."])
    assert [(change.part, change.kind) for change in found.sections] == [
        ("key_points", "added"),
        ("choice", "reworded"),
        ("choice", "added"),
    ]


def test_chinese_is_compared_by_words() -> None:
    before, after = document("您每天早上使用防晒霜。"), document("您每天晚上使用防晒霜。")
    assert marked(changes(before, after).sections[0]) == "您每天[-早上-]{+晚上+}使用防晒霜。"


def test_the_same_text_has_no_changes() -> None:
    assert compare(BODY).sections == ()
