"""Staff's pages say what people say: no word of the code's own that nobody else uses so.

What is looked at: the words in staff's templates, and the sentences in the code that reach a page.
Names in the code, in addresses and of files stay. The glossary has the words that are used instead.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from participants.words.own_templates import own, reached_from
from studies.record.wording import PARTS, READS, action_in_words

ROOT = Path(__file__).resolve().parents[1]
# The word, and what a page says.
INSTEAD = {
    r"acts?": "action, entry, change",
    r"the work|open work|no work|such work|new work|this work": "processing, or what it is",
    r"runs?": "scoring; goes, manages",
    r"(?:in )?quarantin\w*": "needs attention",
    r"recipes?": "preprocessing",
    r"lately": "recent activity",
    r"doubt\w*": "warning, borderline",
}
FORBIDDEN = re.compile(rf"\b(?:{'|'.join(INSTEAD)})\b", re.IGNORECASE)
LABEL = re.compile(r"^\s*(?:work|left)\s*$", re.IGNORECASE)
# “Whoever runs this system”: it is what people say of machines and those who keep them.
FINE = re.compile(r"whoever runs this|people who run this", re.IGNORECASE)
SAID = re.compile(r"""(?:translate|_\(|default:)\s*"([^"]*)\"""")
SAYS = {"_", "gettext", "gettext_lazy", "gettext_noop"}
TAGS = re.compile(r"{%.*?%}|{{.*?}}|{#.*?#}|<[^>]*>", re.DOTALL)

PARTICIPANTS = {*own(), *reached_from(own())}
STAFFS = [
    path
    for path in sorted((ROOT / "templates").rglob("*.html"))
    if path not in PARTICIPANTS and "email" not in path.parts
]
CODE = [
    path
    for app in ("studies", "participants", "inference")
    for path in sorted((ROOT / app).rglob("*.py"))
    if not {"migrations", "management", "commands", "training", "pipeline", "report", "models"}
    & set(path.parts)
]


def wrong(text: str) -> list[str]:
    """The words of ``text`` that nobody uses so."""
    label = LABEL.findall(text)
    return [*label, *FORBIDDEN.findall(FINE.sub(" ", text))]


def sentences(path: Path) -> Iterator[str]:
    """The strings of a module that are sentences or labels: no docstring, no identifier."""
    tree = ast.parse(path.read_text())
    unsaid = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in SAYS:
            yield from (a.value for a in node.args if _text(a))  # type: ignore[attr-defined]
        if _text(node) and id(node) not in unsaid and re.match(r"[A-Z].* .*[.?!]$", node.value):  # type: ignore[attr-defined]
            yield node.value  # type: ignore[attr-defined]


def _text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def test_templates_say_what_people_say() -> None:
    assert len(STAFFS) > 60
    found = {
        str(path.relative_to(ROOT)): words
        for path in STAFFS
        for said in [*SAID.findall(path.read_text()), TAGS.sub(" ", path.read_text())]
        if (words := wrong(said))
    }
    assert found == {}


def test_sentences_in_the_code_say_what_people_say() -> None:
    found = {
        str(path.relative_to(ROOT)): said
        for path in CODE
        for said in sentences(path)
        if wrong(said)
    }
    assert found == {}


def test_the_audit_trails_words_are_peoples() -> None:
    for words in [*PARTS.values(), *map(action_in_words, READS)]:
        assert wrong(words) == []


@pytest.mark.parametrize(
    "said", ["Runs queued", "In quarantine", "Record of acts", "Work", "Lately", "See the work"]
)
def test_a_word_that_nobody_uses_is_found(said: str) -> None:
    assert wrong(said) != []
