"""What holds for every template and style sheet, read as text."""

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.template.loader import get_template

from participants.words.own_templates import own

ROOT = Path(__file__).resolve().parent.parent
# E-mails are no pages: no policy of ours covers them, and mail programs know no style sheets.
TEMPLATES = sorted(
    path for path in (ROOT / "templates").rglob("*.html") if "email" not in path.parts
)
STYLES = sorted((ROOT / "static" / "css").rglob("*.css"))
INLINE = re.compile(r"""\sstyle\s*=|<style\b|\son[a-z]+\s*=\s*["']|href\s*=\s*["']javascript:""")
SCRIPT = re.compile(r"""<script\b(?![^>]*\b(?:src=|type="application/json"))[^>]*>""")
STATIC = re.compile(r"""{%\s*static\s+['"]([^'"]+)['"]""")
PARTICIPANTS = re.compile(r"""extends\s+["'](?:base_my|participants/people/my/page)\.html["']""")
ICON = re.compile(r"""components/icon\.html"\s+with\s[^%]*?\bname="([a-z-]+)\"""")


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_every_page_of_a_participants_lies_where_its_words_are_looked_for() -> None:
    theirs = {path for path in TEMPLATES if PARTICIPANTS.search(path.read_text())}
    assert len(theirs) > 15
    assert theirs <= set(own())


@pytest.mark.parametrize("path", TEMPLATES, ids=relative)
def test_a_template_compiles_and_carries_no_inline_style_or_script(path: Path) -> None:
    text = path.read_text()
    get_template(str(path.relative_to(ROOT / "templates")))
    assert not INLINE.search(text), "the Content-Security-Policy forbids inline styles and handlers"
    assert not SCRIPT.search(text), "the Content-Security-Policy forbids inline scripts"


@pytest.mark.parametrize("path", TEMPLATES, ids=relative)
def test_a_template_names_only_static_files_and_icons_that_exist(path: Path) -> None:
    text = path.read_text()
    # A missing file is an error page in production, where names carry a hash.
    missing = [name for name in STATIC.findall(text) if not finders.find(name)]
    assert missing == []
    drawn = set(re.findall(r'<symbol id="([^"]+)"', (ROOT / "static/icons.svg").read_text()))
    assert set(ICON.findall(text)) <= drawn


@pytest.mark.parametrize("path", STYLES, ids=relative)
def test_a_style_sheet_stays_in_its_layer_and_in_sight(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= 300
    outside = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    depth = 0
    top: list[str] = []
    for line in outside.splitlines():
        if depth == 0 and line.strip():
            top.append(line.strip())
        depth += line.count("{") - line.count("}")
    assert depth == 0, "a brace is missing"
    assert all(line.startswith("@layer") for line in top), top


PLACED = re.compile(r"""extends\s+["']base(?:_study)?\.html["']""")
# The first page of all, and what stands in the place of another page.
WITHOUT_A_TRAIL = {
    "studies/pages/home.html", "errors/refusal.html", "errors/csrf.html", "errors/typed.html",
    "studies/members/signed_in.html",
    # One case fills the screen; "Leave" leads back.
    "inference/reading/read.html", "inference/reading/decide.html",
}  # fmt: skip


def test_every_page_of_staffs_says_where_it_is_and_leads_back() -> None:
    pages = {
        str(path.relative_to(ROOT / "templates")): path.read_text()
        for path in TEMPLATES
        if PLACED.search(path.read_text()) and path.name != "base_study.html"
    }
    pages = {
        name: text
        for name, text in pages.items()
        if not name.startswith(("base_", *WITHOUT_A_TRAIL))
    }
    assert len(pages) > 30
    lost = [name for name, text in pages.items() if '<li aria-current="page">' not in text]
    assert lost == []
