"""Forms as a browser sends them: what a page's form holds, read from its HTML."""

from html.parser import HTMLParser
from typing import Any

from django.http import HttpResponse
from django.test import Client

Sent = dict[str, Any]


class _Forms(HTMLParser):
    """The forms of a page that are sent by POST, by their address, and the words of the page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: dict[str, Sent] = {}
        self.words: list[str] = []
        self._form: Sent | None = None
        self._name = ""
        self._option: str | None = None
        self._text: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        got = dict(attrs)
        if tag == "form":
            self._form = {}
            if (got.get("method") or "").lower() == "post":
                self.forms[got.get("action") or ""] = self._form
        if self._form is None:
            return
        name = got.get("name") or ""
        if tag == "input" and name and got.get("type") not in {"submit", "file"}:
            if got.get("type") not in {"checkbox", "radio"} or "checked" in got:
                self._add(name, got.get("value") or ("on" if "checked" in got else ""))
        elif tag == "select":
            self._name = name
        elif tag == "option" and "selected" in got:
            self._add(self._name, got.get("value") or "")
        elif tag == "textarea":
            self._name, self._text = name, []

    def handle_data(self, data: str) -> None:
        self.words.append(data)
        if self._text is not None:
            self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._form is not None and self._text is not None:
            self._add(self._name, "".join(self._text).removeprefix("\n"))
            self._text = None
        elif tag == "form":
            self._form = None

    def _add(self, name: str, value: str) -> None:
        assert self._form is not None
        self._form.setdefault(name, []).append(value)


def _read(answer: HttpResponse | bytes) -> _Forms:
    page = answer if isinstance(answer, bytes) else answer.content
    parser = _Forms()
    parser.feed(page.decode())
    return parser


def typed(answer: HttpResponse | bytes, action: str = "") -> Sent:
    """What the form with this ``action`` would send; one value or a list by each name."""
    form = _read(answer).forms[action]
    return {name: values[0] if len(values) == 1 else values for name, values in form.items()}


def forms_of(answer: HttpResponse | bytes) -> dict[str, Sent]:
    """Every form of a page that is sent by POST: its address → what it would send."""
    return {action: typed(answer, action) for action in _read(answer).forms}


def opened(browser: Client, path: str, action: str = "") -> Sent:
    """Open a page and return what its form would send."""
    answer = browser.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return typed(answer.content, action)


def words(answer: HttpResponse | bytes) -> str:
    """Everything that the page says, in one line."""
    return " ".join(" ".join(_read(answer).words).split())
