"""No English sentence reaches a participant unwrapped: templates, scripts and refusals are read.

A heuristic: text between tags and in attributes that are read out, literals of scripts that look
like a sentence, and literals handed to a refusal. Names that are the same in every language pass.
"""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings

from participants.words.catalogues.sources import scripts, templates

ROOT = Path(settings.BASE_DIR)
# The landmark engine's frame is never seen.
NAMES = {"Global Skin Health", "PDF", "MB", "SMS", "QR", "Landmarks"}
READ_OUT = {"alt", "title", "aria-label", "aria-description", "placeholder", "label", "value"}
BLOCKS = re.compile(r"{%\s*blocktrans(?:late)?\b.*?{%\s*endblocktrans(?:late)?\s*%}", re.DOTALL)
COMMENTS = re.compile(r"{#.*?#}|{%\s*comment\b.*?{%\s*endcomment\s*%}|<!--.*?-->", re.DOTALL)
TRANSLATED = re.compile(r"""{%\s*trans(?:late)?\s.*?%}""", re.DOTALL)
CODE = re.compile(r"{%.*?%}|{{.*?}}", re.DOTALL)
WORD = re.compile(r"[A-Za-z]{2,}")
# A literal of a tag that is no name of a thing: with title="…" text="…" kind="warn".
HANDED = re.compile(r"""\b(?:title|text|message|label|heading)="([^"]*[a-z] [^"]*)\"""")

SCRIPT_TOKENS = re.compile(
    r"""//[^\n]*|/\*.*?\*/|(?P<text>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)""",
    re.DOTALL,
)
WRAPPED = re.compile(r"\b(?:[np]{0,2}gettext|counted)\([^;]*$")
FAULT = re.compile(r"(?:\bError|console\.\w+|#fail)\(\s*$")  # for developers, never shown
SENTENCE = re.compile(
    r"^[A-Z][a-z]*(?:['’][a-z]+)? [a-z]|[a-z]{2,} [a-z]{2,} [a-z]{2,}|[a-z][.!?…]$"
)
APP = ROOT / "participants"
# Every refusal in these can meet a participant; elsewhere some are for staff alone.
MET = sorted(
    [
        *APP.glob("my/views/*.py"),
        *APP.glob("*/views/my.py"),
        *(APP / "capture" / "views" / f"{name}.py" for name in ("camera", "engine", "guided")),
        *(APP / "capture" / "services" / f"{name}.py" for name in ("photos", "uploads")),
        *(APP / "messaging" / "views" / f"{name}.py" for name in ("calendar", "push", "reminders")),
        *(APP / "people" / "views" / f"{name}.py" for name in ("errors", "language")),
        APP / "answers" / "reading.py",
        APP / "answers" / "views" / "phone.py",
        APP / "capture" / "steps.py",
        APP / "capture" / "upload_files.py",
        APP / "capture" / "views" / "uploads.py",
        APP / "words" / "views.py",
    ]
)


class Texts(HTMLParser):
    """Collects what a page shows and reads out."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside.append(tag)
        for name, value in attrs:
            spoken = name in READ_OUT and not (name == "value" and tag != "input")
            if value and (spoken or (name.startswith("data-") and " " in value.strip())):
                self.found.append(value)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.inside:
            while self.inside.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not {"script", "style"} & set(self.inside[-1:]):
            self.found.append(data)


def bare_in_template(text: str) -> list[str]:
    text = COMMENTS.sub("", text)
    handed = HANDED.findall("".join(CODE.findall(BLOCKS.sub("", text))))
    for pattern in (BLOCKS, TRANSLATED, CODE):
        text = pattern.sub("", text)
    page = Texts()
    page.feed(text)
    seen = [" ".join(one.split()) for one in page.found]
    return handed + [one for one in seen if WORD.search(one) and one.strip(" .·") not in NAMES]


def bare_in_script(text: str) -> list[str]:
    bare = []
    for token in SCRIPT_TOKENS.finditer(text):
        literal = token["text"]
        if not literal or not SENTENCE.search(literal[1:-1]):
            continue
        before = text[max(0, token.start() - 400) : token.start()]
        if not WRAPPED.search(before) and not FAULT.search(before):
            bare.append(literal)
    return bare


def bare_in_python(tree: ast.Module) -> Iterator[str]:
    """Literals handed to what is raised."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args):
            continue
        name = getattr(node.exc.func, "id", "")
        first = node.exc.args[0]
        literal = isinstance(first, ast.JoinedStr) or (
            isinstance(first, ast.Constant) and isinstance(first.value, str)
        )
        if literal and name not in FOR_DEVELOPERS and SENTENCE.search(ast.unparse(first)[1:-1]):
            yield f"{name}: {ast.unparse(first)}"


FOR_DEVELOPERS = {
    "ValueError", "TypeError", "KeyError", "RuntimeError", "LookupError", "AssertionError",
    "PermanentFailure", "Refused", "DecoderFailed", "FaceModelsMissing", "PhotoUnreadable",
    "TemporaryFailure", "ImproperlyConfigured", "Http404", "OSError",
}  # fmt: skip


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


PAGES = [path for path in templates() if path.suffix != ".js"]


@pytest.mark.parametrize("path", PAGES, ids=relative)
def test_a_template_says_nothing_that_is_not_translated(path: Path) -> None:
    assert bare_in_template(path.read_text()) == []


@pytest.mark.parametrize("path", scripts(), ids=relative)
def test_a_script_says_nothing_that_is_not_translated(path: Path) -> None:
    assert bare_in_script(path.read_text()) == []


@pytest.mark.parametrize("path", MET, ids=relative)
def test_a_refusal_says_nothing_that_is_not_translated(path: Path) -> None:
    assert list(bare_in_python(ast.parse(path.read_text()))) == []


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("<p>Take the photo</p>", ["Take the photo"]),
        ('<p>{% translate "Take the photo" %}</p>', []),
        ("{% blocktranslate %}Take {{ n }}{% endblocktranslate %}", []),
        ('<img alt="Your face">', ["Your face"]),
        ('{% include "x.html" with title="No line now" %}', ["No line now"]),
        ("{# a comment #}<b>{{ name }}</b>", []),
    ],
)
def test_the_reading_of_templates_finds_what_it_should(text: str, bare: list[str]) -> None:
    assert bare_in_template(text) == bare


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ('say("Hold still please.");', ['"Hold still please."']),
        ('say(gettext("Hold still please."));', []),
        ('say(ngettext("%(n)s photo left", "%(n)s photos left", n));', []),
        ("part.className = 'button button--primary';", []),
        ('throw new Error("no such photo here");', []),
        ("const words = `Sent so far`;", ["`Sent so far`"]),
        ("// Hold still please.", []),
    ],
)
def test_the_reading_of_scripts_finds_what_it_should(text: str, bare: list[str]) -> None:
    assert bare_in_script(text) == bare
